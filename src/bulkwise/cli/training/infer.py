"""Train a model that infers all other genes from landmark genes."""

from __future__ import annotations

from bulkwise.cli.training.base import Request, Task, Trained

__all__ = ["TASK"]


def _train(request: Request) -> Trained:
    from bulkwise import bundle, recipes

    (cohort,) = request.cohorts
    method = {key: request.options[key] for key in ("method",) if key in request.options}
    model = recipes.inference(cohort.uns["unit"], random_state=request.seed, **method)
    bundle.check_storable(model, allow_training_data=request.allow_training_data)
    landmarks = recipes.choose_landmarks(cohort, request.options["landmarks"])
    recipes.fit_inference(model, cohort, landmarks=landmarks, groups=request.groups)
    return Trained(model, cohort)


TASK = Task(_train, required=("landmarks",), optional=("method",))
