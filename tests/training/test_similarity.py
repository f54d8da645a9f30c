"""Kernels between samples: scikit-learn's values, by names that are read strictly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from sklearn.gaussian_process.kernels import RBF, Matern

from bulkwise.errors import InputError
from bulkwise.training.similarity import Kernel, Rows, parse


@pytest.fixture(name="X")
def rows_of_eight_genes() -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(size=(15, 8)) * np.arange(1, 9) + 20


@pytest.mark.parametrize("view", ["scaled", "centred"])
@pytest.mark.parametrize("width", [0.25, 2.0])
def test_values_are_scikit_learns_on_distances_over_their_median(X, view: str, width: float):
    seen = X / X.std(axis=0) if view == "scaled" else X
    new = X[:4] + 0.3
    seen_new = new / X.std(axis=0) if view == "scaled" else new
    unit = np.median(pdist(seen, "sqeuclidean")) / width
    rows = Rows.of(X)
    rbf = RBF(np.sqrt(unit / 2))
    matern = Matern(np.sqrt(3 * unit), nu=1.5)
    for kind, theirs in (("rbf", rbf), ("matern", matern)):
        kernel = Kernel(kind, width, view)
        np.testing.assert_allclose(rows.compare(kernel), theirs(seen), rtol=1e-6)
        np.testing.assert_allclose(rows.compare(kernel, new), theirs(seen_new, seen), rtol=1e-6)


def test_a_linear_kernel_is_the_inner_product_of_centred_rows(X):
    found = Rows.of(X).compare(Kernel("linear", view="centred"), X[:3])
    centred = X - X.mean(axis=0)
    np.testing.assert_allclose(found, centred[:3] @ centred.T)


def test_a_constant_gene_and_equal_samples_give_numbers(X):
    X[:, 2] = 20.7  # whose standard deviation rounds to a little above zero
    with_it, without = Rows.of(X), Rows.of(np.delete(X, 2, axis=1))
    assert with_it.scale[2] == 1
    kernel = Kernel("rbf", 1.0)
    np.testing.assert_allclose(with_it.compare(kernel), without.compare(kernel))
    same = Rows.of(np.ones((4, 3)))
    assert same.medians == {"scaled": 1.0, "centred": 1.0}
    np.testing.assert_array_equal(same.compare(kernel), 1.0)


def test_names_say_kind_width_and_view():
    assert parse(["linear-centred", "rbf-0.25", "matern-2-centred"]) == (
        Kernel("linear", 0.0, "centred"),
        Kernel("rbf", 0.25, "scaled"),
        Kernel("matern", 2.0, "centred"),
    )


@pytest.mark.parametrize(
    "name",
    ["", "rbf", "rbf-0", "rbf-inf", "rbf-nan", "rbf-wide", "cosine-1", "linear-1", "rbf-1-2"],
)
def test_a_name_that_is_none_is_repeated(name: str):
    with pytest.raises(InputError, match=f"There is no kernel '{name}'"):
        parse([name])


@pytest.mark.parametrize("names", [[], "linear"])
def test_names_come_in_a_sequence(names: object):
    with pytest.raises(InputError, match="Expected a sequence of names of kernels"):
        parse(names)
