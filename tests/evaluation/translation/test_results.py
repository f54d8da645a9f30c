"""The result of a judgement: its folder, its best rule, its table."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import InputError
from bulkwise.evaluation import TranslationResult
from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.translation.results import (
    PAIRED_METRICS,
    UNPAIRED_METRICS,
    Purity,
    TranslationQuestion,
    Translator,
)


def sure(value: float) -> Estimate:
    return Estimate(value, value - 0.1, value + 0.1)


def judgement(paired: bool = True) -> TranslationResult:
    """Three lines; the model is worse than the second rule."""
    keys = PAIRED_METRICS if paired else UNPAIRED_METRICS
    lines = {"translator": 0.5, "no change": 0.9, "target mean": 0.4}
    models = {
        name: Translator(
            name,
            "rule" if " " in name else "model",
            name,
            0.5,
            dict.fromkeys(keys, sure(value)),
            {},
        )
        for name, value in lines.items()
    }
    question = TranslationQuestion(
        "planted", "log2_tpm", "condition", "normal", "tumour", None, "patient", paired, 72, 60,
        36, 36, {"all": 36}, "folds by patient", 3, 0.9,
    )  # fmt: skip
    return TranslationResult(
        question=question, models=models, comparisons=(), coverage=(), sensitivity=(), purity=None,
        findings=(), verdict=("So it is.",), run={"seed": 0}, genes=pd.DataFrame({"gene": ["NA"]}),
        patients=pd.DataFrame({"sample": ["007", "=1"], "error": [0.5, 0.25]}),
    )  # fmt: skip


def test_a_judgement_comes_back_from_its_folder(result, tmp_path):
    result.save(tmp_path / "out")
    again = TranslationResult.load(tmp_path / "out")
    assert again.question == result.question
    assert again.summary() == result.summary()
    assert again.patients["error"].tolist() == pytest.approx(result.patients["error"].tolist())
    document = json.loads((tmp_path / "out" / "metrics.json").read_text())
    value = document["models"]["translator"]["metrics"]["error"]
    assert value.keys() == {"value", "low", "high"}
    (tmp_path / "out" / "patients.csv").unlink()
    with pytest.raises(InputError, match="make them again"):
        TranslationResult.load(tmp_path / "out")


@pytest.mark.parametrize("paired", [True, False])
def test_the_best_rule_has_the_smallest_error_whatever_the_model_has(paired):
    found = judgement(paired)
    assert found.best_rule == "target mean"
    assert set(found.metrics) == set(found.models["translator"].metrics)
    alone = replace(found, models={"translator": found.models["translator"]})
    assert alone.best_rule is None


def test_names_stay_text_and_nothing_paired_is_an_empty_table(tmp_path):
    found = judgement()
    purity = Purity(("A", "B"), sure(0.2), sure(0.3), Estimate(0.1, np.nan, np.nan))
    replace(found, purity=purity, genes=pd.DataFrame()).save(tmp_path / "out")
    again = TranslationResult.load(tmp_path / "out")
    assert again.patients["sample"].tolist() == ["007", "=1"]
    assert again.genes.empty
    assert again.purity.genes == ("A", "B")
    assert np.isnan(again.purity.after.low)
    assert again.run == {"seed": 0}


def test_a_figure_without_an_interval_or_none_is_shown_so():
    found = judgement()
    line = found.models["translator"]
    metrics = line.metrics | {
        "error": Estimate(0.5, np.nan, np.nan),
        "coverage": Estimate(np.nan, np.nan, np.nan),
    }
    models = found.models | {"translator": replace(line, metrics=metrics)}
    text = replace(found, models=models).summary().splitlines()
    assert text[0].startswith("normal to tumour in planted (36 pairs, 1 tissues, 60 genes")
    row = text[3].split()
    assert row[:2] == ["translator", "0.500"]
    assert "-" in row
    assert "Median error" not in text[2]
    assert text[-1] == "So it is."


def test_a_folder_whose_figures_were_changed_is_refused(tmp_path):
    path = judgement().save(tmp_path / "out") / "metrics.json"
    document = json.loads(path.read_text())
    del document["models"]["translator"]["role"]
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match="make them again"):
        TranslationResult.load(tmp_path / "out")
