"""Predictions out of fold: which rows they are, and of whom."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.evaluation.base import CrossValidated, Fitted
from bulkwise.split import Fold

FOLDS = [
    Fold(np.array([2, 3]), np.array([0, 1]), 0, "fold 1"),
    Fold(np.array([0, 1]), np.array([2, 3]), 0, "fold 2"),
    Fold(np.array([1, 3]), np.array([0, 2]), 1, "fold 1 again"),
]


@pytest.fixture
def found() -> CrossValidated:
    """Four samples, two of them tested in a second repeat."""
    model = Fitted(
        predicted=np.array([0, 1, 1, 0, 1, 0]),
        probabilities=np.linspace(0, 1, 12).reshape(6, 2),
        calibrated=False,
        notes={"was slow": ["fold 1", "fold 2"]},
    )
    quiet = Fitted(np.zeros(6, np.intp), np.zeros((6, 2)))
    return CrossValidated(
        sample=np.array([0, 1, 2, 3, 0, 2]),
        fold=np.array([0, 0, 1, 1, 2, 2]),
        repeat=np.array([0, 0, 0, 0, 1, 1]),
        models={"net": model, "knn": quiet},
        permuted=np.arange(8).reshape(2, 4),
        seconds={"preprocessing": 1.0},
    )


def test_the_first_samples_keep_their_rows_of_every_table(found):
    part = found.first(2)
    assert part.sample.tolist() == [0, 1, 0]
    assert part.repeat.tolist() == [0, 0, 1]
    assert part.fold.tolist() == [0, 0, 2]
    assert part.models["net"].predicted.tolist() == [0, 1, 1]
    np.testing.assert_array_equal(
        part.models["net"].probabilities, found.models["net"].probabilities[[0, 1, 4]]
    )
    assert part.models["net"].calibrated is False
    assert part.permuted.tolist() == [[0, 1], [4, 5]]


def test_predictions_stand_beside_the_truth_and_the_patient(found, inputs_of):
    judged = found.judged("net", inputs_of("baab", "qppr"))
    assert judged.observed.tolist() == [1, 0, 0, 1, 1, 0]
    assert judged.group.tolist() == [1, 0, 0, 2, 1, 0]
    assert judged.predicted is found.models["net"].predicted
    assert not judged.calibrated


def test_who_was_tested_when(found, inputs_of):
    who = found.who(inputs_of("baab", "qppr"), FOLDS)
    assert who.sample.tolist() == ["s0", "s1", "s2", "s3", "s0", "s2"]
    assert who.group.tolist() == list("qpprqp")
    assert who.observed.tolist() == list("baabba")
    assert who.fold.tolist() == ["fold 1"] * 2 + ["fold 2"] * 2 + ["fold 1 again"] * 2


def test_what_fits_had_to_say_is_said_once(found):
    (finding,) = found.findings(3)
    assert finding.message == "net: was slow (2 of 3 fits)."
    assert finding.items == ("net", "fold 1", "fold 2")
