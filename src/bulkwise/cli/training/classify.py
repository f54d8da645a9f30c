"""Train a classifier of one or several columns of the sample sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.cli.base import fine_tuned_for, network_for
from bulkwise.cli.training.base import Request, Task, Trained
from bulkwise.errors import InputError

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.bundle import Bundle

__all__ = ["TASK"]


def _train(request: Request) -> Trained:
    from bulkwise import bundle
    from bulkwise.recipes import classifier, fit

    (cohort,) = request.cohorts
    targets = request.options["target"]
    if "pretrained" in request.options:
        model, source = fine_tuned_for(
            cohort,
            targets,
            pretrained=request.options["pretrained"],
            freeze=request.options.get("freeze"),
            network=request.options.get("network"),
            seed=request.seed,
        )
        _say_known(source, cohort, request.groups)
    elif "freeze" in request.options:
        raise InputError("--freeze goes with --pretrained, whose layers it freezes.")
    else:
        network = network_for(targets, request.options.get("network"))
        model = classifier(cohort.uns["unit"], random_state=request.seed, network=network)
    bundle.check_storable(model, allow_training_data=request.allow_training_data)
    only = targets[0] if len(targets) == 1 else targets
    fit(model, cohort, target=only, groups=request.groups)
    return Trained(model, cohort, tuple(targets))


def _say_known(source: Bundle, cohort: AnnData, groups: str | None) -> None:
    """Warn of people whom the bundle was trained on."""
    from bulkwise.checks.base import name_some
    from bulkwise.checks.labels import require_labels
    from bulkwise.progress import say
    from bulkwise.recipes.base import patient_column

    column = groups or patient_column(cohort)
    names = cohort.obs_names if column is None else require_labels(cohort.obs, column)
    known = source.seen(sorted(set(map(str, names))), kind="patients")
    if known:
        say(
            f"The bundle was trained on {len(known)} of these patients ({name_some(known)}): the "
            "model can be used, but no figure that is measured on them says how good it is."
        )


TASK = Task(_train, required=("target",), optional=("network", "pretrained", "freeze"))
