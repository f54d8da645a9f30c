"""Train a classifier of one or several columns of the sample sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bulkwise.cli.base import network_for
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
        model = _fine_tuned(request, cohort, targets)
    elif "freeze" in request.options:
        raise InputError("--freeze goes with --pretrained, whose layers it freezes.")
    else:
        network = network_for(targets, request.options.get("network"))
        model = classifier(cohort.uns["unit"], random_state=request.seed, network=network)
    bundle.check_storable(model, allow_training_data=request.allow_training_data)
    only = targets[0] if len(targets) == 1 else targets
    fit(model, cohort, target=only, groups=request.groups)
    return Trained(model, cohort, tuple(targets))


def _fine_tuned(request: Request, cohort: AnnData, targets: list[str]) -> Any:
    """A classifier that starts from a saved one."""
    from bulkwise import bundle
    from bulkwise.recipes import fine_tuned

    if len(targets) > 1:
        raise InputError(f"--pretrained goes with one --target; got {', '.join(targets)}.")
    if "network" in request.options:
        raise InputError("--pretrained brings its own network; leave --network out.")
    source = bundle.load(request.options["pretrained"])
    freeze = request.options.get("freeze", 0)
    model = fine_tuned(source, cohort, freeze=freeze, random_state=request.seed)
    _say_known(source, cohort, request.groups)
    return model


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
