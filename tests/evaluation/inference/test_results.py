"""The result of judging inference: its folder and what it says of flagged genes."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import InputError
from bulkwise.evaluation import InferenceEvaluation
from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.inference.results import Downstream, Rivalry, Scenario, Scores

NOTHING = float("nan")


def by_hand(expected: tuple[float, ...] = (0.1, 0.2, 0.3)) -> InferenceEvaluation:
    scores = {
        "ours": Scores(Estimate(0.5, 0.4, 0.6), 0.9, 0.88, 1.5),
        "mean": Scores(Estimate(0.8, 0.7, 0.9), 0.0, NOTHING, 0.1),
    }
    rivals = (Rivalry("mean", Estimate(-0.3, NOTHING, NOTHING), 0.01, 1.0),)
    genes = pd.DataFrame(
        {
            "gene": ["NA", "007", "=G"],
            "error(ours)": [0.2, 0.4, 0.9],
            "expected": expected,
            "inferable": [True, True, False],
        }
    )
    scenarios = (Scenario("within", 90, 30, 60, scores, rivals),)
    return InferenceEvaluation(
        scenarios, genes, "ours", "made", "log2", 10, 2, Downstream(), {"seed": 4}
    )


def test_it_comes_back_from_its_folder(tmp_path, result: InferenceEvaluation) -> None:
    again = InferenceEvaluation.load(result.save(tmp_path / "r"))
    assert str(again.scenarios) == str(result.scenarios)
    pd.testing.assert_frame_equal(again.genes, result.genes, check_dtype=False)
    assert again.metrics() == result.metrics()
    assert again.downstream == result.downstream


def test_gaps_stay_gaps_and_names_stay_text(tmp_path) -> None:
    again = InferenceEvaluation.load(by_hand((NOTHING,) * 3).save(tmp_path / "r"))
    assert again.genes["gene"].tolist() == ["NA", "007", "=G"]
    assert again.genes["expected"].isna().all()
    assert again.genes["expected"].dtype == np.float64
    assert again.genes["inferable"].tolist() == [True, True, False]
    assert np.isnan(again.scenarios[0].models["mean"].coverage)
    assert np.isnan(again.scenarios[0].rivals[0].difference.low)
    assert again.downstream.label == ""
    assert np.isnan(again.downstream.top)
    assert again.run == {"seed": 4}


def test_metrics_go_by_model_and_scenario() -> None:
    metrics = by_hand().metrics()["models"]
    assert metrics["mean"]["metrics"]["within"] == {"value": 0.8, "low": 0.7, "high": 0.9}


def test_flagged_genes_have_their_own_error() -> None:
    found = by_hand()
    assert found.flagged_error() == (0.9, pytest.approx(0.3))
    found.genes["inferable"] = True
    flagged, others = found.flagged_error()
    assert np.isnan(flagged)
    assert others == pytest.approx(0.5)


def test_what_does_not_fit_together_is_one_sentence(tmp_path) -> None:
    path = by_hand().save(tmp_path / "r")
    (path / "genes.csv").unlink()
    with pytest.raises(InputError, match="make them again"):
        InferenceEvaluation.load(path)
    path = by_hand().save(tmp_path / "s")
    document = json.loads((path / "metrics.json").read_text())
    del document["scenarios"][0]["rivals"]
    (path / "metrics.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match="make them again"):
        InferenceEvaluation.load(path)
    with pytest.raises(InputError):
        InferenceEvaluation.load(tmp_path / "nowhere")
