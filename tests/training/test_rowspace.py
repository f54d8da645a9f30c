"""The reduction loses nothing: products, norms, distances, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from bulkwise.errors import InputError
from bulkwise.training import RowSpace, worth_reducing


def draw(n: int, p: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, p)) * rng.gamma(2, size=p) + rng.normal(scale=5, size=p)


def test_a_known_matrix():
    X = np.array([[1.0, 0.0, 7.0], [-1.0, 0.0, 7.0]])
    rows = RowSpace.of(X)
    assert rows.rank == 1
    np.testing.assert_allclose(rows.mean, [0, 0, 7])
    np.testing.assert_allclose(rows.s, [np.sqrt(2)])
    np.testing.assert_allclose(np.abs(rows.Z), [[1], [1]])
    np.testing.assert_allclose(rows.lift(np.eye(1)) ** 2, [[1], [0], [0]], atol=1e-15)
    np.testing.assert_allclose(rows.outside_norm(np.array([[5.0, 3.0, 11.0]])), [5.0])


def test_equals_the_singular_value_decomposition():
    X = draw(23, 400)
    rows = RowSpace.of(X)
    U, s, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    assert rows.rank == 22
    np.testing.assert_allclose(rows.s, s[:22], rtol=1e-10)
    signs = np.sign((U[:, :22] * rows.U).sum(axis=0))
    np.testing.assert_allclose(rows.U, U[:, :22] * signs, atol=1e-10)
    np.testing.assert_allclose(rows.lift(np.eye(22)), Vt[:22].T * signs, atol=1e-10)


@settings(max_examples=25, deadline=None)
@given(n=st.integers(2, 12), p=st.integers(1, 60), seed=st.integers(0, 99))
def test_inner_products_norms_and_the_way_back(n, p, seed):
    X = draw(n, p, seed)
    rows = RowSpace.of(X)
    centred = X - X.mean(axis=0)
    assert rows.rank <= min(n - 1, p)
    scale = np.abs(centred).max() ** 2 * p
    np.testing.assert_allclose(rows.Z @ rows.Z.T, centred @ centred.T, atol=1e-12 * scale)
    W_z = np.random.default_rng(seed).normal(size=(rows.rank, 3))
    W = rows.lift(W_z)
    np.testing.assert_allclose(rows.restrict(W), W_z, atol=1e-6)
    np.testing.assert_allclose(centred @ W, rows.Z @ W_z, atol=1e-7 * scale)
    new = draw(4, p, seed + 1)
    np.testing.assert_allclose((new - rows.mean) @ W, rows.project(new) @ W_z, atol=1e-7 * scale)


def test_distances_to_new_rows_are_exact_with_the_extra_column():
    X, new = draw(15, 200), draw(6, 200, 1)
    rows = RowSpace.of(X)
    inside = np.hstack([rows.project(new), rows.outside_norm(new)[:, None]])
    train = np.hstack([rows.Z, np.zeros((15, 1))])
    np.testing.assert_allclose(cdist(inside, train), cdist(new, X), rtol=1e-9)
    assert rows.outside_norm(X).max() < 1e-6 * np.abs(X).max() * 200


def test_blocks_of_genes_change_nothing(monkeypatch):
    X = draw(9, 700)
    whole = RowSpace.of(X)
    monkeypatch.setattr("bulkwise.training.rowspace._BLOCK_VALUES", 9 * 64)
    parts = RowSpace.of(X)
    np.testing.assert_allclose(parts.Z, whole.Z, atol=1e-9)
    np.testing.assert_allclose(parts.lift(np.eye(8)), whole.lift(np.eye(8)), atol=1e-10)
    np.testing.assert_allclose(parts.outside_norm(X + 1), whole.outside_norm(X + 1), rtol=1e-8)


def test_float32_rows_keep_orthogonal_directions():
    X = draw(60, 3000).astype(np.float32)
    V = RowSpace.of(X).lift(np.eye(59))
    assert np.abs(V.T @ V - np.eye(59)).max() < 1e-11


def test_lifting_in_float32_is_as_exact_as_float32():
    X = (draw(40, 2000) + 50).astype(np.float32)
    rows = RowSpace.of(X)
    W_z = np.random.default_rng(0).normal(size=(39, 4))
    exact, single = rows.lift(W_z), rows.lift(W_z, dtype=np.float32)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, exact, atol=1e-5 * np.abs(exact).max())


def test_duplicates_and_constant_rows_lower_the_rank():
    X = draw(10, 50)
    assert RowSpace.of(np.vstack([X, X[:4]])).rank == 9
    assert RowSpace.of(np.vstack([X, X.mean(axis=0)])).rank == 9
    flat = RowSpace.of(np.ones((5, 8)))
    assert flat.rank == 0
    assert flat.Z.shape == (5, 0)
    assert flat.lift(np.zeros((0, 2))).shape == (8, 2)
    np.testing.assert_allclose(flat.outside_norm(np.full((1, 8), 3.0)), [np.sqrt(32)])


def test_the_order_of_genes_changes_nothing():
    X = draw(8, 90)
    order = np.random.default_rng(3).permutation(90)
    np.testing.assert_allclose(RowSpace.of(X[:, order]).Z, RowSpace.of(X).Z, atol=1e-10)


def test_the_callers_matrix_is_neither_copied_nor_changed():
    X = draw(5, 30)
    kept = X.copy()
    rows = RowSpace.of(X)
    rows.project(X)
    rows.lift(np.eye(4))
    assert rows.X is X
    np.testing.assert_array_equal(X, kept)


@pytest.mark.parametrize(
    ("n", "p", "worth"),
    [(10, 20, True), (10, 19, False), (8000, 16000, True), (8001, 60000, False)],
)
def test_when_it_pays(n, p, worth):
    assert worth_reducing(n, p) is worth


@pytest.mark.parametrize("X", [np.ones(3), np.ones((0, 3)), np.ones((3, 3), dtype=int)])
def test_something_else_than_a_matrix_is_refused(X):
    with pytest.raises(InputError, match="samples x genes"):
        RowSpace.of(X)


def test_other_genes_are_refused():
    with pytest.raises(InputError, match="expected samples x 30 genes"):
        RowSpace.of(draw(5, 30)).project(draw(5, 29))
