"""Whole models by name."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise import recipes
from bulkwise.checks import UNITS
from bulkwise.datasets import simulate
from bulkwise.errors import SampleError, UnitError


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_has_a_recipe(unit: str) -> None:
    model = recipes.classifier(unit, random_state=0)
    assert type(model.steps[-1][1]).__name__ == "ExpressionClassifier"


def test_an_unknown_unit() -> None:
    with pytest.raises(UnitError):
        recipes.classifier("furlongs")


def test_the_inner_split_is_by_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []
    from bulkwise.models.classifier import ExpressionClassifier

    fit = ExpressionClassifier.fit

    def watched(self, X, y, *, groups=None):  # type: ignore[no-untyped-def]
        seen.append(groups)
        return fit(self, X, y, groups=groups)

    monkeypatch.setattr(ExpressionClassifier, "fit", watched)
    cohort = simulate(60, 500, 2, n_causal=5)
    model = recipes.classifier("counts")
    recipes.fit(model, cohort, target="condition")
    assert list(seen[0]) == list(cohort.obs["patient"])


def test_a_missing_column() -> None:
    cohort = simulate(40, 400, 2, n_causal=5)
    with pytest.raises(SampleError, match="There is no column 'nothing'"):
        recipes.fit(recipes.classifier("counts"), cohort, target="nothing")


def test_deepcme_has_the_published_settings_and_a_sparse_form() -> None:
    published = recipes.classifier("log2_fpkm", network="deepcme")[-1]
    assert published.network.widths == (64, 64, 64)
    assert published.network.dropout == 0.5
    training = published.training
    assert (training.l1, training.rate, training.batch_size, training.epochs) == (
        100,
        1e-4,
        32,
        500,
    )
    assert (training.patience, training.refit, training.validation_share) == (500, False, 0.25)
    sparse = recipes.classifier("log2_fpkm", network="deepcme-sparse")[-1]
    assert (published.network.penalty, sparse.network.penalty) == ("published", "gene")
    assert recipes.deepcme("log2", width=128, l1=1.0)[-1].network.widths == (128, 128, 128)
