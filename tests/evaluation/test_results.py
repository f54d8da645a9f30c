"""A result and its folder: what is written is what is read."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import InputError
from bulkwise.evaluation import Evaluation
from bulkwise.evaluation.base import METRICS, Estimate
from bulkwise.evaluation.results import probability_column


def copy(result, **changes):
    return Evaluation(**(vars(result) | changes))


def test_load_gives_back_an_equal_result(result, tmp_path):
    folder = result.save(tmp_path / "out")
    again = Evaluation.load(folder)
    assert again == result
    assert again.models["mlp"].metrics["auroc"] == result.models["mlp"].metrics["auroc"]
    assert (again.models["knn"].probabilities == result.models["knn"].probabilities).all()
    assert again.question == result.question
    assert again.controls == result.controls
    assert again.findings == result.findings
    assert again != copy(result, verdict=("something else",))
    assert result != "something else"


def test_the_promised_layout(result, tmp_path):
    folder = result.save(tmp_path / "out")
    document = json.loads((folder / "metrics.json").read_text())
    assert (document["schema"], document["format"]) == ("bulkwise/metrics", 1)
    assert list(document["models"]) == ["mlp", "majority", "logistic", "knn"]
    for model in document["models"].values():
        assert set(model["metrics"]) == set(METRICS)
        for estimate in model["metrics"].values():
            assert set(estimate) == {"value", "low", "high"}
    run = json.loads((folder / "run.json").read_text())
    for name in run["files"]:
        assert (folder / name).exists()
    assert run["command"] == "by hand"
    assert run["seed"] == 0


def test_predictions_are_a_row_a_sample(result, tmp_path):
    folder = result.save(tmp_path / "out")
    table = pd.read_csv(folder / "predictions.csv")
    assert list(table.columns) == [
        "sample",
        "group",
        "repeat",
        "fold",
        "model",
        "observed",
        "predicted",
        "p(kidney)",
        "p(liver)",
        "p(lung)",
    ]
    assert table["sample"].is_unique
    assert len(table) == 72
    assert set(table["repeat"]) == {1}
    assert (table["observed"] == table["predicted"]).mean() == pytest.approx(
        result.models["mlp"].metrics["accuracy"].value
    )
    rivals = pd.read_csv(folder / "baseline_predictions.csv")
    assert set(rivals["model"]) == {"majority", "logistic", "knn"}
    assert probability_column("a") == "p(a)"


@pytest.mark.parametrize("name", ["=1+1", "+cmd", "@SUM(A1)", "-2+3", "'quoted", "-1", "plain", ""])
def test_names_that_a_spreadsheet_would_run_are_disarmed_and_come_back(result, tmp_path, name):
    samples = result.predictions.sample.astype("U20")
    samples[0] = name
    odd = copy(result, predictions=replace(result.predictions, sample=samples))
    folder = odd.save(tmp_path / "out")
    written = (folder / "predictions.csv").read_text().splitlines()[1].split(",")[0].strip('"')
    assert written[:1] not in set("=+@\t\r")
    assert written != "-2+3"
    assert Evaluation.load(folder) == odd


def test_what_cannot_be_computed_stays_not_a_number(result, tmp_path):
    nothing = Estimate(float("nan"), float("nan"), float("nan"))
    model = result.models["mlp"]
    ranked = replace(model, metrics=model.metrics | {"brier": nothing})
    odd = copy(result, models=result.models | {"mlp": ranked})
    again = Evaluation.load(odd.save(tmp_path / "out"))
    assert np.isnan(again.models["mlp"].metrics["brier"].value)
    assert again == odd
    assert again != result


def test_saving_again_keeps_what_the_user_put_there_and_drops_the_old_report(result, tmp_path):
    folder = result.save(
        tmp_path / "out", draw=lambda stage: (stage / "report.html").write_text("of the old result")
    )
    assert (folder / "report.html").exists()
    (folder / "notes.txt").write_text("mine")
    result.save(folder)
    assert (folder / "notes.txt").read_text() == "mine"
    assert not (folder / "report.html").exists()


def test_the_summary_says_it_all_in_the_terminal(result):
    text = result.summary()
    assert "tissue in planted (72 samples, 36 patients or groups, 60 genes, 5 folds" in text
    assert str(result.models["mlp"].metrics["accuracy"]) in text
    assert text.splitlines()[-1] == result.verdict[-1]
    for finding in result.warnings:
        assert finding.message in text


def test_a_folder_that_is_none_or_was_changed_is_refused(result, tmp_path):
    with pytest.raises(InputError, match=r"no run\.json in it"):
        Evaluation.load(tmp_path)
    folder = result.save(tmp_path / "out")
    text = (folder / "metrics.json").read_text()
    (folder / "metrics.json").write_text(text.replace('"confusion"', '"confused"', 1))
    with pytest.raises(InputError, match="don't fit together"):
        Evaluation.load(folder)
    (folder / "metrics.json").write_text(text)
    (folder / "predictions.csv").unlink()
    with pytest.raises(InputError, match=r"predictions\.csv"):
        Evaluation.load(folder)
