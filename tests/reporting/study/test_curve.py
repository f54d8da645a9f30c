"""The report of a learning curve: points, differences, and what is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from plotly import graph_objects

from bulkwise.evaluation.base import Estimate
from bulkwise.reporting.base import Facts, Figure, Table
from bulkwise.reporting.study.curve import compose, report_curve
from bulkwise.study.learning_curve import Curve
from bulkwise.study.learning_curve.results import Point

NOTHING = Estimate(float("nan"), float("nan"), float("nan"))


def point(size: int, method: str, score: float, difference: float | None = None) -> Point:
    return Point(
        size=size,
        method=method,
        score=Estimate(score, score - 0.05, score + 0.05),
        difference=NOTHING
        if difference is None
        else Estimate(difference, difference - 0.02, difference + 0.02),
        p_value=float("nan") if difference is None else 0.04,
        accuracy=score,
        n_repeats=5,
    )


@pytest.fixture
def result() -> Curve:
    """Two methods at three sizes; the rival has no point at the smallest."""
    fits = pd.DataFrame(
        {"method": ["network", "<b>svm</b>", "network"], "seconds": [60.0, 5.0, 30.0]}
    )
    return Curve(
        asked={
            "target": "tissue", "cohort": "<i>mine</i>", "methods": ["network", "<b>svm</b>"],
            "n_genes": 1000, "unit": "log2", "sizes": [10, 100, 1000], "repeats": 5,
            "share": 0.25, "tries": 8,
        },
        fits=fits,
        points=(
            point(10, "network", 0.5), point(100, "network", 0.7), point(1000, "network", 0.9),
            point(100, "<b>svm</b>", 0.75, 0.05), point(1000, "<b>svm</b>", 0.8, -0.1),
        ),
        verdict=("Use the network.", "It is ahead from 1,000 on."),
        findings=({"level": "warning", "message": "Few patients.", "code": "few"},),
        run={"seconds": {"fits": 95.0}, "seed": 4, "command": "bulkwise curve x"},
    )  # fmt: skip


def block(result: Curve, title: str, kind: type):
    section = next(one for one in compose(result).sections if one.title == title)
    return next(one for one in section.blocks if isinstance(one, kind))


def test_a_line_a_method_on_a_logarithmic_axis_of_sizes(result):
    figure = block(result, "Accuracy against samples", Figure)
    graph_objects.Figure({"data": figure.traces, "layout": figure.layout})
    ours, rival = figure.traces
    assert (ours["x"], ours["y"]) == ([10, 100, 1000], [0.5, 0.7, 0.9])
    assert (rival["x"], rival["y"]) == ([100, 1000], [0.75, 0.8])
    np.testing.assert_allclose(ours["error_y"]["array"], 0.05)
    assert (ours["marker"]["symbol"], ours["line"]["color"]) != (
        rival["marker"]["symbol"],
        rival["line"]["color"],
    )
    assert figure.layout["xaxis"]["type"] == "log"
    assert figure.layout["xaxis"]["ticktext"][-1] == "1,000"
    assert "<b>" not in rival["name"]
    assert figure.alt == "network 0.500, 0.700, 0.900; <b>svm</b> 0.750, 0.800"


def test_a_size_without_a_point_is_a_dash(result):
    table = block(result, "Accuracy against samples", Table)
    assert table.rows[1][1] == "–"
    assert table.rows[0][1].startswith("0.500")


def test_differences_are_to_the_network_with_their_sign(result):
    table = block(result, "Against the network", Table)
    (row,) = table.rows
    assert row[0] == "<b>svm</b>"
    assert row[1] == "–"
    assert row[2].startswith("+0.050\nP 0.04")
    assert row[3][1:].startswith("0.100\nP")
    assert row[3][0] != "+"
    result.asked["methods"] = ["<b>svm</b>"]
    section = next(one for one in compose(result).sections if one.title == "Against the network")
    assert section.blocks == []


def test_the_answer_is_the_verdict_and_the_largest_size(result):
    page = compose(result)
    assert [getattr(one, "strong", None) for one in page.answer[:2]] == [True, False]
    cards = dict(page.answer[2].pairs)
    assert cards.keys() == {"Balanced accuracy, network", "Balanced accuracy, <b>svm</b>"}
    assert cards["Balanced accuracy, network"].startswith("0.900")
    assert "10 to 1,000 samples" in page.question
    assert page.warnings[0].message == "Few patients."


def test_seconds_are_summed_by_method(result):
    facts = dict(block(result, "How it was done", Facts).pairs)
    assert facts["Share of the patients tested on"] == "25%"
    assert facts["Seconds, network"] == "1 min 30 s"
    assert facts["Seconds, <b>svm</b>"].startswith("5")


def test_names_are_escaped_in_the_file(result, tmp_path):
    text = report_curve(result, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "&lt;i&gt;mine" in text
    assert "<i>mine" not in text
