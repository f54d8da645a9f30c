"""The personal part: planted signals are foretold, noise is drawn to nothing."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.models.translator.kernels import fit_personal

N, P = 45, 30
TISSUE = np.repeat([0, 1, 2], [20, 15, 10])


def centred(values: np.ndarray, tissue: np.ndarray = TISSUE) -> np.ndarray:
    return np.vstack([values[tissue == t] - values[tissue == t].mean(0) for t in np.unique(tissue)])


@pytest.fixture
def planted() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Source deviations, a target that follows from them, and the same with new samples."""
    rng = np.random.default_rng(0)
    person = rng.normal(size=(N + 200, 2))
    up, across = rng.normal(size=(2, 2, P))
    x = person @ up + 0.2 * rng.normal(size=(N + 200, P))
    y = person @ across
    return centred(x[:N]), centred(y[:N] + 0.2 * rng.normal(size=(N, P))), np.stack([x[N:], y[N:]])


def test_what_follows_from_the_source_is_foretold_for_new_samples(planted):
    x, y, (new_x, new_y) = planted
    found = fit_personal(x, y, y, TISSUE).predict(new_x, np.arange(200) % 3)
    assert np.square(found - new_y).mean() < 0.35 * np.square(new_y).mean()


def test_noise_is_drawn_to_nothing(planted):
    x, _, (new_x, _) = planted
    noise = centred(np.random.default_rng(9).normal(size=(N, P)))
    found = fit_personal(x, noise, noise, TISSUE).predict(new_x, np.arange(200) % 3)
    assert np.square(found).mean() < 0.05 * np.square(noise).mean()


def test_the_part_is_personal_over_the_pairs_of_a_tissue_it_sums_to_nothing(planted):
    x, y, _ = planted
    found = fit_personal(x, y, y, TISSUE).predict(x, TISSUE)
    assert np.abs(found).max() > 0.5
    for t in range(3):
        np.testing.assert_allclose(found[t == TISSUE].mean(axis=0), 0, atol=1e-5)


def test_neither_order_of_genes_nor_of_pairs_matters(planted):
    x, y, (new_x, _) = planted
    where = np.zeros(200, dtype=int)
    expected = fit_personal(x, y, y, TISSUE).predict(new_x, where)
    rng = np.random.default_rng(1)
    genes, pairs = rng.permutation(P), rng.permutation(N)
    mixed = [part[pairs][:, genes] for part in (x, y, y)]
    found = fit_personal(*mixed, TISSUE[pairs]).predict(new_x[:, genes], where)
    np.testing.assert_allclose(found, expected[:, genes], atol=1e-4)


def test_a_tissue_without_pairs_gets_a_part_of_what_is_common(planted):
    x, y, (new_x, new_y) = planted
    made = fit_personal(x, y, y, TISSUE)
    found = made.predict(new_x, np.full(200, 7))
    assert np.corrcoef(found.ravel(), new_y.ravel())[0, 1] > 0.8
    assert np.abs(made.predict(x, np.full(N, 7)).mean(axis=0)).max() < 0.05


def test_what_cant_be_learned_from_is_none():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, P))
    assert fit_personal(x, x, x, np.array([0, 0, 0, 1, 1])) is not None
    assert fit_personal(x, x, x, np.array([0, 0, 1, 1, 2])) is None  # two contrasts
    where = np.zeros(5, dtype=int)
    assert fit_personal(0 * x, x, x, where) is None
    assert fit_personal(x, x, 0 * x, where) is None
