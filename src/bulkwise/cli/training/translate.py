"""Train a translator between two conditions."""

from __future__ import annotations

from bulkwise.cli.training.base import Request, Task, Trained
from bulkwise.errors import InputError
from bulkwise.progress import say

__all__ = ["TASK"]


def _train(request: Request) -> Trained:
    from bulkwise import bundle
    from bulkwise.io import with_floor
    from bulkwise.models import ExpressionTranslator

    (cohort,) = request.cohorts
    options = request.options
    if request.groups is not None and request.groups != options.get("pairs", request.groups):
        raise InputError(
            f"The task 'translate' takes the patient from --pairs; got {options['pairs']!r} there "
            f"and {request.groups!r} in --groups: name one column."
        )
    model = ExpressionTranslator(
        column=options["column"],
        source=options["from_"],
        target=options["to"],
        tissue=options.get("tissue"),
        pairs=options.get("pairs", request.groups),
        floor=options.get("floor"),
        kernels=request.allow_training_data,
    )
    if not model.kernels:
        say(
            "The model is trained with means and slopes only: its kernels would keep expression "
            "profiles of training samples in the bundle; allow that with --allow-training-data if "
            "whoever gets the bundle may see them."
        )
    bundle.check_storable(model, allow_training_data=request.allow_training_data)
    if model.floor is not None:
        cohort = with_floor(cohort, model.floor)
    return Trained(model.fit(cohort), cohort)


TASK = Task(_train, required=("column", "from_", "to"), optional=("tissue", "pairs", "floor"))
