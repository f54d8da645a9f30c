"""Who trains, who chooses, who is held out, and what units are given of them."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.evaluation.inputs import open_inputs
from bulkwise.study.random_search.parts import facts, seen_by_networks, shared_arrays, split


def test_no_patient_is_on_two_sides(cohort):
    parts = split(cohort, "kind", None, 0.2, 0)
    groups = open_inputs(cohort, target="kind", groups=None, source=None, holdout_by=None).groups
    sides = [set(groups[part]) for part in (parts.train, parts.choose, parts.outer)]
    assert sum(map(len, sides)) == 60
    assert len(set.union(*sides)) == 60


def test_training_and_choosing_make_up_the_search(cohort):
    parts = split(cohort, "kind", None, 0.3, 5)
    assert sorted([*parts.train, *parts.choose]) == parts.search.tolist()
    assert sorted([*parts.search, *parts.outer]) == list(range(120))
    assert len(parts.outer) == 36
    again, other = (split(cohort, "kind", None, 0.3, seed) for seed in (5, 6))
    np.testing.assert_array_equal(again.outer, parts.outer)
    assert set(other.outer) != set(parts.outer)


def test_units_see_nobody_who_is_held_out_and_learn_scales_from_those_who_train(cohort):
    parts = split(cohort, "kind", None, 0.2, 0)
    arrays = shared_arrays(parts)
    n = len(parts.train)
    assert arrays["train"].tolist() == list(range(n))
    assert arrays["held"].tolist() == list(range(n, len(parts.search)))
    assert arrays["codes"].tolist() == parts.inputs.codes[np.r_[parts.train, parts.choose]].tolist()
    others = cohort.copy()
    others.X[parts.outer] += 100
    same = shared_arrays(split(others, "kind", None, 0.2, 0))
    np.testing.assert_array_equal(same["values"], arrays["values"])
    others.X[parts.choose] *= 3
    moved = shared_arrays(split(others, "kind", None, 0.2, 0))
    np.testing.assert_array_equal(moved["values"][:n], arrays["values"][:n])
    assert not np.allclose(moved["values"][n:], arrays["values"][n:])


@pytest.mark.parametrize("genes", [300, 60])
def test_coordinates_are_the_genes_distances_reduced_or_not(cohort, genes):
    parts = split(cohort[:, :genes].copy(), "kind", None, 0.2, 0)
    values = shared_arrays(parts)["values"].astype(float)
    steps, seen = seen_by_networks(parts.inputs, parts.train)
    assert (seen.rows is not None) == (genes == 300)
    X = steps.transform(parts.inputs.X[parts.train]) * seen.scale
    gram = (X - X.mean(axis=0)) @ (X - X.mean(axis=0)).T
    n = len(parts.train)
    np.testing.assert_allclose(values[:n] @ values[:n].T, gram, atol=0.02 * np.abs(gram).max())
    chosen = steps.transform(parts.inputs.X[parts.choose]) * seen.scale - X.mean(axis=0)
    across = chosen @ (X - X.mean(axis=0)).T
    np.testing.assert_allclose(values[n:] @ values[:n].T, across, atol=0.02 * np.abs(gram).max())


def test_facts_count_patients_and_samples(cohort):
    found = facts(split(cohort, "kind", None, 0.2, 0))
    assert (found["n_samples"], found["n_genes"], found["n_patients"]) == (120, 300, 60)
    assert found["n_train"] + found["n_choose"] + found["n_held_out"] == 120
    assert found["n_held_out"] == 2 * found["patients_held_out"] == 24
    assert found["counts"] == {"a": 40, "b": 40, "c": 40}
    assert (found["target"], found["groups"], found["unit"]) == ("kind", "patient", "log2")
