"""KernelSVC: scikit-learn's machine on the genes, its setting chosen by patients."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.svm import SVC

from bulkwise.errors import SampleError
from bulkwise.models import KernelSVC
from bulkwise.split import inner_folds
from bulkwise.training import RowSpace


def draw(n: int = 60, p: int = 300, k: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % k
    centres = 0.3 * np.random.default_rng(99).normal(size=(k, p))
    return (rng.normal(size=(n, p)) + centres[codes] + 5).astype(np.float32), np.array(
        list("abcd")
    )[codes]


def theirs(model: KernelSVC, X: np.ndarray, y: np.ndarray, **more: object) -> SVC:
    gamma = model.gamma_ or 1.0
    made = SVC(C=model.C_, kernel=model.kernel, gamma=gamma, break_ties=True, tol=1e-6, **more)
    return made.fit(X.astype(float), y)


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
@pytest.mark.parametrize(("k", "p"), [(2, 300), (4, 300), (3, 40)])
def test_decisions_are_those_of_scikit_learn_on_the_genes(kernel: str, k: int, p: int):
    X, y = draw(k=k, p=p)
    new = draw(k=k, p=p, seed=1)[0]
    ours = KernelSVC(kernel=kernel, class_weight="balanced").fit(X, y)
    reference = theirs(ours, X, y, class_weight="balanced")
    np.testing.assert_allclose(
        ours.decision_function(new), reference.decision_function(new.astype(float)), atol=1e-3
    )
    np.testing.assert_array_equal(ours.predict(new), reference.predict(new.astype(float)))


def test_the_held_out_loss_picks_a_setting_by_folds_of_patients():
    X, y = draw(k=2)
    patients = np.arange(60) // 2
    model = KernelSVC(Cs=[1e-5, 1e-3], folds=3, random_state=4).fit(X, y, groups=patients)
    assert model.held_out_loss_.shape == (1, 2)
    assert model.n_tries_ == 2
    codes = (y == "b").astype(int)
    right = 0
    for fold in inner_folds(codes, patients, n_splits=3, random_state=4):
        part = SVC(C=model.C_, kernel="linear").fit(X[fold.train], y[fold.train])
        right += int((part.predict(X[fold.test]) == y[fold.test]).sum())
    assert right / 60 > 0.9
    assert model.held_out_loss_.min() < np.log(2) / 2


def test_a_temperature_makes_probabilities_of_scores():
    X, y = draw(k=2)
    noise = np.random.default_rng(0).normal(size=X.shape).astype(np.float32)
    sure = KernelSVC().fit(X, y)
    unsure = KernelSVC().fit(noise, y)
    assert sure.temperature_ < 1 < unsure.temperature_
    told = KernelSVC(Cs=float(sure.C_)).fit(X, y)
    assert told.temperature_ == 1
    assert told.n_tries_ == 1


def test_only_the_rbf_machine_holds_training_samples():
    X, y = draw()
    assert not KernelSVC()._holds_training_data
    assert KernelSVC().fit(X, y).rows_.size == 0
    held = KernelSVC(kernel="rbf").fit(X, y)
    assert held._holds_training_data
    assert {row.tobytes() for row in held.rows_} <= {row.tobytes() for row in X}


def test_a_row_space_gives_the_same():
    X, y = draw()
    for kernel in ("linear", "rbf"):
        direct = KernelSVC(kernel=kernel).fit(X, y)
        shared = KernelSVC(kernel=kernel).fit_rows(RowSpace.of(X), y)
        np.testing.assert_allclose(
            direct.decision_function(X), shared.decision_function(X), atol=1e-9
        )


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"kernel": "poly"}, "'kernel'"),
        ({"Cs": 0}, "'Cs'"),
        ({"Cs": (1.0, -1.0)}, "'Cs'"),
        ({"kernel": "rbf", "gammas": ()}, "'gammas'"),
    ],
)
def test_settings_out_of_range(settings: dict[str, object], named: str):
    X, y = draw(12)
    with pytest.raises(ValueError, match=named):
        KernelSVC(**settings).fit(X, y)


def test_one_patient_a_class_cannot_be_tuned():
    X, y = draw(12)
    with pytest.raises(SampleError, match="Can't tune"):
        KernelSVC().fit(X, y, groups=y)
