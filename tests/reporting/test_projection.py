from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import Row
from bulkwise.reporting.projection import projection

Make = Callable[..., Evaluation]


def rows(result: Evaluation) -> list[Row]:
    return [one for one in projection(result).blocks if isinstance(one, Row)]


def test_the_same_points_are_drawn_by_label_and_by_source(made: Make) -> None:
    result = made(5)
    (row,) = rows(result)
    by_label, by_source = row.figures
    assert [figure.title for figure in row.figures] == ["PCA by tissue", "PCA by source"]

    def points(figure: object) -> list[tuple[str, float, float]]:
        return sorted(
            point
            for trace in figure.traces  # type: ignore[attr-defined]
            for point in zip(trace["text"], trace["x"], trace["y"], strict=True)
        )

    assert points(by_label) == points(by_source)
    assert len(points(by_label)) == 120
    assert by_label.layout["xaxis"]["title"]["text"] == "PCA 1 (31 % of variance)"


def test_without_source_one_figure(made: Make) -> None:
    result = made()
    result.projections = (replace(result.projections[0], source=None),)
    assert [len(row.figures) for row in rows(result)] == [1]


@pytest.mark.parametrize("n_samples", [500, 9107])
def test_large_cohorts_are_thinned_and_it_is_said(made: Make, n_samples: int) -> None:
    figure = rows(made(5, n_samples=n_samples))[0].figures[0]
    drawn = sum(len(trace["x"]) for trace in figure.traces)
    if n_samples == 500:
        assert (drawn, figure.caption) == (500, "")
    else:
        assert 2500 < drawn <= 4005
        assert figure.caption == "One sample in 3 is drawn."


def test_no_projection_no_section(made: Make) -> None:
    result = made()
    result.projections = ()
    assert not projection(result).blocks
