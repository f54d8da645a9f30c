from __future__ import annotations

from collections.abc import Callable

import pytest

from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import Figure, Row, Table
from bulkwise.reporting.classes import classes

Make = Callable[..., Evaluation]


def matrices(result: Evaluation) -> tuple[Figure, ...]:
    (row,) = (one for one in classes(result).blocks if isinstance(one, Row))
    return row.figures


def test_the_model_stands_beside_the_strongest_baseline(made: Make) -> None:
    assert [figure.title for figure in matrices(made())] == [
        "Confusion matrix, mlp",
        "Confusion matrix, logistic",
    ]


def test_rows_are_shares_of_the_observed_class_and_cells_are_counts(made: Make) -> None:
    result = made(3, n_samples=60)
    result.models["mlp"].confusion = ((15.0, 5.0, 0.0), (0.0, 20.0, 0.0), (0.0, 0.0, 0.0))
    (trace,) = matrices(result)[0].traces
    assert trace["z"] == [[0.75, 0.25, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    assert trace["text"][0] == ["15", "5", ""]
    assert trace["hovertext"][0][1].startswith("observed tissue a<br>predicted tissue b<br>5 ")


def test_means_over_repeats_are_said_to_be_means(made: Make) -> None:
    result = made(2)
    result.models["mlp"].confusion = ((15.5, 4.5), (0.0, 20.0))
    figure = matrices(result)[0]
    assert figure.traces[0]["text"][0] == ["15.5", "4.5"]
    assert figure.caption == "Numbers are samples, averaged over the repeats."


@pytest.mark.parametrize("n_labels", [2, 13, 26])
def test_a_cell_keeps_its_size_however_many_classes(made: Make, n_labels: int) -> None:
    figure = matrices(made(n_labels))[0]
    assert figure.least_width - 100 >= 24 * n_labels
    assert figure.height - 100 >= 24 * n_labels
    assert len(figure.layout["xaxis"]["ticktext"]) == n_labels


def test_every_class_has_its_row_with_its_samples(made: Make) -> None:
    tables = [one for one in classes(made(13)).blocks if isinstance(one, Table)]
    assert [table.folded for table in tables] == [False, True]
    assert len(tables[0].rows) == 13
    assert tables[0].rows[0][1] == "10"
    assert tables[0].rows[0][-1] == "–"


def test_f1_of_two_models_does_not_overlap(made: Make) -> None:
    (figure,) = (one for one in classes(made(5)).blocks if isinstance(one, Figure))
    ours, theirs = (trace["y"] for trace in figure.traces)
    assert all(0.1 < low - high < 0.5 for high, low in zip(ours, theirs, strict=True))
    assert figure.layout["yaxis"]["ticktext"][0] == "tissue a (24)"
