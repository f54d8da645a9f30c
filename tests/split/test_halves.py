"""Halves of the patients: complementary, whole, of every class."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import SampleError
from bulkwise.split.halves import complementary_halves

Y = np.array(list("aaaaaabbbbbbcccccc"))
PATIENTS = np.array(list("ppqqrsttuuvwAABBCD"))


def test_a_half_and_the_next_are_everybody_once():
    halves = complementary_halves(Y, PATIENTS, n_pairs=6)
    assert halves.shape == (12, 18)
    assert len({half.tobytes() for half in complementary_halves(Y, PATIENTS, n_pairs=30)}) > 30
    np.testing.assert_array_equal(halves[::2], ~halves[1::2])


def test_patients_stay_whole_and_classes_are_halved():
    for half in complementary_halves(Y, PATIENTS, n_pairs=10):
        inside = set(PATIENTS[half])
        assert not inside & set(PATIENTS[~half])
        for name in "abc":
            assert len(set(PATIENTS[half & (name == Y)])) == 2


def test_an_odd_patient_goes_to_either_half():
    y = np.array(["a"] * 5 + ["b"] * 5)
    halves = complementary_halves(y, n_pairs=20)
    sizes = {(int(half[:5].sum()), int(half[5:].sum())) for half in halves}
    assert sizes == {(2, 2), (2, 3), (3, 2), (3, 3)}


def test_a_patient_of_two_classes_is_dealt_apart_from_those_of_one():
    y = np.array(list("abababab" + "aabb"))
    patients = np.array(list("ppqqrrss" + "tuvw"))
    for half in complementary_halves(y, patients, n_pairs=10):
        assert len(set("pqrs") & set(patients[half])) == 2
        assert len(set("tu") & set(patients[half])) == 1


def test_the_seed_says_which():
    first, again, other = (
        complementary_halves(Y, PATIENTS, n_pairs=4, random_state=s) for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_too_few_patients_of_a_class_are_counted():
    with pytest.raises(SampleError, match=r"The patients can't be split .* by class: 'c \(1\)'"):
        complementary_halves(Y[:14], PATIENTS[:14], n_pairs=1)
    with pytest.raises(SampleError, match=r"The samples can't be split"):
        complementary_halves(["a", "b"], n_pairs=1)
