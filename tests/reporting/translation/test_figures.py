"""Figures on translators: who is better for whom, by tissue, by gene, by interval."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from plotly import graph_objects

from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.translation import TranslationResult
from bulkwise.evaluation.translation.results import (
    PAIRED_METRICS,
    UNPAIRED_METRICS,
    Coverage,
    Purity,
    Sensitivity,
    TranslationComparison,
    TranslationQuestion,
    Translator,
)
from bulkwise.reporting.base import Figure, Row, Section, Table
from bulkwise.reporting.translation import figures

EVIL = "<b>ours</b>"
VALUES = {EVIL: 0.5, "no change": 0.9, "target mean": 0.6}


def sure(value: float) -> Estimate:
    return Estimate(value, value - 0.05, value + 0.05)


def result(paired: bool = True, tissues: tuple[str, ...] = ("colon", "liver")) -> TranslationResult:
    keys = PAIRED_METRICS if paired else UNPAIRED_METRICS
    own = ("error", "personal_correlation") if paired else ("mean_error", "energy")
    models = {
        name: Translator(
            name, "model" if name == EVIL else "rule", name, 1.0,
            dict.fromkeys(keys, sure(value)),
            {tissues[0]: {key: sure(value + 0.1) for key in own}},
        )
        for name, value in VALUES.items()
    }  # fmt: skip
    question = TranslationQuestion(
        "made", "log2_tpm", "condition", "normal", "tumour", "tissue", "patient", paired, 8, 6, 4,
        4, dict.fromkeys(tissues, 2), "3 folds", 3, 0.9,
    )  # fmt: skip
    patients = pd.concat(
        [
            pd.DataFrame(
                {
                    "patient": ["<i>p</i>", "q", "r", "s"],
                    "tissue": ["colon", "colon", "liver", "liver"],
                    "model": name,
                    "error": np.array([0.1, 0.5, 0.6, 0.8]) + (0.2 if name == "target mean" else 0),
                    "personal_correlation": [0.4, -0.1, 0.2, 0.6],
                }
            )
            for name in VALUES
        ]
    )
    patients.loc[(patients["model"] == "target mean") & (patients["patient"] == "s"), "error"] = 0.3
    genes = pd.DataFrame(
        {
            "gene": list("ABCDEF"),
            "error": 0.5,
            "variance_around_mean": [5.0, 1.0, 4.0, 2.0, 6.0, 3.0],
            "explained": [0.1, 0.9, 0.3, 0.8, 0.2, 0.0],
        }
    )
    comparisons = (
        TranslationComparison(EVIL, "no change", sure(-0.4), 1e-9, 2e-9, 1e-6, "better"),
        TranslationComparison(EVIL, "target mean", sure(-0.1), 0.2, 0.2, 0.3, "undecided"),
    )
    return TranslationResult(
        question=question, models=models, comparisons=comparisons if paired else (),
        coverage=(Coverage("all", 4, 0.9, 0.87), Coverage("colon", 2, 0.9, 0.95)),
        sensitivity=(Sensitivity("swapped pairs (q)", 3, sure(0.4), sure(0.5), sure(0.3)),),
        purity=None, findings=(), verdict=("So.",), patients=patients, genes=genes, run={},
    )  # fmt: skip


def blocks(section: Section, kind: type) -> list:
    every = [
        one
        for block in section.blocks
        for one in (block.figures if isinstance(block, Row) else (block,))
    ]
    for one in every:
        if isinstance(one, Figure):
            graph_objects.Figure({"data": one.traces, "layout": one.layout})
    return [one for one in every if isinstance(one, kind)]


def test_models_and_rules_stand_beside_one_another():
    error, _ = blocks(figures.scores(result()), Figure)
    ours, rules = error.traces
    assert (ours["x"], list(ours["y"])) == ([0.5], [0])
    assert (rules["x"], list(rules["y"])) == ([0.9, 0.6], [1, 2])
    assert ours["marker"]["symbol"] != rules["marker"]["symbol"]
    assert "squared log2 units" in error.layout["xaxis"]["title"]["text"]
    assert "<b>" not in error.layout["yaxis"]["ticktext"][0]
    held, compared = blocks(figures.scores(result()), Table)
    assert held.marked == {0}
    assert [row[0] for row in held.rows] == list(VALUES)
    assert held.columns[1].endswith("↓")
    assert [(row[0], row[-1]) for row in compared.rows] == [
        ("no change", "better"),
        ("target mean", "undecided"),
    ]


def test_a_model_without_a_figure_isnt_drawn():
    found = result()
    ours = found.models[EVIL]
    nothing = Estimate(np.nan, np.nan, np.nan)
    models = found.models | {EVIL: replace(ours, metrics=ours.metrics | {"error": nothing})}
    error, _ = blocks(figures.scores(replace(found, models=models)), Figure)
    assert error.layout["yaxis"]["ticktext"] == ["no change", "target mean"]
    assert error.traces[0]["x"] == []


def test_a_patient_below_the_line_is_better_off_with_the_model():
    cloud, histogram = blocks(figures.patients(result()), Figure)
    points, line = cloud.traces
    np.testing.assert_allclose(points["x"], [0.3, 0.7, 0.8, 0.3])  # the best rule, target mean
    np.testing.assert_allclose(points["y"], [0.1, 0.5, 0.6, 0.8])
    assert line["x"] == line["y"]
    assert cloud.alt.startswith("3 of 4 patients lie below the diagonal")
    assert "<" not in points["text"][0]
    assert points["text"][1] == "q (colon)"
    assert histogram.caption == "Above 0 for 75% of the patients."
    assert "Median 0.30, from -0.10 to 0.60." in histogram.alt
    said = figures.patients(result()).blocks[-1].text
    assert said.startswith("Without swapped pairs (q): 3 patients, error 0.400")


def test_tissues_have_their_own_rows_and_dashes_where_nobody_was_held_out():
    (table,) = blocks(figures.tissues(result()), Table)
    assert len(table.columns) == 2 + 2 * 2
    colon, liver = table.rows
    assert colon[:2] == ("colon", "2")
    assert colon[2].startswith("0.600")
    assert colon[3].startswith("0.700")
    assert set(liver[2:]) == {"–"}
    (unpaired,) = blocks(figures.tissues(result(paired=False)), Table)
    assert unpaired.columns[2] == f"Error of the mean, {EVIL}"
    assert figures.tissues(result(tissues=("colon",))).blocks == []


def test_intervals_are_set_beside_what_they_promise():
    (figure,) = blocks(figures.coverage(result()), Figure)
    assert figure.traces[0]["x"] == [0.87, 0.95]
    assert figure.layout["yaxis"]["ticktext"] == ["all (4)", "colon (2)"]
    assert figure.layout["shapes"][0]["x0"] == 0.9
    assert figure.alt == "87.0% over all, nominal 90%."
    assert figures.coverage(replace(result(), coverage=())).blocks == []


def test_the_best_genes_are_of_the_more_variable_half():
    section = figures.genes(result())
    (table,) = blocks(section, Table)
    assert [row[0] for row in table.rows] == ["C", "E", "A"]
    (histogram,) = blocks(section, Figure)
    assert "Median 0.250; 66.7% of the genes over 0.1." in histogram.alt
    assert figures.genes(replace(result(), genes=pd.DataFrame())).blocks == []


def test_purity_is_said_where_it_was_asked():
    assert figures.purity(result()).blocks == []
    found = Purity(("A", "B"), sure(0.3), sure(0.4), sure(0.1))
    (notice,) = figures.purity(replace(result(), purity=found)).blocks
    assert notice.message.startswith("A score of 2 genes of admixed cells explains 0.300")
    assert notice.items == ("A", "B")


@pytest.mark.parametrize("part", [figures.patients, figures.scores])
def test_without_pairs_nothing_is_said_of_a_person(part):
    section = part(result(paired=False))
    assert blocks(section, Figure) == []
