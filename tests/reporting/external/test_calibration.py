from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bulkwise.evaluation.external import ExternalValidation
from bulkwise.reporting.base import Row, Table, Text
from bulkwise.reporting.external.calibration import calibration

Make = Callable[..., ExternalValidation]


def only(blocks: object, kind: type) -> list:
    return [block for block in blocks if isinstance(block, kind)]  # type: ignore[attr-defined]


def test_before_and_after_stand_side_by_side(found: ExternalValidation) -> None:
    blocks = calibration(found).blocks
    (row,) = only(blocks, Row)
    assert [figure.title for figure in row.figures] == ["Before", "After recalibration"]
    (table,) = only(blocks, Table)
    assert [cells[0] for cells in table.rows] == [one.model for one in found.external.calibration]
    assert table.columns[1:3] == ("Intercept", "Slope")
    assert table.rows[0][-1].startswith("× ")


def test_more_classes_have_no_intercept(make_found: Make) -> None:
    (table,) = only(calibration(make_found(classes=3)).blocks, Table)
    assert "Slope" not in table.columns
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_what_could_not_be_recalibrated_is_said(found: ExternalValidation) -> None:
    none = tuple(replace(one, after=None) for one in found.external.calibration)
    result = ExternalValidation(
        found.evaluation, replace(found.external, calibration=none), found.risks
    )
    blocks = calibration(result).blocks
    assert any("too few patients" in text.text for text in only(blocks, Text))
    (row,) = only(blocks, Row)
    assert [figure.title for figure in row.figures] == ["Before"]
    (table,) = only(blocks, Table)
    assert table.rows[0][-1] == "–"


def test_nothing_to_calibrate_leaves_no_section(found: ExternalValidation) -> None:
    none = ExternalValidation(
        found.evaluation, replace(found.external, calibration=()), found.risks
    )
    assert not calibration(none).blocks
