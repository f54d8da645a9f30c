"""The section on a panel: what the sentence compares, and what the tables hold."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bulkwise.evaluation.base import Comparison, Estimate
from bulkwise.reporting.base import Figure, Row, Table
from bulkwise.reporting.panel import panel, panel_answer

SCORES = {
    "stable-4": 0.9, "all-logistic": 0.95, "all-mlp": 0.94, "ttest-4": 0.88,
    "random-4-1": 0.6, "random-4-2": 0.7,
}  # fmt: skip


def comparison(rival: str, *, model: str = "stable-4", decides: bool = True) -> Comparison:
    return Comparison(
        model, rival, "auroc", Estimate(0.02, -0.01, 0.05), 0.04, 0.08, "corrected resampled t",
        "folds", 0.02, "undecided", False, decides,
    )  # fmt: skip


def selected(scores: dict[str, float] = SCORES) -> Any:
    models = {
        name: SimpleNamespace(
            name=name,
            metrics={
                "auroc": Estimate(value, value - 0.05, value + 0.05),
                "balanced_accuracy": Estimate(value - 0.1, value - 0.2, value),
            },
        )
        for name, value in scores.items()
    }
    judged = SimpleNamespace(
        question=SimpleNamespace(metric="auroc", scheme="3 folds", margin=0.02),
        models=models,
        comparisons=(
            comparison("ttest-4"),
            comparison("all-mlp", decides=False),
            comparison("all-mlp", model="ttest-4"),
        ),
    )
    return SimpleNamespace(panel=judged, asked={"k": 4})


def test_the_sentence_sets_the_panel_beside_all_genes_the_t_and_chance() -> None:
    (block,) = panel_answer(selected())
    assert block.text == (
        "A panel of 4 genes, chosen and trained inside each fold, reaches AUROC 0.900; all genes "
        "0.950 (logistic), all genes 0.940 (mlp), the 4 genes of the largest t 0.880, and random "
        "panels of 4 genes 0.600 to 0.700."
    )
    assert block.strong


@pytest.mark.parametrize(("best", "said"), [(0.89, False), (0.9, True), (0.97, True)])
def test_random_genes_that_do_as_well_are_said(best: float, said: bool) -> None:
    (block,) = panel_answer(selected({**SCORES, "random-4-2": best}))
    assert ("Random genes do as well here" in block.text) == said


def test_every_model_has_its_row_in_both_figures() -> None:
    row = next(b for b in panel(selected()).blocks if isinstance(b, Row))
    first, second = row.figures
    assert isinstance(first, Figure)
    assert (first.title, second.title) == ("AUROC ↑", "Balanced accuracy ↑")
    assert [trace["x"] for trace in first.traces] == [[value] for value in SCORES.values()]
    assert [list(trace["y"]) for trace in first.traces] == [[i] for i in range(6)]
    assert first.layout["yaxis"]["ticktext"] == list(SCORES)
    assert first.alt.startswith("stable-4 0.900")


def test_the_table_holds_the_panels_own_tests_that_decide() -> None:
    table = next(b for b in panel(selected()).blocks if isinstance(b, Table))
    assert [line[0] for line in table.rows] == ["ttest-4"]
    assert table.rows[0][-1] == "undecided"
    assert "worse by less than 0.02" in table.caption


def test_a_panel_that_wasnt_judged_says_nothing() -> None:
    result = selected()
    result.panel = None
    assert panel_answer(result) == []
    assert panel(result).blocks == []
