"""Predictions are judged patient by patient, and options say what they need."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import InputError, SampleError
from bulkwise.study import Classify, Infer, Translate
from bulkwise.study.random_search.questions import Marks


class _Says:
    """A model that gives what it was told."""

    def __init__(self, answer):
        self.answer = answer

    def predict(self, _):
        return self.answer


def test_cells_weigh_the_same_and_patients_can_be_weighed():
    cells = {"recall": np.array([[1.0, 0.0, np.nan], [np.nan, np.nan, 1.0]])}
    marks = Marks(np.array(["p", "q", "q"]), cells)
    assert marks.values() == {"recall": 0.75}
    weights = np.array([[1.0, 1.0, 1.0], [3.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    found = marks.under(weights)["recall"]
    assert found[:2].tolist() == [0.75, 0.75]  # of the second class nobody was drawn
    assert np.isnan(found[2])


def test_balanced_accuracy_of_several_targets_is_their_mean(cohort):
    cohort.obs["side"] = np.where(np.arange(120) < 90, "left", "right")
    question = Classify(target=("kind", "side"))
    said = np.column_stack([cohort.obs["kind"], np.full(120, "left")])
    values = question.judge(_Says(said), cohort, cohort).values()
    assert values == {
        "balanced_accuracy": pytest.approx((3 + 1) / 5),  # five classes, four of them told
        "accuracy": pytest.approx((1 + 0.75) / 2),
    }
    codes, patients = question.strata(cohort)
    assert len(np.unique(codes)) == 6
    assert patients.tolist() == cohort.obs["patient"].tolist()


def test_errors_of_inference_are_in_standard_deviations(cohort):
    landmarks = tuple(cohort.var_names[:50])
    question = Infer(landmarks=landmarks)
    mean = np.asarray(cohort.X)[:, 50:].mean(axis=0)
    found = question.judge(_Says(np.tile(mean, (120, 1))), cohort, cohort).values()["error"]
    assert found == pytest.approx(np.sqrt(2 / np.pi), rel=0.02)
    assert question.settled(cohort) is question


def test_nobody_to_judge_a_translation_is_said(cohort):
    question = Translate(column="kind", source="a", target="b", pairs="patient")
    with pytest.raises(SampleError, match="No patient held out has a sample of both 'a' and 'b'"):
        question.judge(_Says(None), cohort, cohort)


def test_a_question_without_a_target_is_refused():
    with pytest.raises(InputError, match="nothing to predict"):
        Classify(target=())
