"""Points are means with honest intervals, and crossings are told in the right words."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.study.learning_curve.results import points_of, table_of, verdict

SIZES = (20, 50, 100, 200)


def fits(curves, repeats=6, spread=0.01):
    rng = np.random.default_rng(0)
    results, where = {}, {}
    for place, size in enumerate(SIZES):
        for repeat in range(repeats):
            name = f"{repeat}-{size}"
            where[name] = {"repeat": repeat, "size": size}
            results[name] = {"n": size, "n_test": 80, "missing": 0} | {
                method: [scores[place] + spread * rng.normal(), 0.9, 1.0]
                for method, scores in curves.items()
            }
    return table_of(results, where, list(curves))


def test_a_point_is_the_mean_with_the_corrected_interval():
    table = fits({"network": (0.6, 0.7, 0.8, 0.9), "lasso": (0.5, 0.7, 0.8, 0.8)})
    points = {(p.size, p.method): p for p in points_of(table)}
    own = table[(table["size"] == 20) & (table["method"] == "lasso")]["balanced_accuracy"]
    point = points[20, "lasso"]
    assert point.score.value == pytest.approx(own.mean())
    error = np.sqrt((1 / 6 + 80 / 200) * own.var())
    assert point.score.high - point.score.value == pytest.approx(2.570582 * error, rel=1e-5)
    assert point.difference.value == pytest.approx(-0.1, abs=0.02)
    assert point.p_value < 0.01
    assert np.isnan(points[20, "network"].p_value)


def test_crossings_in_words():
    curves = {
        "network": (0.6, 0.7, 0.8, 0.9),
        "lasso": (0.7, 0.75, 0.75, 0.8),
        "forest": (0.5, 0.6, 0.7, 0.8),
        "linear-svm": (0.8, 0.85, 0.9, 0.98),
        "rbf-svm": (0.5, 0.6, 0.85, 0.95),
    }
    sentences = verdict(points_of(fits(curves, spread=1e-4)), SIZES, 300)
    assert sentences[0].startswith("With your 300 samples, use the linear support vector machine")
    assert "The network is ahead of the LASSO from 100 samples on, not before." in sentences
    assert "The random forest is never ahead of the network, from 20 to 200 samples." in sentences
    assert (
        "The linear support vector machine is ahead of the network at every size, up to 200 "
        "samples." in sentences
    )
    assert (
        "The support vector machine with an RBF kernel is ahead of the network from 100 samples on."
        in sentences
    )


def test_a_method_that_failed_leaves_a_gap_not_a_zero():
    table = fits({"network": (0.6, 0.7, 0.8, 0.9), "lasso": (0.5, 0.7, 0.8, 0.8)})
    results = {
        "a": {"n": 20, "n_test": 80, "missing": 0, "network": [0.6, 0.6, 1.0], "lasso": "no"}
    }
    one = table_of(results, {"a": {"repeat": 0, "size": 20}}, ["network", "lasso"])
    assert one["error"].tolist() == ["", "no"]
    assert one["balanced_accuracy"].isna().tolist() == [False, True]
    assert len(table) == 48


def test_the_network_is_advised_only_where_a_test_tells_it_from_the_rivals():
    curves = {"network": (0.6, 0.7, 0.8, 0.91), "lasso": (0.5, 0.6, 0.7, 0.9)}
    close = verdict(points_of(fits(curves, spread=0.01)), SIZES, 300)
    assert close[0].startswith("With your 300 samples, use the LASSO")
    assert "simpler" in close[0]
    curves["lasso"] = (0.5, 0.6, 0.7, 0.8)
    clear = verdict(points_of(fits(curves, spread=1e-3)), SIZES, 300)
    assert clear[0].startswith("With your 300 samples, use the network")
