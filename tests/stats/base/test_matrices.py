from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import InputError
from bulkwise.stats.base import (
    as_design,
    as_expression,
    as_weights,
    block_correlation,
    blocks_of_genes,
    observed_values,
    patterns,
    take,
)


def test_names_come_from_a_frame_or_count() -> None:
    frame = pd.DataFrame([[1.0, 2.0]], columns=["TP53", "MYC"])
    assert as_expression(frame)[1] == ("TP53", "MYC")
    assert as_expression(frame.to_numpy())[1] == ("0", "1")


@pytest.mark.parametrize("wrong", [np.zeros(3), np.zeros((0, 3)), np.array([["a"]])])
def test_no_matrix_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(InputError, match="samples x genes"):
        as_expression(wrong)


def test_dependent_columns_are_named() -> None:
    design = pd.DataFrame({"all": [1.0, 1, 1, 1], "a": [1.0, 1, 0, 0], "b": [0.0, 0, 1, 1]})
    with pytest.raises(InputError, match="of its 3 columns, 'b' can be written"):
        as_design(design, 4)


def test_a_wide_design_is_refused() -> None:
    with pytest.raises(InputError, match="isn't of full rank"):
        as_design(np.random.default_rng(0).normal(size=(3, 5)), 3)


def test_gaps_and_wrong_sizes_of_designs_are_refused() -> None:
    with pytest.raises(InputError, match="'age' hold missing"):
        as_design(pd.DataFrame({"one": [1.0, 1], "age": [np.nan, 3]}), 2)
    with pytest.raises(InputError, match="one row a sample"):
        as_design(np.ones((3, 1)), 4)


def test_block_correlation() -> None:
    matrix = block_correlation(["a", "b", "a"], 0.5, 3)
    np.testing.assert_array_equal(matrix, [[1, 0, 0.5], [0, 1, 0], [0.5, 0, 1]])
    with pytest.raises(InputError, match=r"above -0\.5 and below 1"):
        block_correlation([1, 1, 1], -0.6, 3)
    with pytest.raises(InputError, match="2 block labels and 3 samples"):
        block_correlation([1, 1], 0.1, 3)


def test_weights_of_a_wrong_shape_or_sign_are_refused() -> None:
    with pytest.raises(InputError, match="expected"):
        as_weights(np.ones(4), (3, 4))
    with pytest.raises(InputError, match="above 0"):
        as_weights([1.0, 0.0, 2.0], (3, 4))


def test_blocks_cover_all_genes_once() -> None:
    parts = list(blocks_of_genes(100_003, 50))
    assert parts[0].start == 0
    assert all(a.stop == b.start for a, b in pairwise(parts))
    assert parts[-1].stop == 100_003


def test_patterns_group_genes_with_the_same_gaps() -> None:
    y = np.ones((3, 5))
    assert observed_values(y, None) is None
    y[0, [1, 3]] = np.nan
    y[2, 4] = np.inf
    seen = observed_values(y, None)
    found = {tuple(samples): genes.tolist() for samples, genes in patterns(seen, y.shape)}
    assert found == {(0, 1, 2): [0, 2], (1, 2): [1, 3], (0, 1): [4]}


def test_taking_a_part_copies() -> None:
    y = np.arange(12, dtype=np.float32).reshape(3, 4)
    for samples, genes in (([0, 1, 2], [1, 2]), ([0, 2], [1, 2]), ([0, 2], [0, 3])):
        part = take(y, np.array(samples), np.array(genes))
        np.testing.assert_array_equal(part, y[np.ix_(samples, genes)])
        assert part.dtype == np.float64
        assert not np.shares_memory(part, y)
