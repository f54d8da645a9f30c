"""The sections on gene sets."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from bulkwise.reporting import Figure, Page, Row, Section, Table, render
from bulkwise.reporting.enrichment import enrichment, over_represented
from bulkwise.stats import (
    ContrastResult,
    differential_expression,
    over_representation,
    preranked,
    signed_lists,
)

GENES = [f"GENE{i}" for i in range(200)]
EVIL = "<b onload=x>&"
SETS = {
    "first": {"up": GENES[:30], "nearly up": GENES[:28], "none": GENES[100:130]},
    "second": {EVIL: GENES[30:50], "none": GENES[150:180]},
}


@pytest.fixture(scope="module")
def result() -> ContrastResult:
    rng = np.random.default_rng(1)
    X = rng.normal(6, 1, (12, 200)).astype(np.float32)
    X[:6, :30] += 3
    X[:6, 30:50] -= 3
    cohort = ad.AnnData(
        X,
        obs=pd.DataFrame({"group": ["a"] * 6 + ["b"] * 6}, index=[f"S{i}" for i in range(12)]),
        var=pd.DataFrame(index=GENES),
        uns={"unit": "log2"},
    )
    return differential_expression(cohort, column="group", contrast="a:b")


def figures(section: Section) -> dict[str, Figure]:
    found = {}
    for block in section.blocks:
        for one in block.figures if isinstance(block, Row) else (block,):
            if isinstance(one, Figure):
                found[one.title] = one
    return found


def test_each_library_has_its_dots_and_each_end_its_running_score(result: ContrastResult) -> None:
    found = preranked(GENES, result.table["statistic"], SETS)
    section = enrichment(result, found, [Library(name, sets) for name, sets in SETS.items()])
    drawn = figures(section)
    assert list(drawn) == [
        "Along the ranking: first",
        "Along the ranking: second",
        "Running score of up",
        "Running score of &lt;b onload=x&gt;&amp;",
    ]
    higher, lower = drawn["Along the ranking: first"].traces
    assert higher["x"][0] > 1
    assert len(lower["x"]) == 0
    assert drawn["Along the ranking: second"].traces[1]["x"][0] < -1
    assert len(drawn["Running score of up"].traces[1]["x"]) == 30
    (table,) = (block for block in section.blocks if isinstance(block, Table))
    rows = {row[0]: row for row in table.rows}
    assert set(rows) == {"up", EVIL}
    assert rows["up"][-1] == "nearly up"
    assert "3 of 5 gene sets" in section.blocks[0].text  # type: ignore[union-attr]
    page = render(Page(title="t", question="q", sections=[section]))
    assert EVIL not in page


def test_the_lists_up_and_down_have_their_own_marks(result: ContrastResult) -> None:
    lists = signed_lists(result.table)
    found = over_representation(lists, SETS, universe=GENES)
    section = over_represented(found, rule="a rule")
    drawn = figures(section)["In the lists: first"]
    up, down = drawn.traces
    assert [key.name for key in drawn.keys] == ["up", "down"]
    assert up["x"][0] == pytest.approx(200 / len(lists["up"]), rel=0.1)
    assert len(down["x"]) == 0
    assert "29 of 30 genes" in up["text"][0]
    assert "a rule. Universe: the 200 genes" in section.blocks[1].text  # type: ignore[union-attr]


def test_nothing_significant_is_drawn_pale_and_said(result: ContrastResult) -> None:
    sets = {"calm": {f"s{k}": GENES[60 + 12 * k : 90 + 12 * k] for k in range(4)}}
    found = preranked(GENES, result.table["statistic"], sets)
    section = enrichment(result, found, [Library("calm", sets["calm"])])
    drawn = figures(section)["Along the ranking: calm"]
    assert "None is significant" in drawn.caption
    assert max(max(trace["marker"]["opacity"], default=0) for trace in drawn.traces) < 0.5
    assert not [block for block in section.blocks if isinstance(block, Table)]


class Library(dict[str, list[str]]):
    """Gene sets that know their name."""

    def __init__(self, name: str, sets: dict[str, list[str]]) -> None:
        super().__init__(sets)
        self.name = name
