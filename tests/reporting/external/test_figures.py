from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bulkwise.evaluation.external import ExternalValidation
from bulkwise.reporting.base import Figure, Row, Table
from bulkwise.reporting.external.figures import scores, strata

Make = Callable[..., ExternalValidation]


def test_every_model_has_a_row_and_the_ones_under_test_stand_out(
    found: ExternalValidation,
) -> None:
    figure, table, *_ = scores(found).blocks
    assert isinstance(figure, Figure)
    assert isinstance(table, Table)
    names = list(found.models)
    assert figure.layout["yaxis"]["ticktext"] == names
    assert [key.name for key in figure.keys] == ["under test", "rivals"]
    assert sorted(y for trace in figure.traces for y in trace["y"]) == list(range(len(names)))
    assert table.marked == {0, 1}
    assert [row[0] for row in table.rows] == names
    assert "AUC at the endpoint ↑" in table.columns
    assert "C-index ↑" in table.columns


def test_measures_over_time_need_follow_up(make_found: Make) -> None:
    table = scores(make_found(classes=3)).blocks[1]
    assert isinstance(table, Table)
    assert not any("C-index" in column for column in table.columns)


def test_too_few_for_a_claim_is_said_where_the_figures_are(found: ExternalValidation) -> None:
    small = replace(
        found.external,
        supports_claim=False,
        strata=tuple(replace(one, supports=False) for one in found.external.strata),
    )
    result = ExternalValidation(found.evaluation, small, found.risks)
    table = scores(result).blocks[1]
    assert isinstance(table, Table)
    assert "Too few patients" in table.caption
    (row,) = (block for block in strata(result).blocks if isinstance(block, Row))
    assert all("too few of a class for a claim" in figure.caption for figure in row.figures)


def test_a_figure_a_stratum(found: ExternalValidation) -> None:
    (row,) = (block for block in strata(found).blocks if isinstance(block, Row))
    assert [figure.title for figure in row.figures] == ["er: negative", "er: positive"]
    (table,) = (block for block in strata(found).blocks if isinstance(block, Table))
    assert [cells[0] for cells in table.rows] == list(found.models)


def test_without_strata_there_is_no_section(found: ExternalValidation) -> None:
    none = ExternalValidation(found.evaluation, replace(found.external, strata=()), found.risks)
    assert not strata(none).blocks
