"""What every reproduction writes."""

from __future__ import annotations

import json

import pytest

from bulkwise.errors import InputError
from bulkwise.reporting import Page, Section
from bulkwise.reproduce import Reproduction
from bulkwise.reproduce.base import differences


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
