"""Choosing the genes that tell most about the others."""

from __future__ import annotations

import numpy as np
import pytest
from anndata import read_h5ad
from sklearn.linear_model import Ridge

from bulkwise.errors import InputError
from bulkwise.stats import choose_panel
from bulkwise.stats.panel import Candidates, Fit


@pytest.fixture
def X():  # noqa: N802
    rng = np.random.default_rng(0)
    sources = rng.normal(size=(60, 6))
    return sources @ rng.normal(size=(6, 40)) + 0.5 * rng.normal(size=(60, 40))


def _left_out(panel, genes, penalty):
    """Mean squared error of ridge regression without an intercept, a refit for each sample."""
    missed = np.empty_like(genes)
    for sample in range(len(panel)):
        others = np.arange(len(panel)) != sample
        model = Ridge(alpha=penalty, fit_intercept=False).fit(panel[others], genes[others])
        missed[sample] = genes[sample] - model.predict(panel[sample : sample + 1])[0]
    return np.square(missed).mean()


def test_errors_are_those_of_refits_and_gains_what_genes_take_off_them(X):
    Z = ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32)
    rows = np.ascontiguousarray(Z.T)
    fit = Fit.of(rows[[3, 8, 20]], (Z @ Z.T).astype(float) / 40)
    penalty = np.diag(np.linalg.inv(fit.G) - Z[:, [3, 8, 20]] @ Z[:, [3, 8, 20]].T).mean()
    before = _left_out(Z[:, [3, 8, 20]], Z, penalty)
    assert fit.error == pytest.approx(before, rel=1e-4)
    others = np.setdiff1d(np.arange(40), [3, 8, 20])
    candidates = Candidates(rows[others], fit)
    exact = [before - _left_out(Z[:, [3, 8, 20, gene]], Z, penalty) for gene in others]
    np.testing.assert_allclose(candidates.gains() / 60, exact, rtol=0.2, atol=0.01)
    assert int(np.argmax(exact)) == int(candidates.gains().argmax())
    taken = [3, 8, 20] + [int(others[candidates.take()]) for _ in range(5)]
    assert len(set(taken)) == 8
    assert fit.error == pytest.approx(_left_out(Z[:, taken], Z, penalty), rel=1e-3)


def test_a_chosen_panel_tells_more_than_random_ones_about_new_samples(X):
    train, new = X[:40], X[40:]
    panel = choose_panel(train, 6)
    assert (np.diff(panel.explained) >= 0).all()
    rng = np.random.default_rng(1)

    def error(genes):
        told = Ridge(alpha=5.0).fit(train[:, genes], train).predict(new[:, genes])
        return np.square(told - new).mean()

    random = [error(rng.choice(40, 6, replace=False)) for _ in range(30)]
    assert error(panel.index) < np.quantile(random, 0.1)


def test_genes_that_are_noise_come_last(X):
    noise = np.random.default_rng(5).normal(size=(60, 40)) * 3
    assert (choose_panel(np.hstack([X, noise]), 8).index < 40).all()


def test_constant_genes_are_never_chosen_and_candidates_and_targets_are_kept(X):
    X = np.column_stack([np.full(60, 2.0), X])
    assert 0 not in choose_panel(X, 40).index
    assert set(choose_panel(X, 3, candidates=np.array([4, 5, 6])).index) == {4, 5, 6}
    copy = np.column_stack([X, X[:, 7] + 0.01 * np.random.default_rng(0).normal(size=60)])
    assert choose_panel(copy, 1, targets=np.array([7])).index[0] in (7, 41)
    with pytest.raises(InputError, match="from 1 to 40 genes"):
        choose_panel(X, 41)
    with pytest.raises(InputError, match="target genes"):
        choose_panel(X, 4, targets=np.array([0]))


@pytest.mark.real
def test_a_panel_of_real_genes_tells_more_than_random_ones(data_folder):
    X = np.asarray(read_h5ad(data_folder / "gtex_26_tissues.h5ad").X, dtype=np.float64)
    train = np.arange(len(X)) % 2 == 0
    X = X[:, X[train].std(axis=0) > 0.1]
    Z = (X - X[train].mean(axis=0)) / X[train].std(axis=0)
    chosen = choose_panel(X[train], 40)

    def error(genes):
        others = np.setdiff1d(np.arange(Z.shape[1]), genes)
        model = Ridge(alpha=20.0).fit(Z[train][:, genes], Z[train][:, others])
        return np.square(model.predict(Z[~train][:, genes]) - Z[~train][:, others]).mean()

    rng = np.random.default_rng(0)
    random = [error(rng.choice(Z.shape[1], 40, replace=False)) for _ in range(15)]
    own = error(chosen.index)
    assert own < min(random)
    assert 1 - chosen.explained[-1] == pytest.approx(own, abs=0.1)
