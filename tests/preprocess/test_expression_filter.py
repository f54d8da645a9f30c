from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import GeneError, SampleError, UnitError
from bulkwise.preprocess import ExpressionFilter


def test_keeps_what_is_above_the_level_in_enough_samples():
    X = np.array([[0.0, 1.0, 2.0, 5.0], [0.0, 3.0, 1.0, 5.0], [0.0, 0.0, 0.0, 5.0], [0, 0, 0, 5]])
    fitted = ExpressionFilter(level=1, share=0.25).fit(X)
    np.testing.assert_array_equal(fitted.shares_, [0, 0.25, 0.25, 1])
    assert fitted.get_support().tolist() == [False, True, True, True]
    assert ExpressionFilter(level=1, share=0.26).fit(X).get_support().sum() == 1
    assert ExpressionFilter().fit(X).get_support().tolist() == [False, True, True, True]


def test_the_level_means_the_same_before_and_after_the_logarithm():
    tpm = np.random.default_rng(0).gamma(0.3, 8, (50, 200))
    linear = ExpressionFilter(level=2.5, share=0.3, unit="tpm").fit(tpm)
    logs = ExpressionFilter(level=2.5, share=0.3, unit="log2_tpm").fit(np.log2(tpm + 1))
    assert 0 < linear.get_support().sum() < 200
    np.testing.assert_array_equal(linear.get_support(), logs.get_support())
    as_it_is = ExpressionFilter(level=2.5, share=0.3, unit="log2").fit(np.log2(tpm + 1))
    assert as_it_is.get_support().sum() < logs.get_support().sum()


def test_counts_are_judged_in_proportion_to_the_library():
    counts = np.array([[20.0, 180], [10, 90], [5, 45]])  # one profile at three depths
    assert ExpressionFilter(level=9, share=1, unit="counts").fit(counts).get_support().all()
    with_depth = ExpressionFilter(level=9, share=1).fit(counts)
    assert with_depth.get_support().tolist() == [False, True]


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"level": 9}, GeneError, "none of 2 genes: no gene is above 9 in more than 0.0%"),
        ({"share": 0}, ValueError, r"'share' parameter .* range \(0, 1\]"),
        ({"level": -2, "unit": "log2_tpm"}, ValueError, "'level' parameter"),
        ({"unit": "FPKM"}, UnitError, "'FPKM'"),
    ],
)
def test_refusals(params, error, words):
    with pytest.raises(error, match=words):
        ExpressionFilter(**params).fit([[1.0, 2.0], [3.0, 4.0]])


def test_counts_without_counts_are_refused():
    with pytest.raises(SampleError, match="2 samples and half of them"):
        ExpressionFilter(unit="counts").fit(np.zeros((2, 3)))
