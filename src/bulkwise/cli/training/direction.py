"""Train a model of directions on several cohorts."""

from __future__ import annotations

from bulkwise.cli.training.base import Request, Task, Trained

__all__ = ["TASK"]


def _train(request: Request) -> Trained:
    from bulkwise.models import DirectionModel

    model = DirectionModel(random_state=request.seed)
    model.fit(
        request.cohorts, column=request.options["column"], contrast=request.options["contrast"]
    )
    return Trained(model, request.cohorts)


TASK = Task(_train, required=("column", "contrast"), several=True)
