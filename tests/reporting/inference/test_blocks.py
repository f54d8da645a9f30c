"""Sections on inference: the sentence, the figures and what is said of flagged genes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from plotly import graph_objects

from bulkwise.evaluation import InferenceEvaluation
from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.inference.results import Downstream, Rivalry, Scenario, Scores
from bulkwise.reporting.base import Figure, Notice, Table
from bulkwise.reporting.inference.blocks import inference_blocks, sentence

RIVAL = "<b>ridge</b>"


def scores(error: float, coverage: float = float("nan")) -> Scores:
    return Scores(Estimate(error, error - 0.02, error + 0.02), 0.9, coverage, 2.0)


def result(low: float = -0.1, high: float = -0.02) -> InferenceEvaluation:
    rivals = (
        Rivalry("mean", Estimate(-0.5, -0.6, -0.4), 1e-9, 1.0),
        Rivalry(RIVAL, Estimate((low + high) / 2, low, high), 0.01, 0.75),
    )
    models = {"ours": scores(0.4, 0.91), "mean": scores(0.9), RIVAL: scores(0.46)}
    genes = pd.DataFrame(
        {
            "gene": list("ABCD"),
            "error(ours)": [0.2, 0.3, 0.4, 0.9],
            f"error({RIVAL})": [0.3, 0.4, 0.35, 1.0],
            "inferable": [True, True, True, False],
        }
    )
    first = Scenario("within", 90, 30, 20, models, rivals)
    second = replace(first, name="normal → tumour", models={**models, "ours": scores(0.6)})
    return InferenceEvaluation((first, second), genes, "ours", "made", "log2", 10, 2, Downstream())


def block(found: InferenceEvaluation, title: str, kind: type, number: int = 0):
    section = next(one for one in inference_blocks(found, RIVAL) if one.title == title)
    return [one for one in section.blocks if isinstance(one, kind)][number]


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(-0.1, -0.02, "lower"), (-0.1, 0.02, "not clearly lower"), (0.01, 0.02, "higher")],
)
def test_the_best_rival_by_error_decides_the_sentence(low, high, word) -> None:
    said = sentence(result(low, high))
    assert f"this is {word} than that of the best rival, {RIVAL} (0.460)" in said
    assert said.endswith("lower in 75% of the genes.")


def test_errors_stand_a_point_a_model_and_a_colour_a_scenario() -> None:
    figure = block(result(), "Errors", Figure)
    graph_objects.Figure({"data": figure.traces, "layout": figure.layout})
    assert [trace["x"] for trace in figure.traces] == [[0.4, 0.9, 0.46], [0.6, 0.9, 0.46]]
    np.testing.assert_allclose(figure.traces[0]["error_x"]["arrayminus"], 0.02)
    assert len({trace["marker"]["color"] for trace in figure.traces}) == 2
    assert len({trace["marker"]["symbol"] for trace in figure.traces}) == 2
    assert "<b>" not in "".join(figure.layout["yaxis"]["ticktext"])


def test_the_table_marks_the_model_under_test() -> None:
    table = block(result(), "Errors", Table)
    assert table.columns[1:3] == ("within: error", "normal → tumour: error")
    assert table.marked == {0}
    assert [row[-2] for row in table.rows] == ["91.0%", "–", "–"]
    assert "90 samples to train on, 30 of 20 patients to test" in table.caption


def test_a_point_is_a_gene_and_flagged_ones_are_crosses() -> None:
    figure = block(result(), "Gene by gene", Figure)
    graph_objects.Figure({"data": figure.traces, "layout": figure.layout})
    good, flagged, diagonal = figure.traces
    assert (good["x"], good["y"]) == ([0.3, 0.4, 0.35], [0.2, 0.3, 0.4])
    assert (flagged["x"], flagged["marker"]["symbol"]) == ([1.0], "x")
    assert diagonal["x"] == [0, 1.0]
    assert figure.alt.startswith("Most genes lie below the diagonal")
    assert "lower in 75% of the genes" in figure.alt
    assert "<b>" not in figure.layout["xaxis"]["title"]["text"]
    every = result()
    every.genes["inferable"] = True
    assert len(block(every, "Gene by gene", Figure).traces) == 2
    said = inference_blocks(every, RIVAL)[2].blocks[1].text
    assert said == "No gene is flagged as one that can't be inferred."


def test_flagged_genes_are_counted_with_their_error() -> None:
    said = inference_blocks(result(), RIVAL)[2].blocks[1].text
    assert said.startswith("1 of 4 genes are flagged")
    assert "is 0.900, that of the others 0.300." in said


def test_what_comes_after_is_said_where_it_was_asked() -> None:
    assert inference_blocks(result(), RIVAL)[3].blocks == []
    found = result()
    found.downstream = Downstream("tissue", 0.9, 0.85, "b:a", 0.97, 0.99, 0.5)
    classified, compared, notice = inference_blocks(found, RIVAL)[3].blocks
    assert "accuracy 0.900 on measured and 0.850 on inferred" in classified.text
    assert "correlate with 0.970; of the genes significant when measured 99.0% change" in (
        compared.text
    )
    assert "of the 4 genes of the smallest P 50% are the same" in compared.text
    assert isinstance(notice, Notice)
    found.downstream = Downstream(contrast="b:a", fold_changes=0.9, top=0.5)
    (alone, _) = inference_blocks(found, RIVAL)[3].blocks
    assert "; no gene is significant when measured; of the" in alone.text
