import sys

import numpy as np
import pytest

from bulkwise.baselines import row_means, row_rivals


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    up = np.arange(80) % 2
    levels = rng.normal(size=(80, 24))
    levels[:, 10:] += np.where(up, 1.5, -1.5)[:, None]
    return levels, up


@pytest.mark.filterwarnings("ignore::UserWarning:xgboost")
def test_every_rival_learns_what_is_plain(rows):
    levels, up = rows
    rivals = row_rivals(0)
    assert {"decision tree", "KNN", "random forest", "SVC"} <= set(rivals)
    for name, model in rivals.items():
        assert model.fit(levels[:60], up[:60]).score(levels[60:], up[60:]) > 0.8, name


def test_without_xgboost_there_are_four(monkeypatch):
    monkeypatch.setitem(sys.modules, "xgboost", None)
    monkeypatch.setattr("bulkwise.baselines.rows.find_spec", lambda _: None)
    assert len(row_rivals()) == 4


def test_bins_bring_rows_of_any_length_to_one(rows):
    levels, _ = rows
    means = row_means(levels, 10, 2)
    np.testing.assert_allclose(means[:, 0], levels[:, :5].mean(axis=1))
    np.testing.assert_allclose(means[:, 3], levels[:, 17:].mean(axis=1))
    assert row_means(levels[:, :23], 10, 2).shape == means.shape == (80, 4)
