"""What settings did: boxes for choices, running means for numbers, nothing hidden."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from plotly import graph_objects

from bulkwise.reporting.base import Figure, Row
from bulkwise.reporting.study.impact import impact, importance
from bulkwise.study.random_search import Setting
from bulkwise.study.random_search.results import Importance

SETTINGS = {
    "norm": Setting("Batch norm", "choice", (True, False)),
    "learning_rate": Setting("Learning rate", "log", (1e-3, 1.0)),
    "layers": Setting("Layers", "choice", ("8-4", "16")),
    "drop": Setting("Dropout", "uniform", (0.0, 0.5)),
}


def search(n: int = 40, **more):
    """Scores rise with the rate, by a tenth for every power of ten, and with batch norm."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "ended": ["epochs", "dropped", "diverged", "patience"] * (n // 4),
            "norm": np.arange(n) % 2 == 0,
            "learning_rate": np.geomspace(1e-3, 1.0, n),
            "layers": np.where(np.arange(n) % 4 < 2, "8-4", "16"),
            "drop": rng.uniform(0, 0.5, n),
        }
    )
    scores = 0.8 + 0.1 * np.log10(table["learning_rate"]) + 0.1 * table["norm"]
    given = {
        "settings": SETTINGS,
        "importance": (),
        "explained": 0.75,
        "trials": table,
        "scores": lambda: scores.to_numpy(),
        "score": SimpleNamespace(title="Balanced accuracy", higher_is_better=True),
        "asked": {"what": "networks"},
    }
    return SimpleNamespace(**(given | more))


def figures(result) -> dict[str, Figure]:
    row = next(one for one in impact(result).blocks if isinstance(one, Row))
    for figure in row.figures:
        graph_objects.Figure({"data": figure.traces, "layout": figure.layout})
    return {figure.title: figure for figure in row.figures}


def test_a_choice_has_a_box_for_each_value_in_its_order():
    found = figures(search())
    yes, no = found["Batch norm"].traces
    assert (yes["type"], yes["x"][0], no["x"][0]) == ("box", 0, 1)
    assert len(yes["y"]) == len(no["y"]) == 20
    assert found["Batch norm"].layout["xaxis"]["ticktext"] == ["yes", "no"]
    medians = [f"{np.median(trace['y']):.3f}" for trace in (yes, no)]
    assert f"medians: yes {medians[0]}, no {medians[1]}" in found["Batch norm"].alt
    assert found["Layers"].layout["xaxis"]["ticktext"] == ["8-4", "16"]


def test_a_value_that_nobody_drew_has_no_box():
    result = search()
    result.trials["layers"] = "16"
    (only,) = figures(result)["Layers"].traces
    assert (only["x"][0], len(only["y"])) == (1, 40)


def test_the_running_mean_follows_the_score_on_the_settings_own_scale():
    points, line = figures(search())["Learning rate"].traces
    assert len(points["x"]) == 40
    inner = slice(8, -8)
    at, height = (np.array(line[key])[inner] for key in "xy")
    np.testing.assert_allclose(height, 0.85 + 0.1 * np.log10(at), atol=0.02)
    steps = np.diff(np.log(line["x"]))
    np.testing.assert_allclose(steps, steps[0])
    layout = figures(search())["Learning rate"].layout["xaxis"]
    assert layout["type"] == "log"
    flat = figures(search())["Dropout"]
    assert flat.layout["xaxis"]["type"] == "linear"
    np.testing.assert_allclose(np.diff(flat.traces[1]["x"], 2), 0, atol=1e-9)


def test_optimisers_are_drawn_apart():
    result = search()
    result.trials["optimizer"] = ["sgd", "adam"] * 20
    figure = figures(result)["Learning rate"]
    assert [key.name for key in figure.keys] == ["adam", "sgd"]
    assert [len(trace["x"]) for trace in figure.traces if trace["mode"] == "markers"] == [20, 20]
    assert figure.keys[1].traces == (2, 3)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("networks", "those that were dropped on the way or diverged too (20 of 40)"),
        ("settings", "one that failed (20 of 40) counts as the worst"),
    ],
)
def test_trials_that_did_not_end_are_counted(what, said):
    assert said in impact(search(asked={"what": what})).blocks[0].text


def test_figures_go_by_importance_where_it_is_known():
    order = tuple(Importance(name, 0.3, 0.2, 0.5) for name in ("drop", "learning_rate"))
    assert list(figures(search(importance=order))) == ["Dropout", "Learning rate"]
    figure = importance(search(importance=order)).blocks[0]
    graph_objects.Figure({"data": figure.traces, "layout": figure.layout})
    (trace,) = figure.traces
    assert trace["x"] == [0.3, 0.3]
    np.testing.assert_allclose(trace["error_x"]["array"], 0.2)
    np.testing.assert_allclose(trace["error_x"]["arrayminus"], 0.1)
    assert figure.layout["yaxis"]["ticktext"] == ["Dropout", "Learning rate"]
    assert "R² is 0.75" in figure.caption
    assert importance(search()).blocks == []


def test_an_error_is_shown_without_its_worst_tenth():
    result = search(score=SimpleNamespace(title="Error", higher_is_better=False))
    scores = np.linspace(1.0, 2.0, 40)
    scores[-1] = 500.0
    result.scores = lambda: scores
    low, high = figures(result)["Dropout"].layout["yaxis"]["range"]
    assert 0.8 < low < 1.0
    assert 1.8 < high < 2.2
