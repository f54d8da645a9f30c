"""A panel is chosen inside each fold, beside rivals that have the same preprocessing."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from bulkwise.explain import preparation
from bulkwise.explain.panel import judge_panel, panel_models


@pytest.fixture(scope="module")
def noise() -> ad.AnnData:
    """Labels that no gene knows; many genes, few samples."""
    rng = np.random.default_rng(0)
    sheet = pd.DataFrame({"y": ["a", "b"] * 30}, index=[f"S{i}" for i in range(60)])
    genes = pd.DataFrame(index=[f"G{i}" for i in range(600)])
    X = rng.normal(6, 1, (60, 600)).astype(np.float32)
    return ad.AnnData(X, obs=sheet, var=genes, uns={"unit": "log2"})


def models(k: int = 3) -> dict[str, object]:
    steps = preparation("log2", {"a": 30, "b": 30})
    return panel_models(steps, "log2", k=k, method="ttest", network="mlp", seed=0)


def test_the_panel_comes_first_and_every_model_has_the_same_preprocessing() -> None:
    made = models()
    assert next(iter(made)) == "stable-3"
    assert {"ttest-3", "random-3-1", "all-logistic", "all-mlp"} < set(made)
    firsts = {type(model[0]).__name__ for model in made.values()}  # type: ignore[index]
    assert firsts == {"Standardize"}


def test_on_noise_a_panel_is_worth_nothing(noise: ad.AnnData) -> None:
    """Chosen on all samples it would seem to be worth a lot: that is the leak this avoids."""
    made = {name: models()[name] for name in ("stable-3", "random-3-1")}
    found = judge_panel(noise, made, target="y", folds=3)
    assert found.question.metric == "auroc"
    honest = found.models["stable-3"].metrics["auroc"].value
    assert abs(honest - 0.5) < 0.2
    X, y = np.asarray(noise.X), noise.obs["y"].to_numpy() == "a"
    t = np.abs(X[y].mean(axis=0) - X[~y].mean(axis=0)) / X.std(axis=0)
    leaky = noise[:, np.argsort(-t)[:3]].copy()
    made = {"random-3-1": models()["random-3-1"]}
    assert judge_panel(leaky, made, target="y", folds=3).models["random-3-1"].metrics[
        "auroc"
    ].value > max(0.7, honest)
