from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import InputError, SampleError
from bulkwise.stats.precision import array_weights, voom, voom_with_quality_weights


def test_values_and_weights_equal_r(
    small: SimpleNamespace,
    r_table: Callable[[str], pd.DataFrame],
    equal_to_r: Callable[..., None],
) -> None:
    theirs = r_table("limma/voom")
    ours = voom(small.counts, small.design)
    equal_to_r(ours.log_cpm.T, theirs.filter(regex=r"^E"))
    equal_to_r(ours.weights.T, theirs.filter(regex=r"^w"))
    assert ours.genes == tuple(theirs["gene"])


@pytest.mark.parametrize("case", ["reml", "weighted", "gaps", "zero"])
def test_sample_weights_equal_r(
    case: str,
    small: SimpleNamespace,
    r_table: Callable[[str], pd.DataFrame],
    equal_to_r: Callable[..., None],
) -> None:
    y = small.gaps if case == "gaps" else small.y
    weights = {"weighted": small.weights, "zero": small.zero}.get(case)
    ours = array_weights(y, small.design, weights=weights)
    equal_to_r(ours, r_table("limma/samples")[case])


def test_quality_weights_equal_r_and_find_the_poor_sample(
    small: SimpleNamespace,
    r_table: Callable[[str], pd.DataFrame],
    equal_to_r: Callable[..., None],
) -> None:
    ours = voom_with_quality_weights(small.counts, small.design)
    assert ours.sample_weights is not None
    equal_to_r(ours.sample_weights, r_table("limma/samples")["quality"])
    assert int(np.argmin(ours.sample_weights)) == 6
    np.testing.assert_allclose(np.log(ours.sample_weights).sum(), 0, atol=1e-9)


def test_genes_without_counts_stay_and_are_left_out_of_the_trend(small: SimpleNamespace) -> None:
    ours = voom(small.counts, small.design)
    assert ours.log_cpm.shape == small.counts.shape
    assert len(ours.points) == int(small.counts.any(axis=0).sum()) == 89
    assert np.isfinite(ours.weights).all()
    assert (np.diff(ours.trend[:, 0]) >= 0).all()


def test_caller_keeps_its_counts(small: SimpleNamespace) -> None:
    before = small.counts.copy()
    voom(small.counts, small.design)
    pd.testing.assert_frame_equal(small.counts, before)


def test_two_samples_leave_nothing_to_weigh() -> None:
    np.testing.assert_array_equal(array_weights(np.ones((2, 5)), np.ones((2, 1))), [1, 1])


def test_constant_genes_have_no_say_in_sample_weights(small: SimpleNamespace) -> None:
    y = small.y.to_numpy()
    with_constant = np.column_stack([y, np.ones((12, 3))])
    np.testing.assert_allclose(
        array_weights(with_constant, small.design), array_weights(y, small.design), rtol=1e-10
    )


def test_log_values_are_refused(small: SimpleNamespace) -> None:
    with pytest.raises(InputError, match="raw or expected counts"):
        voom(small.y - 3, small.design)


def test_missing_counts_are_refused(small: SimpleNamespace) -> None:
    counts = small.counts.copy()
    counts.iloc[0, 0] = np.nan
    with pytest.raises(InputError, match="negative or missing"):
        voom(counts, small.design)


def test_no_replicates_are_refused(small: SimpleNamespace) -> None:
    with pytest.raises(InputError, match="no replicates"):
        voom(small.counts.iloc[:2], np.eye(2))


def test_samples_without_counts_are_refused(small: SimpleNamespace) -> None:
    counts = small.counts.copy()
    counts.iloc[3] = 0
    with pytest.raises(SampleError, match="12 library sizes above 0"):
        voom(counts, small.design)
    with pytest.raises(SampleError, match="12 library sizes above 0, one a sample, got 2"):
        voom(small.counts, small.design, sizes=[1, 2])
