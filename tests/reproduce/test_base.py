"""What every reproduction writes."""

from __future__ import annotations

import json

import pytest

from bulkwise.errors import InputError
from bulkwise.evaluation.base import Estimate
from bulkwise.reporting import Page, Section
from bulkwise.reproduce import Reproduction
from bulkwise.reproduce.base import Figures, Row, differences


def made() -> Reproduction:
    table = differences({"Samples": ("9,107", "1,078 <b>"), "Scaling": ("all", "training part")})
    page = Page(
        title="A paper", question="Does it hold?", sections=[Section("Differences", [table])]
    )
    metrics = {
        "models": {"ours": {"metrics": {"accuracy": {"value": 0.5, "low": 0.4, "high": 0.6}}}}
    }
    return Reproduction(paper="a-paper", page=page, metrics=metrics, summary="0.5", run={"seed": 3})


def test_a_reproduction_is_a_page_its_numbers_and_how_it_was_made(tmp_path):
    folder = made().save(tmp_path / "out")
    run = json.loads((folder / "run.json").read_text())
    assert run["files"] == ["metrics.json", "report.html", "run.json"]
    assert (run["paper"], run["seed"]) == ("a-paper", 3)
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["models"]["ours"]["metrics"]["accuracy"]["low"] == 0.4
    html = (folder / "report.html").read_text()
    assert "1,078 &lt;b&gt;" in html
    assert "What differs from the paper" in html


def test_somebody_elses_folder_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds other files"):
        made().save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def figures_made() -> Figures:
    rows = [
        Row(model, protocol, {"Accuracy": Estimate(value, value - 0.1, value + 0.1)})
        for model, value in (("ours", 0.8), ("rival", 0.7))
        for protocol in ("honest", "theirs")
    ]
    return Figures(tuple(rows), ("A paper", {"Accuracy": 0.9}), "theirs")


def test_the_table_sets_the_paper_on_top_and_marks_ours():
    table = figures_made().table(["Accuracy"], title="Accuracy", marked=["ours"])
    assert table.columns == ("Model", "Accuracy, honest", "Accuracy, theirs")
    assert table.rows[0] == ("A paper", "–", "0.900")
    assert table.rows[1][0] == "ours"
    assert "0.800" in table.rows[1][1]
    assert table.marked == {1}


def test_the_drawing_holds_every_model_and_the_papers_line():
    figure = figures_made().plot("Accuracy")
    assert [key.name for key in figure.keys] == ["honest", "theirs"]
    assert list(figure.traces[0]["x"]) == [0.8, 0.7]
    assert figure.layout["shapes"][0]["x0"] == 0.9


def test_the_document_and_the_text_hold_the_same():
    figures = figures_made()
    document = figures.document()
    assert document["models"]["rival; theirs"]["metrics"]["Accuracy"]["value"] == 0.7
    assert document["paper"]["models"]["A paper"]["metrics"]["Accuracy"]["low"] is None
    lines = figures.text(["Accuracy"]).splitlines()
    assert len(lines) == 4
    assert lines[1].split() == ["A", "paper", "–", "0.900"]
