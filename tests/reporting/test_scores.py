from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bulkwise.evaluation.base import METRICS, Estimate
from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import Figure, Row, Table
from bulkwise.reporting.scores import scores

Make = Callable[..., Evaluation]


def tables(result: Evaluation) -> dict[str, Table]:
    return {one.title: one for one in scores(result).blocks if isinstance(one, Table)}


def small(result: Evaluation) -> list[Figure]:
    (row,) = (one for one in scores(result).blocks if isinstance(one, Row))
    return list(row.figures)


def differences(result: Evaluation) -> Figure:
    (figure,) = (one for one in scores(result).blocks if isinstance(one, Figure))
    return figure


def test_every_model_and_metric_is_in_the_table_with_its_interval(made: Make) -> None:
    table = tables(made())["Out of fold, with 95 % intervals"]
    assert [row[0] for row in table.rows] == ["mlp", "majority", "logistic", "knn"]
    assert table.marked == {0}
    assert len(table.columns) == len(METRICS) + 1
    assert table.rows[0][1].split() == ["0.930", "[0.910,", "0.950]"]
    assert table.columns[-1].endswith("↓")


def test_what_each_model_tried_and_took_is_told(made: Make) -> None:
    table = tables(made())["What each model tried and took"]
    assert table.rows[0][:3] == ("mlp", "1", "12.3")


def test_the_rows_that_decide_are_apart_from_the_others(made: Make) -> None:
    found = tables(made())
    deciding, others = found["What the verdict rests on"], found["The other comparisons"]
    assert [row[6].split(" (")[0] for row in deciding.rows] == ["better", "as good as", "undecided"]
    assert [row[6].split(" (")[0] for row in others.rows] == ["worse"]
    assert others.folded
    assert not deciding.folded


def test_the_deciding_metric_is_drawn_first_and_all_are_drawn(made: Make) -> None:
    titles = [figure.title for figure in small(made())]
    assert titles[0] == "Balanced accuracy ↑"
    assert len(set(titles)) == len(METRICS)


def test_a_far_value_leaves_the_scale_and_is_named(made: Make) -> None:
    first = small(made())[0]
    assert [trace["name"] for trace in first.traces] == ["mlp", "logistic", "knn"]
    (note,) = first.layout["annotations"]
    assert (note["text"], note["y"], note["xanchor"]) == ("◀ 0.200", 1, "left")
    assert first.layout["xaxis"]["range"][0] > 0.7
    error = small(made())[-1]
    assert error.layout["annotations"][0]["text"] == "0.800 ▶"


def test_near_values_all_stay_on_the_scale(made: Make) -> None:
    result = made()
    for model in result.models.values():
        model.metrics["accuracy"] = Estimate(0.9, 0.85, 0.95)
    accuracy = next(one for one in small(result) if one.title == "Accuracy ↑")
    assert len(accuracy.traces) == 4
    assert not accuracy.layout["annotations"]


def test_missing_numbers_leave_a_figure_empty_but_whole(made: Make) -> None:
    result = made()
    for model in result.models.values():
        model.metrics["auroc"] = Estimate(*[float("nan")] * 3)
    drawn = next(one for one in small(result) if one.title == "AUROC ↑")
    assert drawn.layout["xaxis"]["range"] is None
    assert tables(result)["Out of fold, with 95 % intervals"].rows[0][5] == "–"


def test_differences_show_zero_the_margin_and_each_verdict(made: Make) -> None:
    drawn = differences(made())
    assert [shape["x0"] for shape in drawn.layout["shapes"]] == [0.0, -0.02]
    assert [key.name for key in drawn.keys] == ["as good as", "undecided"]
    assert drawn.layout["annotations"][2]["text"] == "0.730 ▶"
    assert drawn.layout["yaxis"]["ticktext"] == [
        "against majority",
        "against logistic",
        "against knn",
    ]


def test_with_several_models_a_difference_names_both(made: Make) -> None:
    result = made()
    other = replace(result.comparisons[1], model="deep")
    result.comparisons = (result.comparisons[1], other)
    assert differences(result).layout["yaxis"]["ticktext"] == ["mlp − logistic", "deep − logistic"]


@pytest.mark.parametrize(("folds", "shown"), [(5, True), (1, False)])
def test_folds_are_listed_if_there_are_several(made: Make, folds: int, shown: bool) -> None:
    result = made()
    result.question = replace(result.question, n_folds=folds)
    assert ("Balanced accuracy by fold" in tables(result)) is shown


def test_without_comparisons_the_numbers_still_stand(made: Make) -> None:
    result = made()
    result.comparisons = ()
    assert "What the verdict rests on" not in tables(result)
    assert len(small(result)) == len(METRICS)


def test_words_beside_zero_never_run_off_the_right_edge(made: Make) -> None:
    result = made()
    assert differences(result).layout["annotations"][0]["xanchor"] == "left"
    far = replace(result.comparisons[1], difference=Estimate(-0.2, -0.25, -0.15), verdict="worse")
    result.comparisons = (far,)
    assert differences(result).layout["annotations"][0]["xanchor"] == "right"
