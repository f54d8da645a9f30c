"""Gene scores: by hand, free of a unit's scale, averaged, and with an honest null."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest

from bulkwise.errors import InputError
from bulkwise.explain import repeated_scores, score_genes
from bulkwise.explain.gene_scores import null_p_values, unit_free_scores
from bulkwise.models import ExpressionClassifier, RowSpaceLogistic
from bulkwise.networks import MLP
from bulkwise.preprocess import Standardize
from bulkwise.training import Training


def cohort(n: int = 60, p: int = 150) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(0)
    y = np.repeat(["good", "poor"], n // 2)
    X = rng.normal(size=(n, p)).astype(np.float32)
    X[y == "poor", :5] += 2
    return X, y


def test_unit_free_scores_by_hand() -> None:
    weights = np.array([[1.0, -30.0, 0.0], [3.0, 10.0, 0.0]])  # genes x units
    np.testing.assert_allclose(unit_free_scores(weights), [(0.25 + 0.75) / 2, (0.75 + 0.25) / 2])
    np.testing.assert_allclose(unit_free_scores(weights * [1, 1e6, 1]), unit_free_scores(weights))


def test_the_published_score_depends_on_a_units_scale_and_the_others_do_not() -> None:
    """Batch norm makes the output blind to a unit's scale; a score should be too."""
    X, y = cohort()
    model = ExpressionClassifier(
        network=MLP(widths=(4,)), training=Training(epochs=10), members=1, random_state=0
    ).fit(X, y)
    before = {kind: score_genes(model, X, y, kind=kind) for kind in ("deepcme", "first-layer")}
    own = model.predict_proba(X)
    weight = "0.blocks.0.dense.weight"
    scaled = model.parameters_[weight].copy()
    scaled[0] *= 50
    model.parameters_[weight] = scaled
    model.parameters_["0.blocks.0.norm.running_mean"][0] *= 50
    model.parameters_["0.blocks.0.norm.running_var"][0] *= 2500
    np.testing.assert_allclose(model.predict_proba(X), own, atol=1e-3)
    after = {kind: score_genes(model, X, y, kind=kind) for kind in before}
    np.testing.assert_allclose(after["first-layer"], before["first-layer"], rtol=1e-5)
    assert np.abs(after["deepcme"] / before["deepcme"] - 1).max() > 0.2


@pytest.mark.parametrize("kind", ["attribution", "first-layer", "deepcme"])
@pytest.mark.parametrize("model", [RowSpaceLogistic(), ExpressionClassifier(members=1)])
def test_planted_genes_score_highest(model: Any, kind: str) -> None:
    X, y = cohort()
    found = repeated_scores(model, X, y, kind=kind, repeats=1, permutations=0)
    assert set(np.argsort(-found.mean)[:5]) == set(range(5))
    assert found.mean.sum() == pytest.approx(1)
    assert np.isnan(found.p_value).all()
    assert np.isfinite(found.sd).all()


def test_repeats_are_averaged_by_class_and_the_null_holds_for_the_others() -> None:
    X, y = cohort()
    network = ExpressionClassifier(
        network=MLP(widths=(16,)), training=Training(epochs=20), members=1
    )
    found = repeated_scores(network, X, y, repeats=2, permutations=8, random_state=1)
    assert found.by_repeat.shape == (2, 150)
    assert found.null.shape == (8, 150)
    np.testing.assert_allclose(found.by_class.mean(axis=0), found.mean, rtol=1e-9)
    np.testing.assert_allclose(found.null.sum(axis=1), 1)
    assert (found.p_value[:5] < 0.01).all()
    assert (found.p_family[:5] <= 2 / 9 + 1e-9).all()
    assert np.mean(found.p_value[5:] < 0.05) < 0.1
    again = repeated_scores(network, X, y, repeats=2, permutations=8, random_state=1)
    np.testing.assert_array_equal(again.by_repeat, found.by_repeat)


def test_p_values_by_hand() -> None:
    null = np.array([[0.1, 0.2], [0.3, 0.4]])
    p, family = null_p_values([np.array([0.35, 0.05])], null)
    np.testing.assert_allclose(p, [2 / 5, 1.0])
    np.testing.assert_allclose(family, [2 / 3, 1.0])
    twice, _ = null_p_values([np.array([0.35, 0.05])] * 2, null)
    np.testing.assert_allclose(twice, [4 / 5, 1.0])


def test_what_cannot_be_scored_is_refused() -> None:
    X, y = cohort()
    model = RowSpaceLogistic().fit(X, y)
    with pytest.raises(InputError, match="'magic'"):
        score_genes(model, X, y, kind="magic")
    with pytest.raises(InputError, match="need X and y"):
        score_genes(model)
    dropped = ExpressionClassifier(
        network=MLP(widths=(4,), input_dropout=0.2), training=Training(epochs=2), members=1
    ).fit(X, y)
    assert score_genes(dropped, kind="first-layer").shape == (150,)


@pytest.mark.real
def test_real_leukaemia_genes_stand_out_from_the_null(data_folder: Path) -> None:
    golub = anndata.read_h5ad(data_folder / "microarray" / "golub.h5ad")
    X = Standardize().fit_transform(np.log2(np.clip(np.asarray(golub.X), 20, None)))[:, ::5]
    y = golub.obs["label"].astype(str).to_numpy()
    found = repeated_scores(RowSpaceLogistic(), X, y, repeats=1, permutations=9)
    assert (found.p_value < 0.001).sum() > 5
