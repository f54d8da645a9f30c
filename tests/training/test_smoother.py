"""Every penalty and every patient left out, from one eigenbasis."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from bulkwise.errors import InputError
from bulkwise.training import Smoother
from bulkwise.training.similarity import Kernel, Rows, parse


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(24, 6))
    return (
        X - X.mean(axis=0),
        rng.normal(size=(24, 3)),
        np.repeat(np.arange(10), [1] * 4 + [2, 3, 3, 4, 4, 4]),
    )


@pytest.mark.parametrize("width", [6, 40])
def test_leaving_a_patient_out_is_a_refit_without_him(data, width):
    _, Y, groups = data
    X = np.random.default_rng(1).normal(size=(24, width))
    X -= X.mean(axis=0)
    for smoother in (Smoother.linear(X, groups), Smoother.of(X @ X.T, groups)):
        left_out = smoother.left_out(Y, 0.3)
        for patient in np.unique(groups):
            out = groups == patient
            refit = Ridge(alpha=0.3 * smoother.scale).fit(X[~out], Y[~out])
            np.testing.assert_allclose(left_out[out], refit.predict(X[out]), atol=1e-10)


def test_new_rows_are_predicted_as_ridge_predicts_them(data):
    X, Y, _ = data
    new = np.random.default_rng(2).normal(size=(5, 6))
    smoother = Smoother.of(X @ X.T)
    rows = smoother.rows(new @ X.T, 0.2)
    np.testing.assert_allclose(rows.sum(axis=1), 1)
    np.testing.assert_allclose(rows @ Y, Ridge(alpha=0.2 * smoother.scale).fit(X, Y).predict(new))


def test_the_penalty_chosen_is_the_one_of_least_error(data):
    X, Y, groups = data
    smoother, penalties = Smoother.of(X @ X.T, groups), [0.01, 0.3, 5.0]
    chosen = smoother.penalties(penalties).choose((Y - Y.mean(axis=0)).T.copy())
    errors = [np.square(smoother.left_out(Y, one) - Y).mean(axis=0) for one in penalties]
    np.testing.assert_array_equal(chosen.index, np.argmin(errors, axis=0))
    np.testing.assert_allclose(chosen.squared_error, np.min(errors, axis=0))


@pytest.mark.parametrize("width", [12, 90])
def test_walking_to_the_best_penalty_finds_that_of_a_full_search(width):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, width)) * np.geomspace(4, 0.1, width)
    noise = rng.normal(size=(40, 300)) * np.geomspace(0.01, 30, 300)
    Y = X @ rng.normal(size=(width, 300)) + noise
    X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    smoother = Smoother.linear(X, np.repeat(np.arange(20), [1, 3] * 10))
    penalties = np.geomspace(1e-3, 10, 9).tolist()
    search, rows = smoother.penalties(penalties), np.ascontiguousarray(Y.T)
    parts = [search.choose(rows[:200]), search.choose(rows[200:])]
    errors = [np.square(smoother.left_out(Y, one) - Y).mean(axis=0) for one in penalties]
    found = np.concatenate([one.index for one in parts])
    assert np.mean(found == np.argmin(errors, axis=0)) > 0.98  # two hollows in a few targets
    picked = np.take_along_axis(np.array(errors), found[None], axis=0)[0]
    np.testing.assert_allclose(np.concatenate([one.squared_error for one in parts]), picked)
    missed = np.concatenate([one.missed for one in parts])
    np.testing.assert_allclose(np.square(missed).mean(axis=1), picked)


def test_one_patient_only_is_refused(data):
    X, _, _ = data
    with pytest.raises(InputError, match="all samples belong to one"):
        Smoother.of(X @ X.T, np.zeros(24))


def test_kernels_have_known_values():
    rows = Rows.of(np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]]))
    assert rows.medians["centred"] == 4.0
    rbf = rows.compare(Kernel("rbf", 0.5, "centred"))
    np.testing.assert_allclose(rbf[0], [1, np.exp(-0.5), np.exp(-0.5)])
    matern = rows.compare(Kernel("matern", 1.0, "centred"), np.array([[0.0, 0.0]]))
    np.testing.assert_allclose(matern, [[1, 2 * np.exp(-1), 2 * np.exp(-1)]])
    linear = rows.compare(Kernel("linear"))
    np.testing.assert_allclose(np.linalg.eigvalsh(linear)[0], 0, atol=1e-12)


@pytest.mark.parametrize("name", ["rbf", "rbf-0", "linear-2", "laplace-1", "matern-x", "rbf-1-2"])
def test_unknown_kernels_are_refused(name):
    with pytest.raises(InputError, match="There is no kernel"):
        parse([name])
