import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.errors import InputError
from bulkwise.evaluation import DirectionEvaluation, evaluate_direction
from bulkwise.evaluation.direction import read_directions
from bulkwise.models import DirectionModel
from bulkwise.reporting.direction import judgement, prediction
from bulkwise.reporting.html import render
from bulkwise.training import Training

QUICK = DirectionModel(
    draws=4,
    sizes=(2, 3),
    members=2,
    random_state=0,
    training=Training(optimizer="adamw", learning_rate=0.01, epochs=3, patience=None),
)


def made(name, seed, genes=120):
    rng = np.random.default_rng(seed)
    first = np.arange(32) < 16
    change = np.repeat([1.5, -1.5, 0.0], genes // 3)
    levels = rng.normal(6, 1, size=genes) + rng.normal(size=(32, genes)) + first[:, None] * change
    words = np.repeat(["up", "down", "neutral"], genes // 3)
    return AnnData(
        X=levels.astype(np.float32),
        obs=pd.DataFrame(
            {"condition": np.where(first, "tumour", "normal")},
            index=[f"{name}{i}" for i in range(32)],
        ),
        var=pd.DataFrame({"direction": words}, index=[f"G{j}" for j in range(genes)]),
        uns={"unit": "log2", "cohort": name},
    )


@pytest.fixture(scope="module")
def cohorts():
    return [made(name, seed) for seed, name in enumerate(("KIRC", "KIRP", "BRCA"))]


@pytest.fixture(scope="module")
def result(cohorts):
    return evaluate_direction(
        cohorts, model=QUICK, sizes=(2, 4), draws=3, truth="direction", random_state=1
    )


def test_relatives_are_held_out_together(result):
    assert result.run["folds"] == ["BRCA", "kidney"]
    assert result.families["KIRC"] == result.families["KIRP"]


def test_relatives_may_teach_when_asked(cohorts):
    told = evaluate_direction(
        cohorts, model=QUICK, sizes=(2,), draws=2, truth="direction", test=["KIRC"], relatives=True
    )
    assert told.run["folds"] == ["KIRC"]
    assert told.run["relatives"] is True
    assert told.families["KIRP"] == "KIRP"


def test_every_method_is_judged_in_every_cohort(result):
    table = result.by_cohort("accuracy", 2)
    assert next(iter(table.columns)) == "model"
    assert {"mean, CPM", "mean, TMM", "Wilcoxon", "majority"} <= set(table.columns)
    assert {"other cohorts", "drawn to their mean", "adaptive prior"} <= set(table.columns)
    assert table.shape[0] == 3
    assert table.notna().all().all()
    assert table["model"].mean() > 0.8
    assert table["majority"].between(0.45, 0.55).all()


def test_ranking_is_judged_beside_limma(result):
    ranking = result.by_cohort("ranking", 4)
    assert {"model", "limma", "closed form"} == set(ranking.columns)
    assert ranking.notna().all().all()


def test_intervals_hold_the_value(result):
    value, low, high = result.estimate("model", "accuracy", 4)
    assert low <= value <= high
    error, low, high = result.calibration_estimate()
    assert 0 <= low <= error <= max(high, error)


def test_what_is_saved_is_what_is_loaded(result, tmp_path):
    result.save(tmp_path / "out")
    again = DirectionEvaluation.load(tmp_path / "out")
    for metric in ("accuracy", "mcc", "ranking"):
        assert again.estimate("model", metric, 2) == pytest.approx(
            result.estimate("model", metric, 2)
        )
    assert again.calibration_estimate() == pytest.approx(result.calibration_estimate())
    assert "ranking_2" in again.metrics()["models"]["limma"]["metrics"]


def test_swapped_labels_are_refused(cohorts):
    cohort = cohorts[0].copy()
    cohort.var["direction"] = cohort.var["direction"].map(
        {"up": "down", "down": "up", "neutral": "neutral"}
    )
    with pytest.raises(InputError, match="probably swapped"):
        evaluate_direction([cohort, cohorts[2]], model=QUICK, truth="direction")


def test_labels_without_any_direction_are_refused(cohorts):
    cohort = cohorts[0].copy()
    cohort.var["direction"] = "neutral"
    with pytest.raises(InputError, match="All genes"):
        evaluate_direction([cohort, cohorts[2]], model=QUICK, truth="direction")


def test_one_family_is_refused(cohorts):
    with pytest.raises(InputError, match="two families"):
        evaluate_direction(cohorts[:2], model=QUICK)


def test_the_judgement_is_a_page(result):
    page = render(judgement(result))
    for words in ("Directions from few samples", "mean, TMM", "Calibration"):
        assert words in page


def test_a_reading_sets_prediction_beside_the_test(cohorts):
    small = cohorts[2][[0, 1, 16, 17]].copy()
    fitted = DirectionModel(**QUICK.get_params(deep=False)).fit(cohorts[:2])
    library = {
        "rising": tuple(f"G{j}" for j in range(30)),
        "other": tuple(f"G{j}" for j in range(80, 110)),
    }
    for model in (None, fitted):
        reading = read_directions(
            small, column="condition", contrast="tumour:normal", model=model, libraries=[library]
        )
        rising = reading.table[:40]
        assert (rising["up"] > rising["down"]).mean() > 0.8
        assert reading.plotted.shape == (4, min(12, len(reading.disagreements)))
        page = render(prediction(reading))
        assert "Where they differ" in page
    assert reading.enrichment is not None
    best = reading.enrichment.table.sort_values("p_value").iloc[0]
    assert (best["term"], best["list"]) == ("rising", "up")
