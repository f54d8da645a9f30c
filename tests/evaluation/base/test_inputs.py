"""What a cohort as arrays says of itself: counts of samples and of patients."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from bulkwise.evaluation.base import Question
from bulkwise.split import Fold


def test_samples_and_patients_are_counted_apart(inputs_of):
    inputs = inputs_of("aabbbb", "ppqqrp")
    assert inputs.counts() == {"a": 2, "b": 4}
    assert inputs.n_groups == 3
    assert inputs.group_codes.tolist() == [0, 0, 1, 1, 2, 0]
    assert inputs.patients_by_class().tolist() == [1, 3]


def test_the_question_holds_what_the_data_know(inputs_of):
    known = {"cohort", "unit", "target", "labels", "counts", "n_samples", "n_genes", "n_groups"}
    known |= {"groups", "source", "sources"}
    rest = dict.fromkeys({field.name for field in fields(Question)} - known)
    asked = inputs_of("aabb", "pqrs", "zyzz")
    question = asked.question(**rest)
    assert (question.n_samples, question.n_genes, question.n_groups) == (4, 2, 4)
    assert question.sources == {"y": 1, "z": 3}
    assert (question.groups, question.source) == ("patient", "source")
    assert inputs_of("ab", "pq").question(**rest).sources == {}


def test_classes_of_few_tested_patients_support_no_claim(inputs_of):
    patients = "abcdefghijkl" + "abcdefghijka"
    inputs = inputs_of("x" * 12 + "y" * 12, patients)
    everyone = [Fold(np.arange(0), np.arange(24))]
    assert inputs.no_claim(everyone) == ()
    # ten patients of x are tested, one of them twice; nine of y, one of them with two samples
    tested = np.r_[0:10, 12:21, 23]
    (said,) = inputs.no_claim([Fold(np.arange(0), tested), Fold(np.arange(0), np.array([0]))])
    assert said.startswith("No claim: fewer than 10 patients")
    assert "(9 of y)" in said
    assert said.endswith("support a claim.")
    three = inputs_of("x" * 12 + "y" * 11 + "z", "abcdefghijkl" * 2)
    assert (
        "(1 of z), so these figures can't support a claim about such a class."
        in three.no_claim(everyone)[0]
    )
