"""The best networks on the patients held out: figures by hand, and networks on genes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.errors import StudyError
from bulkwise.randomness import Seeds
from bulkwise.study.random_search.outer import BEST, LOGISTIC, TOGETHER, judged, refitted
from bulkwise.study.random_search.parts import split
from bulkwise.study.random_search.space import SPACES, draw

ASKED = {"space": "compact", "seed": 3, "fan_in": 1000, "device": "cpu"}


class Fixed(ClassifierMixin, BaseEstimator):
    """Gives everybody the probabilities of one class, as sure as told."""

    classes_ = np.array(["a", "b", "c"])

    def __init__(self, sure: list[float], weights: list[float] = (1, 1, 1)) -> None:
        self.sure, self.weights = sure, weights
        self.class_weight_ = np.array(weights)

    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        return np.tile(self.sure, (len(X), 1))

    def predict(self, X):
        return np.repeat(self.classes_[(np.array(self.sure) * self.class_weight_).argmax()], len(X))


@pytest.fixture
def parts(cohort):
    """Fifteen patients of a, twenty of b, ten of c, so that their shares differ."""
    number = cohort.obs["patient"].str[1:].astype(int)
    few = ((cohort.obs["kind"] == "a") & (number < 15)) | (
        (cohort.obs["kind"] == "c") & (number < 30)
    )
    return split(cohort[~few].copy(), "kind", None, 0.2, 0)


def piped(parts, final) -> Pipeline:
    scaler = StandardScaler().fit(parts.inputs.X[parts.search])
    return Pipeline([("scaler", scaler), ("fixed", final)])


def test_figures_are_those_of_the_first_and_the_mean_of_five(parts):
    sure = [[0.6, 0.3, 0.1], *([[0.2, 0.1, 0.7]] * 4)]
    found, difference, p = judged(parts, [piped(parts, Fixed(one)) for one in sure], 0)
    truth = parts.inputs.labels[parts.outer]
    assert found[BEST]["accuracy"].value == pytest.approx(np.mean(truth == "a"))
    assert found[TOGETHER]["accuracy"].value == pytest.approx(np.mean(truth == "c"))
    rival = found[LOGISTIC]["balanced_accuracy"].value
    assert rival > 0.6
    assert difference.value == pytest.approx(1 / 3 - rival)
    assert p < 0.05


def test_classes_weigh_in_the_mean_as_they_did_in_training(parts):
    even = [piped(parts, Fixed([0.5, 0.4, 0.1], [1, 2, 1])) for _ in range(5)]
    truth = parts.inputs.labels[parts.outer]
    found, _, _ = judged(parts, even, 0)
    assert found[TOGETHER]["accuracy"].value == pytest.approx(np.mean(truth == "b"))
    assert TOGETHER not in judged(parts, even[:4], 0)[0]


def test_networks_trained_anew_predict_from_genes(parts):
    drawn = {trial: draw(SPACES["compact"], Seeds(3), trial) for trial in (2, 0)}
    table = pd.DataFrame({"trial": [0, 1, 2], "best_epoch": [3, 1, 6]})
    pipelines = refitted(parts, ASKED, table, drawn)
    assert [one[-1].training.epochs for one in pipelines] == [6, 3]
    assert pipelines[0][-1].n_features_in_ == 300
    seen, new = (parts.inputs.X[rows] for rows in (parts.search, parts.outer))
    assert accuracy_score(parts.inputs.labels[parts.search], pipelines[0].predict(seen)) > 0.8
    labels = parts.inputs.labels[parts.outer]
    assert balanced_accuracy_score(labels, pipelines[0].predict(new)) > 0.5


def test_when_all_diverge_it_is_said(parts):
    drawn = {0: draw(SPACES["compact"], Seeds(3), 0) | {"learning_rate": 1e30, "batch_norm": False}}
    table = pd.DataFrame({"trial": [0], "best_epoch": [3]})
    with pytest.raises(StudyError, match="diverged when they were trained anew"):
        refitted(parts, ASKED, table, drawn)
