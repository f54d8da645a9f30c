from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from plotly import graph_objects

from bulkwise.errors import InputError
from bulkwise.evaluation.external import ExternalValidation
from bulkwise.reporting.base import Figure, Page, Row
from bulkwise.reporting.external import compose, report

Make = Callable[..., ExternalValidation]


def figures(page: Page) -> Iterator[Figure]:
    for block in (*page.answer, *(block for one in page.sections for block in one.blocks)):
        if isinstance(block, Figure):
            yield block
        elif isinstance(block, Row):
            yield from block.figures


def hostile(text: str) -> str:
    """A name that tries every way into the page."""
    return f"{text}</script><script>window.ran=1</script><img src=x onerror=window.ran=1>&"


def test_sections_in_order(found: ExternalValidation) -> None:
    page = compose(found)
    assert page.title == "Predicting relapse within 5 years: from home to away"
    assert "which it has never seen" in page.question
    assert [section.title for section in page.sections] == [
        "The two cohorts",
        "Results in the test cohort",
        "Within strata",
        "Calibration before and after",
        "ROC and precision-recall",
        "Class by class",
        "The samples on a plane",
        "Training",
        "How to reproduce",
    ]


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_plotly_accepts_every_figure_and_each_has_words_and_axes(
    make_found: Make, classes: int
) -> None:
    drawn = list(figures(compose(make_found(classes=classes))))
    assert len(drawn) >= 8
    for figure in drawn:
        graph_objects.Figure({"data": figure.traces, "layout": figure.layout})
        assert figure.title
        assert figure.alt
        assert figure.layout["xaxis"]["title"]["text"]
        for key in figure.keys:
            assert all(index < len(figure.traces) for index in key.traces)
            assert key.symbol or key.dash or key.pattern, "never colour alone"


def test_one_file_that_asks_nothing_of_the_network(
    found: ExternalValidation, tmp_path: Path
) -> None:
    folder = found.save(tmp_path / "out")
    path = report(folder, folder / "report.html")
    text = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 8e6
    assert not re.search(r'<(script|link|img)[^>]+(src|href)="http', text)
    assert report(found, tmp_path / "again.html").read_text(encoding="utf-8") == text


def test_names_do_not_run(make_found: Make, tmp_path: Path) -> None:
    text = report(make_found(hostile), tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script>window.ran=1" not in text
    assert "<img src=x" not in text


@pytest.mark.browser
def test_it_draws_in_a_browser(found: ExternalValidation, tmp_path: Path, browser: Any) -> None:
    browser.open(report(found, tmp_path / "report.html"))
    assert browser.ask("document.querySelectorAll('figure').length") >= 8
    assert not browser.happened("Log.entryAdded", "Runtime.exceptionThrown")
    browser.open(tmp_path / "report.html", width=390, height=800, phone=True)
    assert browser.ask("document.documentElement.scrollWidth") <= 390


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no results folder"):
        report(tmp_path / "none", tmp_path / "report.html")
