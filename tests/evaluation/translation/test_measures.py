"""Single figures against known numbers."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.evaluation.translation.measures import (
    correlations,
    energy_distance,
    mean_estimate,
    median_estimate,
    of_patients,
)


def test_figures_of_one_patient_by_hand():
    source, truth = np.array([[0.0, 0, 0, 0]]), np.array([[2.0, -2, 0.1, 3]])
    predicted, centre = np.array([[1.0, 1, 0, 3]]), np.array([[1.0, -1, 0, 2]])
    above = np.array([1, 1, 1, -0.5])
    found = of_patients(predicted, truth, source, centre, (truth - 1, truth + above))
    assert found["error"][0] == pytest.approx((1 + 9 + 0.01 + 0) / 4)
    assert found["direction"][0] == pytest.approx(2 / 3)  # the gene that moved by 0.1 isn't asked
    assert found["coverage"][0] == 0.75
    expected = np.corrcoef([0, 2, 0, 1], [1, -1, 0.1, 1])[0, 1]
    assert found["personal_correlation"][0] == pytest.approx(expected)


def test_a_constant_row_has_no_correlation():
    assert correlations(np.ones((1, 5)), np.arange(5.0)[None])[0] == 0


def test_energy_distance_is_zero_within_a_population_and_grows_with_the_shift():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 400, 5))
    assert abs(energy_distance(a, b)) < 0.02
    assert energy_distance(a, b + 1) < energy_distance(a, b + 2)


def test_means_and_medians_with_intervals():
    values = np.array([1.0, 2, 3, 10])
    weights = np.vstack([np.ones(4), [4, 0, 0, 0], [0, 0, 0, 4]])
    assert mean_estimate(values, weights).value == 4
    found = median_estimate(values, weights)
    assert (found.value, found.high) == (2.5, pytest.approx(10, abs=0.5))
