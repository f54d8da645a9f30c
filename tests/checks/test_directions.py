import numpy as np
import pytest

from bulkwise.checks.directions import check_directions, require_agreement
from bulkwise.errors import InputError


def codes(t, usual, reference=50):
    return [one.code for one in check_directions(t, usual, reference=reference, taught=(20, 100))]


@pytest.fixture
def usual():
    return np.random.default_rng(0).normal(size=60)


def test_a_cohort_like_the_others_has_nothing_to_tell(usual):
    assert codes(usual * 3, usual) == []


def test_a_cohort_against_the_others_is_probably_swapped(usual):
    assert codes(-usual, usual) == ["conditions-swapped"]


def test_a_few_genes_are_too_few_to_say(usual):
    usual[20:] = 0
    assert codes(-usual, usual) == []


def test_names_that_nobody_knows(usual):
    assert codes(usual, np.zeros(60)) == ["genes-unknown"]


@pytest.mark.parametrize(("reference", "far"), [(9, True), (11, False), (199, False), (201, True)])
def test_a_reference_far_from_those_learnt(usual, reference, far):
    assert codes(usual, usual, reference) == (["reference-far"] if far else [])


def test_labels_against_the_matrix_are_probably_swapped():
    require_agreement("A", [1.0, 2.0, -1.0, 0.3], [1, -1, 0, 1])
    with pytest.raises(InputError, match=r"'A' contradict its matrix in 67% .* swapped"):
        require_agreement("A", [1.0, 2.0, -1.0, 0.3], [-1, -1, 0, 1])
    with pytest.raises(InputError, match="All genes of the cohort 'A' are labelled neutral"):
        require_agreement("A", [1.0, 2.0], [0, 0])
