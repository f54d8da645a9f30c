"""A floor under log values."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import GeneError, InputError
from bulkwise.io import with_floor


def test_values_below_and_missing_ones_are_set(pairs_cohort):
    holes = pairs_cohort.copy()
    np.maximum(holes.X, 0, out=holes.X)
    holes.X[0, :3] = [np.nan, -11, 4]
    holes.X[:, 7] = np.nan
    made = with_floor(holes, -2.0)
    assert made.X[0, :3].tolist() == [-2, -2, 4]
    assert made.n_vars == 59
    assert "G7" not in made.var_names
    assert "1 values below -2 and 1 missing" in made.uns["findings"]["floor"]
    assert "'G7'" in made.uns["findings"]["genes-missing"]
    assert np.isnan(holes.X[0, 0])


def test_nothing_to_do_changes_nothing(pairs_cohort):
    made = with_floor(pairs_cohort, -50)
    np.testing.assert_array_equal(made.X, pairs_cohort.X)
    assert "findings" not in made.uns


@pytest.mark.parametrize("floor", [np.inf, float("nan"), "0", True])
def test_a_floor_is_a_finite_number(pairs_cohort, floor):
    with pytest.raises(InputError, match="finite number"):
        with_floor(pairs_cohort, floor)


def test_what_no_floor_helps(pairs_cohort):
    pairs_cohort.X[0, 0] = np.inf
    with pytest.raises(InputError, match="infinite"):
        with_floor(pairs_cohort, 0.0)
    pairs_cohort.X[:] = np.nan
    with pytest.raises(GeneError, match="Every gene"):
        with_floor(pairs_cohort, 0.0)
