"""Train a classifier of a column of the sample sheet."""

from __future__ import annotations

from bulkwise.cli.training.base import Request, Task, Trained
from bulkwise.errors import InputError

__all__ = ["TASK"]


def _train(request: Request) -> Trained:
    from bulkwise import bundle
    from bulkwise.recipes import classifier, fit

    (cohort,) = request.cohorts
    targets = request.options["target"]
    if len(targets) > 1:
        raise InputError(
            f"The task 'classify' learns one column with this network; got {', '.join(targets)}."
        )
    (target,) = targets
    network = {key: request.options[key] for key in ("network",) if key in request.options}
    model = classifier(cohort.uns["unit"], random_state=request.seed, **network)
    bundle.check_storable(model, allow_training_data=request.allow_training_data)
    fit(model, cohort, target=target, groups=request.groups)
    return Trained(model, cohort, (target,))


TASK = Task(_train, required=("target",), optional=("network",))
