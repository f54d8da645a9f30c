"""Parts that have seen data are refused wherever they stand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.errors import LeakageError
from bulkwise.evaluation import unseen
from bulkwise.evaluation.unseen import refuse_fitted, refuse_seen

X = np.random.default_rng(0).normal(size=(20, 4))
Y = np.resize(["a", "b"], 20)


def fitted_scaler():
    return StandardScaler().fit(X)


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (make_pipeline(fitted_scaler(), LogisticRegression()), r"mlp\.standardscaler"),
        (LogisticRegression().fit(X, Y), "mlp "),
        (GridSearchCV(make_pipeline(fitted_scaler(), LogisticRegression()), {}), "standardscaler"),
        (VotingClassifier([("lr", LogisticRegression().fit(X, Y))]), r"mlp\.lr"),
    ],
)
def test_a_fitted_part_is_refused_wherever_it_stands(model, named):
    with pytest.raises(LeakageError, match=named) as caught:
        refuse_fitted("mlp", model)
    assert "is fitted already" in str(caught.value)


def test_an_unfitted_model_passes_and_a_frozen_part_is_told():
    assert refuse_fitted("mlp", make_pipeline(StandardScaler(), LogisticRegression())) == []
    frozen = make_pipeline(FrozenEstimator(fitted_scaler()), LogisticRegression())
    (finding,) = refuse_fitted("mlp", frozen)
    assert finding.code == "frozen-step"
    assert finding.items == ("mlp.frozenestimator",)


class Bundled(StandardScaler):
    """A part that knows who trained it."""

    def __init__(self, patients=()):
        self.patients = patients


@pytest.fixture
def asked(monkeypatch):
    """Frozen parts answer whom they know, as those out of a bundle do."""

    def seen_by(estimator, names, kind="samples"):
        if not isinstance(estimator, Bundled):
            return None
        return [name for name in names if kind == "patients" and name in estimator.patients]

    monkeypatch.setattr(unseen, "seen_by", seen_by)


def frozen(*patients: str):
    return make_pipeline(FrozenEstimator(Bundled(patients)), LogisticRegression())


def test_a_frozen_part_that_knows_a_tested_patient_is_refused(asked):
    models = {"mlp": make_pipeline(StandardScaler()), "net": frozen("P7", "P9")}
    with pytest.raises(LeakageError, match=r"net\.frozenestimator .* on 1 of the patients .*'P9'"):
        refuse_seen(models, ["s1", "s2"], ["P9", "P1"])


def test_a_frozen_part_that_knows_nobody_is_noted_in_place_of_the_warning(asked):
    model = frozen("P7")
    assert refuse_fitted("net", model) == []
    (finding,) = refuse_seen({"net": model}, ["s1"], ["P1"])
    assert (finding.code, finding.level) == ("frozen-step", "note")
    assert "on none of the samples and patients" in finding.message
    other = make_pipeline(FrozenEstimator(fitted_scaler()), LogisticRegression())
    assert refuse_seen({"net": other}, ["s1"], ["P1"]) == []
    assert refuse_fitted("net", other)[0].level == "warning"
