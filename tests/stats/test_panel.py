"""Choosing the genes that tell most about the others."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import InputError
from bulkwise.stats import choose_panel
from bulkwise.stats.panel import _factors


@pytest.fixture
def X():  # noqa: N802
    rng = np.random.default_rng(0)
    sources = rng.normal(size=(60, 6))
    return sources @ rng.normal(size=(6, 40)) + 0.5 * rng.normal(size=(60, 40))


def test_each_step_is_the_best_step(X):
    # the same greedy choice with the covariance of all genes written out
    standard = ((X - X.mean(axis=0)) / (X.std(axis=0) * np.sqrt(60))).astype(np.float32)
    common = _factors(standard, 20).astype(float)
    covariance, noise = common.T @ common, np.maximum(1 - (common**2).sum(axis=0), 0.05)
    panel = choose_panel(X, 12)
    total, free = np.trace(covariance), np.ones(40, dtype=bool)
    for gene, explained in zip(panel.index, panel.explained, strict=True):
        gain = (covariance**2).sum(axis=0) / (np.diag(covariance) + noise)
        assert gain[gene] >= gain[free].max() * (1 - 1e-4)
        row = covariance[gene].copy()
        covariance -= np.outer(row, row) / (row[gene] + noise[gene])
        free[gene] = False
        assert explained == pytest.approx(1 - np.trace(covariance) / total, abs=1e-4)
    assert len(set(panel.index.tolist())) == 12


def test_constant_genes_are_never_chosen_and_candidates_are_kept(X):
    X = np.column_stack([np.full(60, 2.0), X])
    assert 0 not in choose_panel(X, 40).index
    assert set(choose_panel(X, 3, candidates=np.array([4, 5, 6])).index) == {4, 5, 6}
    with pytest.raises(InputError, match="from 1 to 40 genes"):
        choose_panel(X, 41)
