from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bulkwise.evaluation.base import LeakPair
from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import Figure, Table, Text
from bulkwise.reporting.controls import controls

Make = Callable[..., Evaluation]


def drawn(result: Evaluation) -> dict[str, Figure]:
    return {one.title: one for one in controls(result).blocks if isinstance(one, Figure)}


def tables(result: Evaluation) -> list[Table]:
    return [one for one in controls(result).blocks if isinstance(one, Table)]


def texts(result: Evaluation) -> str:
    return " ".join(one.text for one in controls(result).blocks if isinstance(one, Text))


def test_all_permutations_are_drawn_and_the_observed_is_on_the_scale(made: Make) -> None:
    figure = drawn(made())["Permuted labels against the real ones"]
    bars, observed, chance = figure.traces
    assert sum(bars["y"]) == 20
    assert observed["x"] == [0.93, 0.93]
    assert chance["x"] == [0.2, 0.2]
    low, high = figure.layout["xaxis"]["range"]
    assert low < 0.2 < 0.93 < high
    assert all(low < x < high for x in bars["x"])
    assert "source alone can give 0.200; P = 0.048" in figure.caption


def test_equal_scores_stay_in_one_bar(made: Make) -> None:
    result = made()
    permutation = result.controls.permutation
    assert permutation is not None
    same = replace(permutation, values=(0.5,) * 7, observed=0.5, chance=0.5)
    result.controls = replace(result.controls, permutation=same)
    bars = drawn(result)["Permuted labels against the real ones"].traces[0]
    assert bars["y"] == [7]


@pytest.mark.parametrize("made_without", ["permutation", "source", "leaks"])
def test_a_control_that_is_missing_is_said_to_be(made: Make, made_without: str) -> None:
    result = made()
    if made_without == "permutation":
        result.controls = replace(result.controls, permutation=None)
        assert "labels were not permuted" in texts(result)
    elif made_without == "source":
        result.controls = replace(result.controls, source_probes=())
        result.question = replace(result.question, source=None)
        assert "No column names the source" in texts(result)
    else:
        result.controls = replace(result.controls, leaks=())
        assert "no patient and no pair" in texts(result)


def test_a_probe_that_warns_is_marked_by_more_than_colour(made: Make) -> None:
    figure = drawn(made())["Can the source be told within one label?"]
    assert figure.layout["yaxis"]["ticktext"][:2] == ["▲ tissue a", "tissue b"]
    assert {trace["marker"]["symbol"] for trace in figure.traces} == {"circle", "square"}


def test_columns_and_pairs_are_named(made: Make) -> None:
    found = {table.title.split(":")[0]: table for table in tables(made())}
    assert found["Columns of the sample sheet that go with tissue"].rows[0][0] == "plate"
    assert found["Leak audit"].rows == [("S000", "S001", "near-identical", "0.9991", "▲ yes")]


def test_long_lists_of_pairs_are_cut_and_counted(made: Make) -> None:
    result = made()
    many = tuple(LeakPair("identical", f"a{i}", f"b{i}", 1.0, False) for i in range(250))
    result.controls = replace(result.controls, leaks=many)
    table = tables(result)[-1]
    assert len(table.rows) == 100
    assert table.caption.endswith("The first 100 of 250.")


def test_labels_permuted_freely_are_held_against_chance(made: Make) -> None:
    result = made()
    permutation = result.controls.permutation
    assert permutation is not None
    free = replace(permutation, within=None)
    result.controls = replace(result.controls, permutation=free)
    figure = drawn(result)["Permuted labels against the real ones"]
    assert "chance gives 0.200" in figure.caption
    assert [key.name for key in figure.keys] == ["permuted labels", "real labels", "chance"]
