from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.evaluation.base import Inputs
from bulkwise.evaluation.external.clinical import ClinicalColumn, Coded
from bulkwise.evaluation.external.fits import fit_abroad
from bulkwise.randomness import Seeds
from bulkwise.split import Fold

N = 60


@pytest.fixture
def inputs() -> Inputs:
    """Twice sixty samples; one gene tells the class."""
    import pandas as pd

    rng = np.random.default_rng(0)
    codes = np.arange(2 * N) % 2
    X = rng.normal(size=(2 * N, 8))
    X[:, 0] += 1.5 * codes
    labels = np.array(["no", "yes"])[codes]
    samples = np.array([f"s{i}" for i in range(2 * N)])
    return Inputs(
        name="away",
        unit="log2_tpm",
        X=X,
        genes=tuple(f"g{j}" for j in range(8)),
        samples=samples,
        sheet=pd.DataFrame(index=samples),
        target="relapse",
        labels=labels,
        classes=("no", "yes"),
        codes=codes,
        groups=samples,
        group_column=None,
        sources=None,
        source_column=None,
        findings=(),
    )


FOLD = Fold(np.arange(N), np.arange(N, 2 * N), 0, "away")


def column(name: str, values: np.ndarray) -> Coded:
    table = values[:, None].astype(float)
    return Coded(ClinicalColumn(name, "number", {}, (0, 0)), table[:N], table[N:])


def model() -> object:
    return make_pipeline(StandardScaler(), LogisticRegression())


def test_kinds_and_order(inputs: Inputs) -> None:
    rng = np.random.default_rng(1)
    columns = [column(name, rng.normal(size=2 * N)) for name in ("grade", "age")]
    found = fit_abroad(inputs, FOLD, {"m": model()}, ("majority",), columns, Seeds(0))
    assert {name: entry.kind for name, entry in found.entries.items()} == {
        "m": "model",
        "m + clinical": "joint",
        "majority": "baseline",
        "grade": "clinical",
        "age": "clinical",
        "clinical": "clinical",
    }
    rows = found.judged("m", np.arange(N) < 10)
    assert len(rows.observed) == 10
    assert rows.probabilities.shape == (10, 2)


def test_one_column_is_its_own_all(inputs: Inputs) -> None:
    found = fit_abroad(
        inputs, FOLD, {"m": model()}, (), [column("grade", np.arange(2 * N))], Seeds(0)
    )
    assert list(found.entries) == ["m", "m + clinical", "grade"]


def test_a_column_that_is_the_answer_wins_and_gaps_get_the_median(inputs: Inputs) -> None:
    values = inputs.codes.astype(float) * 2
    values[[0, 1, N, N + 1]] = np.nan
    found = fit_abroad(inputs, FOLD, {"m": model()}, (), [column("x", values)], Seeds(0))
    p = found.entries["x"].fitted.probabilities[:, 1]
    assert (p[2:] > 0.5).tolist() == (inputs.codes[N + 2 :] == 1).tolist()
    assert p[0] == pytest.approx(p[1])
    assert 0.1 < p[0] < 0.9 or p[0] == pytest.approx(p[2:][inputs.codes[N + 2 :] == 0][0])


def test_the_joint_model_is_fitted_on_scores_out_of_fold(inputs: Inputs) -> None:
    """A model that learns noise by heart must get no weight from its own training part."""
    from sklearn.neighbors import KNeighborsClassifier

    rng = np.random.default_rng(2)
    noise = replace(inputs, X=rng.normal(size=(2 * N, 8)))
    helpful = column("x", inputs.codes + rng.normal(size=2 * N))
    by_heart = make_pipeline(StandardScaler(), KNeighborsClassifier(1))
    found = fit_abroad(noise, FOLD, {"m": by_heart}, (), [helpful], Seeds(0))
    joint = found.entries["m + clinical"].fitted.probabilities[:, 1]
    alone = found.entries["x"].fitted.probabilities[:, 1]
    assert np.corrcoef(joint, alone)[0, 1] > 0.9


def test_too_few_patients_for_folds_give_no_joint_model(inputs: Inputs) -> None:
    codes = inputs.codes.copy()
    codes[:N] = 0
    codes[3] = 1
    labels = np.array(["no", "yes"])[codes]
    few = replace(inputs, codes=codes, labels=labels)
    found = fit_abroad(few, FOLD, {"m": model()}, (), [column("x", np.arange(2 * N))], Seeds(0))
    assert list(found.entries) == ["m", "x"]


def test_scores_that_are_no_probabilities_give_no_joint_model(inputs: Inputs) -> None:
    from sklearn.svm import SVC

    found = fit_abroad(inputs, FOLD, {"m": SVC()}, (), [column("x", np.arange(2 * N))], Seeds(0))
    assert list(found.entries) == ["m", "x"]
    assert not found.entries["m"].fitted.calibrated
