from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.feature_selection import SelectKBest, f_classif

from bulkwise.errors import SampleError
from bulkwise.preprocess import TTestSelection


@pytest.fixture
def matrix():
    rng = np.random.default_rng(0)
    X = rng.normal(8, rng.lognormal(0, 0.7, 80), (45, 80))
    X[:15, :20] += 1.5
    return X


@pytest.mark.parametrize("test", ["welch", "pooled"])
def test_two_classes_equal_scipy(matrix, test):
    y = np.array(["a"] * 15 + ["b"] * 30)
    fitted = TTestSelection(k=10, test=test).fit(matrix, y)
    expected = stats.ttest_ind(matrix[:15], matrix[15:], equal_var=test == "pooled")
    np.testing.assert_allclose(fitted.scores_, expected.statistic**2, rtol=1e-10)
    np.testing.assert_allclose(fitted.pvalues_, expected.pvalue, rtol=1e-9)
    best = np.sort(np.argsort(expected.pvalue)[:10])
    np.testing.assert_array_equal(fitted.get_support(indices=True), best)


def test_several_classes_equal_scipy_and_scikit_learn(matrix):
    y = np.repeat([0, 1, 2], 15)
    fitted = TTestSelection(k=25).fit(matrix, y)
    expected = stats.f_oneway(*(matrix[y == c] for c in range(3)))
    np.testing.assert_allclose(fitted.scores_, expected.statistic, rtol=1e-10)
    np.testing.assert_allclose(fitted.pvalues_, expected.pvalue, rtol=1e-9)
    theirs = SelectKBest(f_classif, k=25).fit(matrix, y)
    np.testing.assert_array_equal(fitted.get_support(), theirs.get_support())


def test_float32_with_a_large_mean_is_tested_exactly(matrix):
    X = (matrix + 5000).astype(np.float32)
    y = np.repeat([0, 1], [15, 30])
    expected = stats.ttest_ind(X[:15].astype(float), X[15:].astype(float), equal_var=False)
    np.testing.assert_allclose(TTestSelection().fit(X, y).pvalues_, expected.pvalue, rtol=1e-8)


def test_genes_without_variance():
    y = [0, 0, 0, 1, 1, 1]
    X = np.array(
        [
            [0.1, 1, 5, 0],
            [0.1, 1, 6, 1],
            [0.1, 1, 7, 2],
            [0.1, 2, 5, 0],
            [0.1, 2, 6, 1],
            [0.1, 2, 8, 2],
        ]
    )
    for test in ("welch", "pooled"):
        fitted = TTestSelection(k=1, test=test).fit(X, y)
        assert fitted.scores_[0] == 0
        assert fitted.pvalues_[0] == 1
        assert fitted.scores_[1] == np.inf
        assert fitted.pvalues_[1] == 0
        assert fitted.get_support().tolist() == [False, True, False, False]


def test_a_gene_silent_in_one_class_is_tested_by_welch():
    X = np.array([[0.0], [0.0], [0.0], [1.0], [3.0], [2.0], [4.0]])
    y = [0, 0, 0, 1, 1, 1, 1]
    expected = stats.ttest_ind(X[:3, 0], X[3:, 0], equal_var=False)
    assert TTestSelection().fit(X, y).pvalues_[0] == pytest.approx(expected.pvalue)


def test_p_values_that_underflow_are_ordered_by_the_statistic():
    rng = np.random.default_rng(0)
    X = rng.normal(0, 1e-9, (200, 3)) + np.outer(np.repeat([0, 1], 100), [1.0, 3.0, 2.0])
    fitted = TTestSelection(k=1, test="pooled").fit(X, np.repeat([0, 1], 100))
    assert fitted.pvalues_.max() == 0
    assert fitted.get_support().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("y", "params", "error", "words"),
    [
        ([0, 0, 0, 0], {}, SampleError, "got 1 class, '0'"),
        (["a", "b", "b", "b"], {}, SampleError, "class 'a' has only one sample"),
        ([0, 1, 2, 3], {}, SampleError, "variance within classes"),
        ([0.1, 0.2, 0.3, 0.4], {}, ValueError, "Unknown label type"),
        ([0, 0, 1, 1], {"test": "rank"}, ValueError, "among 'welch', 'pooled'. Got 'rank'"),
        ([0, 0, 1, 1], {"k": -1}, ValueError, "'k' parameter"),
    ],
)
def test_refusals(y, params, error, words):
    with pytest.raises(error, match=words):
        TTestSelection(**params).fit(np.arange(8.0).reshape(4, 2), y)


def test_a_class_of_one_sample_is_fine_when_variances_are_pooled():
    fitted = TTestSelection(test="pooled").fit([[1.0], [2.0], [3.0], [9.0]], ["a", "a", "a", "b"])
    expected = stats.ttest_ind([1, 2, 3], [9]).pvalue
    assert fitted.pvalues_[0] == pytest.approx(expected)
