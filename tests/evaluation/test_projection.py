"""PCA through inner products, and UMAP where there is one."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
import pytest
from sklearn.decomposition import PCA

from bulkwise.evaluation import projection
from bulkwise.evaluation.projection import centred_gram, pca, project


def values(n=30, p=500, seed=0):
    return np.random.default_rng(seed).normal(5, 2, size=(n, p)).astype(np.float32)


def test_the_gram_matrix_is_that_of_centred_genes_in_any_blocks(monkeypatch):
    X = values()
    centred = X - X.mean(axis=0)
    whole = centred_gram(X)
    assert whole == pytest.approx(centred @ centred.T, abs=1e-2)
    monkeypatch.setattr(projection, "_BLOCK_VALUES", 1000)
    assert centred_gram(X) == pytest.approx(whole, abs=1e-2)


@pytest.mark.parametrize("most", [10, 2000])
def test_components_are_those_of_scikit_learn_up_to_sign(monkeypatch, most):
    monkeypatch.setattr(projection, "_MOST_FOR_EIGH", most)
    X = values()
    coordinates, shares = pca(centred_gram(X), 3)
    reference = PCA(3, svd_solver="full").fit(X.astype(float))
    assert shares == pytest.approx(reference.explained_variance_ratio_, rel=1e-4)
    assert np.abs(coordinates) == pytest.approx(np.abs(reference.transform(X)), abs=1e-2)
    largest = np.abs(coordinates).argmax(axis=0)
    assert (coordinates[largest, range(3)] > 0).all()


def names(n):
    return np.array([f"S{i}" for i in range(n)]), np.resize(["a", "b"], n)


def test_a_point_a_sample(monkeypatch):
    monkeypatch.setattr(projection, "find_spec", lambda name: None)
    (found,) = project(centred_gram(values()), *names(30), None, random_state=0)
    assert found.method == "PCA"
    assert found.axes[0].startswith("PC1 (")
    assert len(found.x) == len(found.y) == len(found.sample) == 30
    assert found.source is None
    assert project(centred_gram(values(1)), *names(1), None, random_state=0) == ()


def test_umap_is_drawn_where_it_is_installed(monkeypatch):
    class Fake:
        def __init__(self, **settings):
            self.settings = settings

        def fit_transform(self, X):
            return X[:, :2] * 0 + self.settings["random_state"]

    module = ModuleType("umap")
    module.UMAP = Fake
    module.__spec__ = ModuleSpec("umap", None)
    monkeypatch.setitem(sys.modules, "umap", module)
    monkeypatch.setattr(projection, "find_spec", lambda name: module.__spec__)
    _, found = project(
        centred_gram(values()), *names(30), np.resize(["x", "y"], 30), random_state=7
    )
    assert (found.method, found.axes) == ("UMAP", ("UMAP 1", "UMAP 2"))
    assert set(found.x) == {7.0}
    assert found.source[:2] == ("x", "y")
