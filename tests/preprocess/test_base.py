from __future__ import annotations

import numpy as np
import pytest

from bulkwise.preprocess.base import (
    check_choice,
    check_count,
    check_number,
    constant,
    moments,
    row_blocks,
    top,
)


@pytest.mark.parametrize("shape", [(1, 5), (700, 900), (3, 600_000)])
def test_blocks_cover_the_samples_in_order(shape):
    X = np.empty(shape, dtype=np.float32)
    rows = [row for block in row_blocks(X) for row in range(shape[0])[block]]
    assert rows == list(range(shape[0]))


def test_moments_survive_a_large_mean():
    rng = np.random.default_rng(0)
    X = rng.normal(0, 1e-3, (900, 700)) + rng.uniform(1e4, 1e6, 700)
    mean, variance = moments(X)
    exact = X.astype(np.longdouble)
    np.testing.assert_allclose(mean, exact.mean(axis=0).astype(float), rtol=1e-14)
    np.testing.assert_allclose(variance, exact.var(axis=0).astype(float), rtol=1e-6)


def test_equal_values_are_constant_and_small_differences_are_not():
    X = np.column_stack(
        [np.full(777, 0.1), np.full(777, 1e8 / 3), np.zeros(777), np.full(777, 1.0)]
    )
    X[0, 3] += 1e-9
    mean, variance = moments(X)
    assert constant(mean, variance, len(X)).tolist() == [True, True, True, False]


def test_top_takes_the_first_of_an_order():
    assert top(np.array([2, 0, 1]), 2).tolist() == [True, False, True]
    assert top(np.array([1, 0]), 9).tolist() == [True, True]


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (
            lambda: check_count(1, "k", 0),
            r"'k' parameter of int must be an int in the range \[1, inf",
        ),
        (lambda: check_count(1, "k", True), "Got True instead"),
        (lambda: check_count(1, "k", 2.0), "Got 2.0 instead"),
        (lambda: check_number(1, "share", 1.5, 0, 1), r"float in the range \(0, 1\]. Got 1.5"),
        (lambda: check_number(1, "share", "x", 0, 1), "Got 'x' instead"),
        (lambda: check_number(1, "share", float("nan"), 0, 1), "Got nan instead"),
        (lambda: check_choice(1, "test", "z", ("a", "b")), "a str among 'a', 'b'. Got 'z' instead"),
    ],
)
def test_parameters_are_refused_in_scikit_learns_words(check, words):
    with pytest.raises(ValueError, match=words):
        check()
