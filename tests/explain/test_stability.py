"""What is said about stability: the curve, the bound of each gene, and the words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bulkwise.explain import stability_curve
from bulkwise.explain.stability import expected_false, stability_findings
from bulkwise.models import StabilitySelection
from bulkwise.stats.stability import false_bounds


def fitted(effect: float, **settings: Any) -> StabilitySelection:
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 30)
    X = rng.normal(size=(60, 300))
    X[y == 1, :3] += effect
    return StabilitySelection(k=5, n_pairs=10, **settings).fit(X, y)


def test_the_curve_counts_genes_and_holds_the_bounds() -> None:
    model = fitted(2.0)
    curve = stability_curve(model)
    assert curve["threshold"].iloc[[0, -1]].tolist() == [0.5, 1.0]
    for row in curve.to_dict("records"):
        assert row["genes"] == (model.frequencies_ >= row["threshold"] - 1e-9).sum()
        assert row["r_concave"] <= row["any"] + 1e-9
    expected = false_bounds(300, model.n_picked_, 10)[10:]
    np.testing.assert_array_equal(curve["r_concave"], expected)


def test_each_gene_has_the_bound_of_its_frequency() -> None:
    model = fitted(2.0)
    bound = expected_false(model)
    order = np.argsort(-model.frequencies_, kind="stable")
    assert (np.diff(bound[order]) >= 0).all()
    assert (bound[model.stable] <= model.expected_false_).all()
    np.testing.assert_allclose(bound[model.frequencies_ == 0], 300)


def test_the_words_tell_a_cohort_with_and_without_stable_genes() -> None:
    names = [f"G{i}" for i in range(300)]
    with_signal = {one.code for one in stability_findings(fitted(3.0), names)}
    assert with_signal == {"bound-means"}
    none = stability_findings(fitted(0.0), names)
    assert none[0].code == "no-stable-gene"
    assert none[0].level == "warning"
    assert names[int(fitted(0.0).order_[0])] in none[0].message


@pytest.mark.parametrize("n_picked", [150])
def test_a_bound_that_cannot_be_kept_is_said(n_picked: int) -> None:
    model = fitted(3.0, n_picked=n_picked)
    assert model.expected_false_ > 0.5
    codes = {one.code for one in stability_findings(model, [f"G{i}" for i in range(300)])}
    assert "bound-not-reached" in codes
