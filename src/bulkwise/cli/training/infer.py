"""Train a model that infers all other genes from landmark genes."""

from __future__ import annotations

from bulkwise.cli.training.base import Request, Task, Trained
from bulkwise.progress import say

__all__ = ["TASK"]


def _train(request: Request) -> Trained:
    from bulkwise import bundle, recipes

    (cohort,) = request.cohorts
    method = request.options.get("method")
    if method is None and not request.allow_training_data:
        method = "ridge"
        say(
            "The model is ridge regression: the kernels, which infer better, would keep expression "
            "profiles of training samples in the bundle; allow that with --allow-training-data if "
            "whoever gets the bundle may see them."
        )
    model = recipes.inference(
        cohort.uns["unit"], random_state=request.seed, method=method or "kernels"
    )
    bundle.check_storable(model, allow_training_data=request.allow_training_data)
    landmarks = recipes.choose_landmarks(cohort, request.options["landmarks"])
    recipes.fit_inference(model, cohort, landmarks=landmarks, groups=request.groups)
    return Trained(model, cohort)


TASK = Task(_train, required=("landmarks",), optional=("method",))
