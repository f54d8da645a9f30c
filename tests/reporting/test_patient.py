"""The page about one patient: counts, colours, words, and names that could be markup."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
from plotly import graph_objects

from bulkwise.checks.base import Finding
from bulkwise.explain.patient import PatientGenes
from bulkwise.reporting import render
from bulkwise.reporting.base import Figure, Page, Table
from bulkwise.reporting.patient import patient

EVIL = "<script>x</script>"


@pytest.fixture
def result() -> PatientGenes:
    """Two genes up, one down, one significant but small, one large but not significant."""
    rows = [
        ("UP1", 9.0, 6.0, 3.0, 1e-40, 1e-39),
        ("DOWN", 2.0, 5.0, -3.0, 1e-6, 1e-5),
        (EVIL, 8.0, 6.5, 1.5, 1e-4, 1e-3),
        ("SMALL", 6.5, 6.0, 0.5, 1e-3, 0.01),
        ("NOISE", 9.0, 6.0, 3.0, 0.2, 0.4),
    ]
    columns = ["gene", "observed", "predicted", "change", "p_value", "adjusted_p_value"]
    table = pd.DataFrame(rows, columns=columns)
    table["low"], table["high"] = table["predicted"] - 1, table["predicted"] + 1
    findings = (Finding("new-tissue", "warning", "Nobody has checked it."),)
    return PatientGenes("P1-T", "<i>tumour</i>", "normal", "liver", "log2_tpm", table, findings)


def block(page: Page, title: str, kind: type) -> object:
    section = next(one for one in page.sections if one.title == title)
    return next(one for one in section.blocks if isinstance(one, kind))


def test_the_page_counts_what_moved_and_asks_its_question(result) -> None:
    page = patient(result, None)
    assert dict(page.answer[0].pairs) == {"Up": "2", "Down": "1", "Genes": "5"}
    assert page.question.startswith("Which genes moved in this <i>tumour</i> sample (liver), ")
    assert [(one.level, one.message) for one in page.warnings] == [
        ("warning", "Nobody has checked it.")
    ]
    assert [one.title for one in page.sections] == ["Genes"]


def test_a_gene_is_marked_by_its_change_and_its_p_alike(result) -> None:
    figure = block(patient(result, None), "Genes", Figure)
    graph_objects.Figure({"data": figure.traces, "layout": figure.layout})
    rest, up, down = figure.traces
    assert sorted(rest["text"]) == ["NOISE", "SMALL"]
    assert "UP1" in up["text"]
    assert len(up["text"]) == 2
    assert down["text"] == ["DOWN"]
    assert max(up["y"]) == 30  # smaller P are drawn there
    assert figure.alt == "2 genes up and 1 down."
    assert [key.name for key in figure.keys] == ["not outside (2)", "up (2)", "down (1)"]


def test_names_are_no_markup(result) -> None:
    page = patient(result, None, command="bulkwise patient x")
    figure = block(page, "Genes", Figure)
    assert not [text for trace in figure.traces for text in trace["text"] if "<" in text]
    assert "<" not in figure.layout["xaxis"]["title"]["text"]
    html = render(page)
    assert EVIL not in html
    assert "<i>tumour" not in html
    assert page.sections[-1].blocks[0].text == "bulkwise patient x"


def test_the_table_holds_the_smallest_p_with_the_interval(result) -> None:
    table = block(patient(result, None), "Genes", Table)
    assert table.rows[1][:3] == ("DOWN", "2.00", "5.00 [4.00, 6.00]")
    assert table.rows[1][3][1:] == "3.00"
    assert len(table.rows) == 5


@pytest.mark.parametrize(("significant", "shown"), [(30, 20), (3, 3), (0, 10)])
def test_gene_sets_are_the_significant_or_else_the_first_ten(result, significant, shown) -> None:
    table = pd.DataFrame(
        {
            "list": "up",
            "library": "h",
            "term": [f"T{i}" for i in range(40)],
            "overlap": "3/9",
            "adjusted_p_value": 0.01,
        }
    )
    enriched = SimpleNamespace(
        table=table,
        significant=lambda leaders: table.tail(significant) if significant else table[:0],
    )
    rows = block(patient(result, enriched), "Gene sets", Table).rows
    assert len(rows) == shown
    assert rows[0][2] == ("T0" if not significant else f"T{40 - significant}")
