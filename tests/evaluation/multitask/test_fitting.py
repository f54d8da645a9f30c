"""Fits of several targets at once: each row is predicted by the fold that didn't train on it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier

from bulkwise.errors import FitError, InputError
from bulkwise.evaluation.candidates import taken_apart
from bulkwise.evaluation.multitask.fitting import fit_targets
from bulkwise.evaluation.multitask.opened import open_targets
from bulkwise.randomness import Seeds
from bulkwise.split import Fold

ROWS = np.arange(80)
FOLDS = [
    Fold(ROWS[20:], ROWS[:20], 0, "fold 1"),
    Fold(ROWS[:20], ROWS[20:], 0, "fold 2"),
    Fold(ROWS[40:], ROWS[:40], 1, "fold 3"),
]


class Echo(ClassifierMixin, BaseEstimator):
    """Tells everybody the labels that its first training sample had; probabilities as told."""

    def __init__(self, columns: int = 2, number: float = 0.5) -> None:
        self.columns, self.number = columns, number

    def fit(self, X, y):
        table = np.asarray(y)
        self.said_ = table[0]
        self.classes_ = [np.unique(column) for column in table.T]
        self.n_ = len(X)
        return self

    def predict(self, X):
        return np.tile(self.said_, (len(X), 1))[:, : self.columns]

    def predict_proba(self, X):
        return [np.full((len(X), len(known)), self.number) for known in self.classes_]

    def transform(self, X):
        return np.full((len(X), 3), float(self.n_))


class Plain(Echo):
    """The same without probabilities and codes."""

    predict_proba = transform = property()


@pytest.fixture(scope="module")
def opened(cohort):
    return open_targets(cohort, ["tissue", "condition"], groups=None, source=None, holdout_by=None)


def run(opened, model, baselines=(), permuted=(), folds=FOLDS):
    seeds = Seeds(0)
    return fit_targets(
        opened,
        folds,
        taken_apart("ours", "model", model, None, seeds),
        [
            taken_apart(f"rival {i}", "baseline", one, None, seeds)
            for i, one in enumerate(baselines)
        ],
        permuted,
    )


def test_every_row_is_predicted_by_its_own_folds_model(opened):
    found = run(opened, Echo()).targets
    for name, inputs in opened.targets.items():
        rows = found[name]
        assert rows.sample.tolist() == [*range(80), *range(40)]
        assert rows.repeat.tolist() == [0] * 80 + [1] * 40
        first = {0: inputs.codes[20], 1: inputs.codes[0], 2: inputs.codes[40]}
        expected = [first[fold] for fold in rows.fold]
        assert rows.models["ours"].predicted.tolist() == expected
        assert rows.fold.tolist() == [0] * 20 + [1] * 60 + [2] * 40
        assert (rows.models["ours"].probabilities == 0.5).all()
        assert rows.models["ours"].calibrated


def test_probabilities_of_a_class_that_training_lacks_are_zero(opened):
    colons = np.flatnonzero(opened.targets["tissue"].labels == "colon")
    others = np.setdiff1d(ROWS, colons)
    found = run(opened, Echo(), folds=[Fold(others, colons, 0, "fold 1")]).targets["tissue"]
    assert opened.targets["tissue"].classes.index("colon") == 0
    assert (found.models["ours"].probabilities == [0, 0.5, 0.5]).all()


def test_without_probabilities_the_prediction_is_certain(opened):
    found = run(opened, Plain())
    one = found.targets["tissue"].models["ours"]
    assert not one.calibrated
    np.testing.assert_array_equal(one.probabilities, np.eye(3)[one.predicted])
    assert found.codes == ()


def test_codes_are_those_of_the_first_repeat(opened):
    codes = run(opened, Echo()).codes
    assert [(code.fold.name, code.train.shape, code.test.shape) for code in codes] == [
        ("fold 1", (60, 3), (20, 3)),
        ("fold 2", (20, 3), (60, 3)),
    ]
    assert (codes[1].test == 20).all()


def test_baselines_learn_one_target_each(opened):
    forest = RandomForestClassifier(5, random_state=0)
    found = run(opened, Echo(), baselines=[forest], folds=FOLDS[:2]).targets
    accuracy = {
        name: (one.models["rival 0"].predicted == opened.targets[name].codes).mean()
        for name, one in found.items()
    }
    assert min(accuracy.values()) > 0.6
    assert [len(one.models["rival 0"].seconds) for one in found.values()] == [2, 2]


def test_permuted_labels_reach_the_refits_of_the_first_repeat_only(opened):
    joint = np.roll(opened.together.labels, 1)
    found = run(opened, Echo(), permuted=[joint]).targets
    for name, inputs in opened.targets.items():
        assert found[name].permuted.shape == (1, 80)
        told = [inputs.codes[19]] * 20 + [inputs.codes[79]] * 60  # of samples 20 and 0, shifted
        assert found[name].permuted[0].tolist() == told


def test_what_isnt_a_model_of_several_targets_is_refused(opened):
    with pytest.raises(InputError, match=r"doesn't predict 2 targets: .* shape \(20, 1\)"):
        run(opened, Echo(columns=1))
    with pytest.raises(FitError, match="something else than numbers in fold 1"):
        run(opened, Echo(number=float("nan")))
