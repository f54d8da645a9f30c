"""RowSpaceLogistic: scikit-learn's optimum at the genes, a penalty chosen by patients."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from bulkwise.errors import SampleError
from bulkwise.models import RowSpaceLogistic
from bulkwise.split import inner_folds
from bulkwise.training import RowSpace


def draw(
    n: int = 60, p: int = 300, k: int = 3, shift: float = 0.4, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.array([f"tissue {c}" for c in "abcdef"[:k]])[np.arange(n) % k]
    centres = {label: shift * rng.normal(size=p) for label in np.unique(y)}
    return rng.normal(size=(n, p)) + np.stack([centres[label] for label in y]) + 3.0, y


def test_scikit_learns_checks():
    check_estimator(RowSpaceLogistic(), on_skip=None)


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize(("n", "p"), [(60, 500), (120, 30)])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_equal_to_scikit_learn_on_the_genes(n: int, p: int, k: int, class_weight: str | None):
    X, y = draw(n, p, k)
    keep = np.r_[np.flatnonzero(y != "tissue a"), np.flatnonzero(y == "tissue a")[:5]]
    X, y = X[keep], y[keep]
    new = draw(20, p, k, seed=1)[0]
    for C in (1e-4, 1e-2):
        ours = RowSpaceLogistic(Cs=C, class_weight=class_weight, tol=1e-6).fit(X, y)
        theirs = LogisticRegression(C=C, class_weight=class_weight, tol=1e-10, max_iter=100_000)
        theirs.fit(X, y)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)
        np.testing.assert_allclose(ours.predict_proba(new), theirs.predict_proba(new), atol=1e-5)
        np.testing.assert_array_equal(ours.predict(new), theirs.predict(new))
        assert ours.decision_function(new).shape == theirs.decision_function(new).shape


def test_the_inner_losses_are_those_of_fits_on_each_fold():
    X, y = draw(45, 200)
    patients = np.repeat(np.arange(15), 3)
    patients = patients[np.argsort(np.tile(np.arange(3), 15), kind="stable")]
    Cs = [1e-4, 1e-3, 1e-2]
    model = RowSpaceLogistic(Cs=Cs, folds=3, random_state=7, tol=1e-5)
    model.fit(X, y, groups=patients)
    codes = np.unique(y, return_inverse=True)[1]
    for i, fold in enumerate(inner_folds(codes, patients, n_splits=3, random_state=7)):
        assert not set(patients[fold.train]) & set(patients[fold.test])
        for j, C in enumerate(Cs):
            part = LogisticRegression(C=C, tol=1e-9, max_iter=9999).fit(
                X[fold.train], y[fold.train]
            )
            loss = log_loss(y[fold.test], part.predict_proba(X[fold.test]), labels=part.classes_)
            assert model.held_out_loss_[i, j] == pytest.approx(loss, abs=1e-4)
    assert Cs[int(model.held_out_loss_.mean(axis=0).argmin())] == model.C_


def test_a_reduction_made_before_gives_the_same():
    X, y = draw()
    patients = np.arange(60) // 2
    direct = RowSpaceLogistic().fit(X, y, groups=patients)
    reduced = RowSpaceLogistic().fit_rows(RowSpace.of(X), y, groups=patients)
    np.testing.assert_array_equal(direct.coef_, reduced.coef_)
    np.testing.assert_array_equal(direct.held_out_loss_, reduced.held_out_loss_)
    assert direct.n_features_in_ == reduced.n_features_in_


def test_float32_is_enough_to_store():
    X, y = draw()
    wide = RowSpaceLogistic().fit(X, y)
    narrow = RowSpaceLogistic().fit(X.astype(np.float32), y)
    assert narrow.coef_.dtype == np.float64
    np.testing.assert_allclose(
        narrow.predict_proba(X.astype(np.float32)), wide.predict_proba(X), atol=1e-3
    )


def test_the_path_stops_early_on_labels_that_mean_nothing():
    X, y = draw(shift=0.0)
    model = RowSpaceLogistic().fit(X, np.random.default_rng(3).permutation(y))
    tried = np.isfinite(model.held_out_loss_).all(axis=0)
    assert tried.sum() < 20
    assert tried[: tried.sum()].all()
    assert model.C_ in model.Cs_[tried]


def test_the_grid_fits_any_scale():
    X, y = draw()
    small, large = RowSpaceLogistic().fit(X / 100, y), RowSpaceLogistic().fit(X * 100, y)
    np.testing.assert_allclose(
        small.predict_proba(X / 100), large.predict_proba(X * 100), atol=1e-3
    )


def test_inner_folds_are_by_patient_in_a_pipeline():
    # Each patient has ten near-identical samples and a coin for a label: whoever tunes by
    # samples believes in a weak penalty.
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(20), 10)
    y = np.repeat(np.arange(20) % 2, 10)
    X = rng.normal(size=(20, 300))[patients] + 0.05 * rng.normal(size=(200, 300))
    pipe = make_pipeline(StandardScaler(), RowSpaceLogistic())
    with config_context(enable_metadata_routing=True):
        by_patient = clone(pipe).fit(X, y, groups=patients)[-1]
    by_sample = clone(pipe).fit(X, y)[-1]
    assert np.nanmin(by_sample.held_out_loss_.mean(axis=0)) < 0.05
    assert np.nanmin(by_patient.held_out_loss_.mean(axis=0)) > 0.5
    assert by_patient.C_ < by_sample.C_ / 10


def test_one_class_and_lone_patients_are_refused():
    X, y = draw(12)
    with pytest.raises(ValueError, match="one class"):
        RowSpaceLogistic().fit(X, np.repeat("liver", 12))
    with pytest.raises(SampleError, match="Can't tune"):
        RowSpaceLogistic().fit(X, y, groups=y)


@pytest.mark.parametrize("Cs", [0, -1, [0.1, -1.0], [], float("nan")])
def test_penalties_that_are_none(Cs: object):
    X, y = draw(12)
    with pytest.raises(ValueError, match="'Cs' parameter"):
        RowSpaceLogistic(Cs=Cs).fit(X, y)


def test_labels_that_do_not_meet_the_rows():
    X, y = draw(12)
    with pytest.raises(ValueError, match="inconsistent"):
        RowSpaceLogistic().fit_rows(RowSpace.of(X), y[:-1])


@pytest.mark.real
def test_leukaemias_of_a_real_cohort(data_folder):
    import anndata

    cohort = anndata.read_h5ad(data_folder / "microarray" / "golub.h5ad")
    X = StandardScaler().fit_transform(np.asarray(cohort.X, dtype=np.float64))
    y = cohort.obs["label"].astype(str).to_numpy()
    ours = RowSpaceLogistic().fit(X[::2], y[::2])
    theirs = LogisticRegression(C=ours.C_, tol=1e-8, max_iter=9999).fit(X[::2], y[::2])
    np.testing.assert_allclose(
        ours.predict_proba(X[1::2]), theirs.predict_proba(X[1::2]), atol=1e-3
    )
    assert ours.score(X[1::2], y[1::2]) > 0.9
