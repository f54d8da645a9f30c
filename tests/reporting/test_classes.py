from __future__ import annotations

from collections.abc import Callable

import numpy as np
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
    assert figure.least_width - 90 >= 24 * n_labels
    assert figure.height - 100 >= 24 * n_labels
    assert len(figure.layout["xaxis"]["ticktext"]) == n_labels


def test_every_class_has_its_row_with_its_samples(made: Make) -> None:
    tables = [one for one in classes(made(13)).blocks if isinstance(one, Table)]
    assert [table.folded for table in tables] == [False, True, True]
    assert len(tables[0].rows) == 13
    assert tables[0].rows[0][1] == "10"
    assert tables[0].rows[0][-1] == "–"


def test_f1_of_two_models_does_not_overlap(made: Make) -> None:
    (figure,) = (one for one in classes(made(5)).blocks if isinstance(one, Figure))
    ours, theirs = (trace["y"] for trace in figure.traces)
    assert all(0.1 < low - high < 0.5 for high, low in zip(ours, theirs, strict=True))
    assert figure.layout["yaxis"]["ticktext"][0] == "tissue a (24)"


def test_the_surest_errors_come_first_and_all_are_counted(made: Make) -> None:
    result = made(2, n_samples=80)
    model = result.models["mlp"]
    model.predicted = np.array(["tissue a"] * 80)
    model.probabilities = np.tile([0.6, 0.4], (80, 1))
    model.probabilities[3] = [0.9, 0.1]
    table = [one for one in classes(result).blocks if isinstance(one, Table)][-1]
    assert table.rows[0] == ("S003", "tissue b", "tissue a", "0.900", "0.100", "fold 0")
    assert [row[0] for row in table.rows[1:3]] == ["S001", "S005"]
    assert table.caption.startswith("40 of 40 wrong among 80 out-of-fold predictions")


def test_a_model_without_errors_has_an_empty_list(made: Make) -> None:
    result = made(2)
    result.models["mlp"].predicted = result.predictions.observed
    table = [one for one in classes(result).blocks if isinstance(one, Table)][-1]
    assert not table.rows
    assert table.caption.startswith("0 of 0 wrong")
