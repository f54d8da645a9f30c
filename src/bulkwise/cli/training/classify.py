"""Train a classifier of one or several columns of the sample sheet."""

from __future__ import annotations

from bulkwise.cli.base import network_for
from bulkwise.cli.training.base import Request, Task, Trained

__all__ = ["TASK"]


def _train(request: Request) -> Trained:
    from bulkwise import bundle
    from bulkwise.recipes import classifier, fit

    (cohort,) = request.cohorts
    targets = request.options["target"]
    network = network_for(targets, request.options.get("network"))
    model = classifier(cohort.uns["unit"], random_state=request.seed, network=network)
    bundle.check_storable(model, allow_training_data=request.allow_training_data)
    only = targets[0] if len(targets) == 1 else targets
    fit(model, cohort, target=only, groups=request.groups)
    return Trained(model, cohort, tuple(targets))


TASK = Task(_train, required=("target",), optional=("network",))
