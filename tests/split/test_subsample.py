"""Subsamples keep patients whole, hold every class, and grow."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkwise.randomness import Seeds
from bulkwise.split import subsample


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.integers(12, 60), st.integers(1, 3))
def test_a_subsample_is_of_whole_patients_and_all_classes(seed, size, per_patient):
    groups = np.arange(120) // per_patient
    codes = groups % 4
    chosen = subsample(codes, groups, size, Seeds(seed))
    assert size <= len(chosen) < size + per_patient
    assert set(codes[chosen]) == {0, 1, 2, 3}
    assert not set(groups[chosen]) & set(np.delete(groups, chosen))
    larger = subsample(codes, groups, size + 20, Seeds(seed))
    assert set(chosen) <= set(larger)
    shares = np.bincount(codes[larger], minlength=4) / len(larger)
    assert np.abs(shares - 0.25).max() < 0.15
