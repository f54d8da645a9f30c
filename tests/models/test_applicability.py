"""Applicability: known kinds are let through at the stated rate, unknown ones are marked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import check_estimator

from bulkwise.errors import SampleError
from bulkwise.models import Applicability
from bulkwise.training import RowSpace


class Tissues:
    """Tissues as directions in the genes, with variation of their own along shared programs."""

    def __init__(self, k: int = 6, p: int = 400, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.centres = 1.2 * rng.normal(size=(k, p))
        self.programs = rng.normal(size=(10, p))

    def draw(self, tissue: int, n: int, seed: int) -> np.ndarray:
        rng = np.random.default_rng([seed, tissue])
        shared = rng.normal(size=(n, 10)) @ self.programs
        return self.centres[tissue] + 0.3 * shared + rng.normal(size=(n, self.centres.shape[1]))

    def cohort(self, tissues: list[int], n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        X = np.concatenate([self.draw(t, n, seed) for t in tissues])
        return X, np.repeat([f"tissue {t}" for t in tissues], n)


def auroc(check: Applicability, known: np.ndarray, new: np.ndarray) -> float:
    scores = np.r_[check.score_samples(known), check.score_samples(new)]
    return roc_auc_score(np.repeat([1, 0], [len(known), len(new)]), scores)


def test_scikit_learns_checks():
    check_estimator(Applicability(), on_skip=None)


@pytest.mark.parametrize("tissues", [[0, 1], [0, 1, 2, 3, 4]])
def test_a_left_out_tissue_is_marked_and_known_ones_pass(tissues: list[int]):
    world = Tissues()
    X, y = world.cohort(tissues, 40)
    known, _ = world.cohort(tissues, 40, seed=1)
    check = Applicability().fit(X, y)
    assert auroc(check, known, world.draw(5, 40, 1)) > 0.95
    assert (check.score_samples(world.draw(5, 40, 1)) < 0.05).mean() > 0.9
    assert 0.0 <= (check.score_samples(known) < 0.05).mean() < 0.12


def test_known_samples_score_evenly():
    world = Tissues()
    X, y = world.cohort([0, 1, 2], 70)
    known, _ = world.cohort([0, 1, 2], 200, seed=1)
    scores = np.sort(Applicability().fit(X, y).score_samples(known))
    even = (np.arange(len(scores)) + 0.5) / len(scores)
    assert np.abs(scores - even).max() < 0.12


def test_a_failed_library_is_marked_although_it_lies_between_the_classes():
    world = Tissues()
    X, y = world.cohort([0, 1], 60)
    rng = np.random.default_rng(0)
    noise = world.draw(0, 20, 1) + 3 * rng.normal(size=(20, 400))
    assert (Applicability().fit(X, y).score_samples(noise) < 0.05).all()


def test_without_labels_all_are_one_kind():
    world = Tissues()
    X, _ = world.cohort([0], 80)
    known = world.draw(0, 40, 1)
    for y in (None, np.random.default_rng(0).normal(size=80)):
        check = Applicability().fit(X, y)
        assert auroc(check, known, world.draw(1, 40, 1)) > 0.95


def test_a_reduction_made_before_gives_the_same():
    world = Tissues()
    X, y = world.cohort([0, 1, 2], 30)
    groups = np.arange(90) // 2
    new = world.draw(1, 10, 3)
    direct = Applicability().fit(X, y, groups=groups)
    reduced = Applicability().fit_rows(RowSpace.of(X), y, groups=groups)
    np.testing.assert_array_equal(direct.score_samples(new), reduced.score_samples(new))


def test_the_reduction_to_rows_changes_nothing():
    world = Tissues(p=100)
    X, y = world.cohort([0, 1, 2], 40)  # 120 samples of 100 genes: fitted on the genes
    wide = np.hstack([X, np.zeros((120, 30))])  # 130 genes: fitted on the rows
    new = world.draw(4, 25, 1)
    scores = Applicability().fit(X, y).score_samples(new)
    reduced = Applicability().fit(wide, y).score_samples(np.hstack([new, np.zeros((25, 30))]))
    np.testing.assert_allclose(scores, reduced, atol=0.02)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), scale=st.floats(1e-3, 1e3), shift=st.floats(-100, 100))
def test_scale_and_origin_do_not_matter(seed: int, scale: float, shift: float):
    world = Tissues(p=60, seed=seed)
    X, y = world.cohort([0, 1, 2], 15)
    new = np.concatenate([world.draw(0, 5, 1), world.draw(4, 5, 1)])
    before = Applicability().fit(X, y).score_samples(new)
    after = Applicability().fit(X * scale + shift, y).score_samples(new * scale + shift)
    np.testing.assert_allclose(before, after, atol=0.03)
    assert ((before > 0) & (before <= 1)).all()


def test_patients_stay_together_in_the_calibration():
    # Ten near-copies a patient: held out one by one they look usual, and a new patient doesn't.
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(30), 10)
    people = rng.normal(size=(60, 500))
    X = people[patients] + 0.1 * rng.normal(size=(300, 500))
    new = people[30:] + 0.1 * rng.normal(size=(30, 500))
    by_patient = Applicability().fit(X, groups=patients).score_samples(new)
    by_sample = Applicability().fit(X).score_samples(new)
    assert (by_patient < 0.05).mean() < 0.3
    assert (by_sample < 0.05).mean() > 0.9


def test_many_samples_are_drawn_from_by_class():
    rng = np.random.default_rng(0)
    y = np.r_[np.zeros(2970, dtype=int), np.ones(30, dtype=int)]
    X = rng.normal(size=(3000, 20)) + 4 * y[:, None]
    check = Applicability().fit(X, y)
    assert len(check.reference_) == 2000
    assert (check.score_samples(rng.normal(size=(200, 20)) + 4) < 0.05).mean() < 0.15


def test_it_keeps_no_profile_and_little_else():
    world = Tissues(p=2000)
    X, y = world.cohort([0, 1, 2], 60)
    check = Applicability().fit(X, y)
    kept = {name: getattr(check, name) for name in check._fitted}
    assert {name for name, value in kept.items() if np.size(value) >= 2000} == {
        "mean_",
        "axes_",
        "components_",
    }
    assert kept["axes_"].shape == (2000, 2)
    assert kept["components_"].shape == (2000, 30)
    assert sum(np.asarray(value).nbytes for value in kept.values()) < 0.2 * X.nbytes


def test_too_few_to_hold_out():
    with pytest.raises(SampleError, match="Can't tune"):
        Applicability().fit(np.eye(4), groups=["one"] * 4)
    with pytest.raises(ValueError, match="minimum of 4"):
        Applicability().fit(np.eye(3))


@pytest.mark.real
def test_left_out_tissues_of_a_real_cohort(data_folder):
    import anndata

    cohort = anndata.read_h5ad(data_folder / "gtex_26_tissues.h5ad")
    X, y = np.asarray(cohort.X, dtype=np.float64), cohort.obs["tissue"].astype(str).to_numpy()
    rng = np.random.default_rng(0)
    held = rng.permutation(len(y))[: len(y) // 5]
    for tissue in ("Brain", "Lung", "Skin", "Prostate"):
        train = np.setdiff1d(np.flatnonzero(y != tissue), held)
        mean, sd = X[train].mean(axis=0), X[train].std(axis=0)
        Z = (X - mean) / np.where(sd > 0, sd, 1)
        check = Applicability().fit(Z[train], y[train])
        known = np.intersect1d(held, np.flatnonzero(y != tissue))
        assert auroc(check, Z[known], Z[y == tissue]) > 0.9
        assert (check.score_samples(Z[known]) < 0.05).mean() < 0.15
