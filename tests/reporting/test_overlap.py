"""The page of an overlap."""

from __future__ import annotations

import pytest

from bulkwise.evaluation.overlaps import agreement
from bulkwise.reporting import Figure, Page, Row, Section, Table, render
from bulkwise.reporting.overlap import overlap

EVIL = "<script>alert(1)</script>"


def blocks(page: Page, title: str) -> Section:
    return next(section for section in page.sections if section.title == title)


def test_every_region_of_a_venn_has_its_number_in_its_circles() -> None:
    lists = {"a": list("abcdefg"), "b": list("aefgxy"), "c": list("agxz")}
    page = overlap(agreement(lists))
    row = blocks(page, "Shared genes").blocks[0]
    assert isinstance(row, Row)
    (figure,) = row.figures
    (trace,) = figure.traces
    circles = [
        ((s["x0"] + s["x1"]) / 2, (s["y0"] + s["y1"]) / 2, (s["x1"] - s["x0"]) / 2)
        for s in figure.layout["shapes"]
    ]
    seen = {}
    for x, y, text in zip(trace["x"], trace["y"], trace["text"], strict=True):
        inside = tuple((x - cx) ** 2 + (y - cy) ** 2 < r**2 for cx, cy, r in circles)
        seen[inside] = int(text)
    assert seen == {
        (True, True, True): 2,
        (True, True, False): 2,
        (True, False, True): 0,
        (False, True, True): 1,
        (True, False, False): 3,
        (False, True, False): 1,
        (False, False, True): 1,
    }


@pytest.mark.parametrize("number", [2, 3, 6])
def test_hostile_names_stay_text(number: int) -> None:
    lists = {f"{EVIL}{k}": [EVIL, f"g{k}", f"g{k + 1}"] for k in range(number)}
    text = render(overlap(agreement(lists)))
    assert EVIL not in text


def test_an_upset_plot_shows_the_largest_intersections() -> None:
    lists = {name: [f"{name}{k}" for k in range(i + 2)] + ["all"] for i, name in enumerate("abcd")}
    page = overlap(agreement(lists))
    figure, table = blocks(page, "Shared genes").blocks
    assert isinstance(figure, Figure)
    bars, _, dots = figure.traces
    assert bars["y"].tolist() == [5, 4, 3, 2, 1]
    assert len(dots["x"]) == 4 + 4
    assert isinstance(table, Table)
    assert "Without a universe" in table.caption
    assert table.rows[0][6] == "–"


@pytest.mark.parametrize("number", [2, 4])
def test_lists_without_genes_are_drawn_empty(number: int) -> None:
    page = overlap(agreement({f"n{k}": [] for k in range(number)}))
    assert "Overlap of n0" in render(page)
    assert page.answer[0].pairs == (("Listed in all", "0"),)  # type: ignore[union-attr]
