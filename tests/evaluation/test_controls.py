"""Permuted labels: chance, P, and what is said about them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bulkwise.evaluation.controls import (
    chance_given_source,
    permutation_control,
    permutation_findings,
    permuted_sets,
)
from bulkwise.randomness import Seeds


def test_chance_is_one_over_the_classes_without_a_source():
    assert chance_given_source(np.array(["a", "b", "b", "c"]), None) == pytest.approx(1 / 3)


def test_chance_given_the_source_is_the_best_of_all_guesses():
    rng = np.random.default_rng(0)
    labels, sources = rng.choice(list("aaabc"), 80), rng.choice(list("xyz"), 80)
    labels[sources == "z"] = "c"
    best = 0.0
    for guess in itertools.product("abc", repeat=3):
        predicted = np.array([dict(zip("xyz", guess, strict=True))[s] for s in sources])
        best = max(best, np.mean([(predicted == c)[labels == c].mean() for c in "abc"]))
    assert chance_given_source(labels, sources) == pytest.approx(best)


def control(observed_right, permuted_right, chance=0.5, within=None):
    labels = np.array(["a", "b"] * 10)

    def predicted(right):
        wrong = np.where(labels == "a", "b", "a")
        return np.where(np.arange(20) < right, labels, wrong)

    return permutation_control(
        "mlp",
        labels,
        predicted(observed_right),
        [labels] * len(permuted_right),
        [predicted(right) for right in permuted_right],
        chance=chance,
        within=within,
    )


def test_p_counts_the_real_labels_as_one_of_the_draws():
    found = control(20, [10] * 19)
    assert found.observed == 1.0
    assert found.p_value == pytest.approx(1 / 20)
    assert set(found.values) == {0.5}
    assert control(12, [10, 14, 12, 8]).p_value == pytest.approx(3 / 5)


def test_falling_to_chance_is_nothing_to_warn_of():
    assert permutation_findings(control(20, [10, 8, 12] * 7), 2) == []


def test_permuted_labels_that_are_predicted_are_a_leak():
    found = permutation_findings(control(20, [18, 16, 18] * 7), 2)
    assert [one.code for one in found] == ["permuted-labels-predicted"]
    assert "0.867 (chance 0.500)" in found[0].message


def test_no_better_than_permuted_is_said():
    found = permutation_findings(control(10, [10, 8, 12] * 7), 2)
    assert [one.code for one in found] == ["no-better-than-permuted"]


def test_a_source_that_tells_the_label_is_said():
    found = permutation_findings(control(20, [12] * 20, chance=0.75, within="batch"), 2)
    assert [one.code for one in found] == ["source-tells-label"]
    assert "0.75" in found[0].message


def test_labels_stay_within_their_source():
    labels, sources = np.array(list("aabb" * 5)), np.repeat(["x", "y"], 10)
    groups = np.arange(20).astype(str)
    sets, within, said = permuted_sets(labels, groups, sources, "site", n=6, seeds=Seeds(0))
    assert (within, said, len(sets)) == ("site", [], 6)
    for permuted in sets:
        for source in "xy":
            assert sorted(permuted[sources == source]) == sorted(labels[sources == source])
    assert any((permuted != labels).any() for permuted in sets)


def test_a_source_that_fixes_the_label_is_left_out_and_said():
    labels, groups = np.repeat(["a", "b"], 10), np.arange(20).astype(str)
    sets, within, said = permuted_sets(labels, groups, labels, "site", n=3, seeds=Seeds(0))
    assert within is None
    assert len(sets) == 3
    assert [one.code for one in said] == ["permuted-across-sources"]


def test_no_permutations_is_said():
    sets, _, said = permuted_sets(
        np.array(["a", "b"]), np.array(["1", "2"]), None, None, n=0, seeds=Seeds(0)
    )
    assert sets == []
    assert said[0].code == "no-permutations"
