"""From single patients' figures to estimates and tests: by hand and by scipy."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from bulkwise.checks.base import Finding
from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.translation.figures import comparisons_of, models_of, sensitivity_of
from bulkwise.evaluation.translation.folds import Gathered
from bulkwise.evaluation.translation.measures import PER_PATIENT
from bulkwise.evaluation.translation.results import Translator

N = 8
WEIGHTS = np.vstack([np.ones(N), np.eye(N) * N])
RNG = np.random.default_rng(0)
ERRORS = {
    "ours": np.linspace(0.5, 0.9, N),
    "worse": np.linspace(0.5, 0.9, N) + 0.3 + 0.05 * RNG.normal(size=N),
    "alike": np.linspace(0.5, 0.9, N) + 0.2 * np.tile([1, -1], N // 2),
    "better": np.linspace(0.5, 0.9, N) - 0.2 + 0.05 * RNG.normal(size=N),
}


def line(name: str) -> Translator:
    value = Estimate(float(ERRORS[name].mean()), 0.0, 1.0)
    role = "model" if name == "ours" else "rule"
    return Translator(name, role, name, 0.0, {"error": value}, {})


MADE = {name: line(name) for name in ERRORS}


def gathered() -> Gathered:
    """Two folds of four patients."""
    return Gathered(
        rows=[np.arange(4), np.arange(4, N)],
        figures={
            name: {key: [errors[:4], errors[4:]] for key in PER_PATIENT}
            for name, errors in ERRORS.items()
        },
        seconds={"ours": 3.0},
        looks={
            name: [(np.array(["target"] * 4), np.array(["a", "a", "b", "b"]))] * 2
            for name in ("ours", "worse")
        }
        | {"source": [(np.array(["source", "source", "source", "target"]), None)] * 2},
    )


def part(paired: bool = True) -> SimpleNamespace:
    samples = SimpleNamespace(
        tissue=np.tile(["a", "b"], N // 2), patient=np.array([f"P{i}" for i in range(N)])
    )
    return SimpleNamespace(samples=samples, paired=paired)


def test_the_first_model_is_tested_against_every_other_patient_by_patient():
    rows = {row.rival: row for row in comparisons_of(MADE, gathered(), WEIGHTS)}
    assert list(rows) == ["worse", "alike", "better"]
    raw = []
    for name, row in rows.items():
        gap = ERRORS["ours"] - ERRORS[name]
        assert row.difference.value == pytest.approx(gap.mean())
        assert row.p_value == pytest.approx(stats.ttest_rel(ERRORS["ours"], ERRORS[name]).pvalue)
        assert row.rank_p_value == pytest.approx(stats.wilcoxon(gap).pvalue)
        raw.append(row.p_value)
    adjusted = [rows[name].adjusted_p_value for name in rows]
    order = np.argsort(raw)
    expected = np.maximum.accumulate(np.array(raw)[order] * [3, 2, 1]).clip(max=1)
    np.testing.assert_allclose(np.array(adjusted)[order], expected)
    assert [row.verdict for row in rows.values()] == ["better", "undecided", "worse"]


def test_equal_errors_and_two_patients_decide_nothing():
    same = gathered()
    same.figures["worse"] = same.figures["ours"]
    row = comparisons_of({name: MADE[name] for name in ("ours", "worse")}, same, WEIGHTS)[0]
    assert (row.p_value, row.rank_p_value, row.verdict) == (1.0, 1.0, "undecided")
    few = gathered()
    for figures in few.figures.values():
        figures["error"] = [figures["error"][0][:2]]
    row = comparisons_of(MADE, few, np.ones((1, 2)))[0]
    assert (row.p_value, row.rank_p_value, row.verdict) == (1.0, 1.0, "undecided")


def test_figures_of_a_model_are_means_over_all_folds_and_by_tissue():
    found = models_of({"ours": "a pipeline"}, part(), gathered(), WEIGHTS)
    assert list(found) == ["ours", "worse"]
    ours, rule = found["ours"], found["worse"]
    assert (ours.role, rule.role, ours.seconds, rule.seconds) == ("model", "rule", 3.0, 0.0)
    assert ours.metrics["error"].value == pytest.approx(ERRORS["ours"].mean())
    assert ours.metrics["median_error"].value == pytest.approx(np.median(ERRORS["ours"]))
    assert ours.per_tissue["b"]["error"].value == pytest.approx(ERRORS["ours"][1::2].mean())
    # sources: 6 of 8 seen as sources, 2 as targets; targets: all 8 seen as targets
    expected = np.mean([2 * 6 / (8 + 6), 2 * 8 / (8 + 10)])
    assert ours.metrics["condition_f1"].value == pytest.approx(expected)
    tissues = ours.metrics["tissue_f1"]
    assert tissues.value == pytest.approx(0.5)
    assert tissues.low < 0.5  # draws of one patient whose tissue isn't seen


def test_without_pairs_groups_count_by_their_size():
    found = gathered()
    figures = [{"mean_error": v, "energy": 2 * v, "spread": 1.0} for v in (1.0, 4.0)]
    found.groups = {"ours": [("a", 30, figures[0]), ("b", 10, figures[1])]}
    made = models_of({"ours": "a pipeline"}, part(paired=False), found, WEIGHTS)
    assert made["ours"].metrics["mean_error"].value == pytest.approx(1.75)
    assert made["ours"].per_tissue["b"]["energy"].value == 8.0
    assert np.isnan(made["worse"].metrics["energy"].value)
    assert made["worse"].per_tissue == {}


def test_suspects_are_left_out_of_the_model_and_of_the_best_rule():
    finding = Finding("pair-suspect", "warning", "Odd.", ("P0", "P5"))
    rows = np.arange(N)
    (found,) = sensitivity_of(MADE, part(), gathered(), rows, WEIGHTS, [finding])
    kept = np.delete(rows, [0, 5])
    assert found.n == 6
    assert found.error.value == pytest.approx(ERRORS["ours"][kept].mean())
    assert found.rival_error.value == pytest.approx(ERRORS["better"][kept].mean())
    assert "P0, P5" in found.without
    other = Finding("other-conditions", "note", "Fine.", ("P1",))
    assert sensitivity_of(MADE, part(), gathered(), rows, WEIGHTS, [other]) == ()
