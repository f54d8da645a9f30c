"""Inference through a bundle: what stands beside the values, and landmarks that are missing."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from sklearn.pipeline import make_pipeline

from bulkwise.bundle import Bundle
from bulkwise.errors import GeneError
from bulkwise.prediction.infer import infer
from bulkwise.preprocess import Log1p, RidgeFill

LANDMARKS = tuple(f"L{j}" for j in range(12))


class Sums:
    """Infers the sum of the first two landmarks and the mean of all, in logs."""

    target_names_ = np.array(["SUM", "MEAN"])
    expected_error_ = np.array([0.1, 0.2])
    lower_ = np.array([-0.3, -0.4])

    def predict(self, X):
        return np.stack([X[:, 0] + X[:, 1], X.mean(axis=1)], axis=1)


def bundle_of(unit: str, *steps: object, scores: object = None) -> Bundle:
    return Bundle(
        task="infer",
        model=SimpleNamespace(steps=[(str(i), step) for i, step in enumerate([*steps, Sums()])]),
        genes=LANDMARKS,
        unit=unit,
        targets={},
        applicability=None
        if scores is None
        else SimpleNamespace(score_samples=lambda X: np.array(scores)),
        typical=np.zeros(12, dtype=np.float32),
        card="",
        training={},
        versions={},
        hashes={"salt": "", "samples": [], "patients": []},
    )


@pytest.fixture
def new() -> AnnData:
    """Landmarks that go together: each is the first times a number."""
    first = np.array([1.0, 2.0, 3.0, 2.5], dtype=np.float32)[:, None]
    return AnnData(
        X=first * np.linspace(1, 2, 12, dtype=np.float32),
        obs=pd.DataFrame(index=list("abcd")),
        var=pd.DataFrame(index=list(LANDMARKS)),
        uns={"unit": "log2"},
    )


def of(bundle: Bundle, cohort: AnnData):
    made, findings = infer(bundle, cohort, list(cohort.obs_names))
    return made, {one.code: one for one in findings}


def test_logs_stay_logs_and_the_models_facts_stand_beside(new):
    made, said = of(bundle_of("log2"), new[:, ::-1].copy())
    np.testing.assert_allclose(made.X[:, 0], new.X[:, 0] + new.X[:, 1], rtol=1e-6)
    assert made.uns == {"unit": "log2", "error_scale": "log2"}
    assert made.var_names.tolist() == ["SUM", "MEAN"]
    assert made.var["expected_error"].tolist() == [0.1, 0.2]
    assert made.var["interval_lower"].tolist() == [-0.3, -0.4]
    assert set(made.var) == {"expected_error", "interval_lower"}
    assert said == {}
    assert "applicability" not in made.obs


def test_amounts_come_back_as_amounts(new):
    new.uns["unit"] = "tpm"
    steps = make_pipeline(Log1p()).fit(new.X)
    made, _ = of(bundle_of("tpm", steps), new)
    logs = np.log2(new.X[:, 0] + 1) + np.log2(new.X[:, 1] + 1)
    np.testing.assert_allclose(made.X[:, 0], np.exp2(logs) - 1, rtol=1e-5)
    assert made.uns["error_scale"] == "log2(x + 1)"
    negative = bundle_of("tpm", SimpleNamespace(transform=lambda X: X - 100))
    assert (of(negative, new)[0].X == 0).all()


def test_samples_unlike_the_training_are_named(new):
    made, said = of(bundle_of("log2", scores=[0.5, 0.05, 0.01, 0.04]), new)
    assert made.obs["applicability"].tolist() == [0.5, 0.05, 0.01, 0.04]
    assert said["unlike-training"].items == ("c", "d")
    assert said["unlike-training"].message.startswith("2 of the 4 samples are unlike")


def test_a_missing_landmark_is_filled_in_from_the_others(new):
    fill = RidgeFill(penalty=1e-4).fit(new.X)
    whole, _ = of(bundle_of("log2", fill), new)
    made, said = of(bundle_of("log2", fill), new[:, np.arange(12) != 1].copy())
    np.testing.assert_allclose(made.X, whole.X, atol=0.01)
    assert (
        "1 of the model's 12 landmarks aren't in the matrix (L1)" in said["genes-missing"].message
    )
    without, _ = of(bundle_of("log2"), new[:, np.arange(12) != 1].copy())
    np.testing.assert_allclose(without.X[:, 0], new.X[:, 0], rtol=1e-6)


def test_too_few_landmarks_are_refused(new):
    with pytest.raises(GeneError, match="10 of the 12 genes expected"):
        of(bundle_of("log2"), new[:, 2:].copy())
