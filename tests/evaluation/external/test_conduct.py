from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anndata as ad
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.errors import InputError, LeakageError, SampleError, UnitError
from bulkwise.evaluation import validate
from bulkwise.evaluation.external import FOLLOW_UP_METRICS, ExternalValidation

Make = Callable[..., ad.AnnData]
SURVIVAL = {"time": "days", "event": "relapse", "years": 5.0}


def model() -> object:
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1))


def test_all_rivals_stand_beside_the_model_under_the_names_of_the_table(
    found: ExternalValidation,
) -> None:
    assert list(found.models) == [
        "ours",
        "ours + clinical",
        "majority",
        "logistic",
        "knn",
        "grade",
        "age",
        "clinical",
    ]
    for one in found.models.values():
        for key in ("auroc", "brier", *FOLLOW_UP_METRICS):
            estimate = one.metrics[key]
            assert estimate.low <= estimate.value <= estimate.high
    assert found.models["majority"].metrics["auroc"].value == pytest.approx(0.5)


def test_the_figures_are_those_of_a_fit_by_hand(
    found: ExternalValidation, home: ad.AnnData, away: ad.AnnData
) -> None:
    from bulkwise.evaluation import with_endpoint

    own, other = (
        with_endpoint(cohort, time="days", event="relapse", years=5) for cohort in (home, away)
    )
    genes = [name for name in home.var_names if name in set(away.var_names)]
    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=0.1)).fit(
        own.known[:, genes].X, own.known.obs[own.target]
    )
    p = fitted.predict_proba(other.known[:, genes].X)[:, 1]
    area = roc_auc_score(other.known.obs[other.target] == "yes", p)
    assert found.models["ours"].metrics["auroc"].value == pytest.approx(area, abs=1e-6)
    np.testing.assert_allclose(found.models["ours"].probabilities[:, 1], p, atol=1e-5)


def test_what_was_planted_is_found(found: ExternalValidation) -> None:
    value = {name: one.metrics["auroc"].value for name, one in found.models.items()}
    assert value["ours"] > 0.8
    assert value["grade"] > 0.55
    assert value["ours + clinical"] > value["ours"]
    assert abs(value["age"] - 0.5) < 0.2
    assert "ours + clinical is better" in " ".join(found.verdict)


def test_the_censored_are_in_the_risks_and_not_among_the_labels(found: ExternalValidation) -> None:
    facts = found.external.test
    assert facts.censored > 0
    assert len(found.risks) == sum(facts.counts.values()) + facts.censored == 100
    assert (found.risks["endpoint"] == "").sum() == facts.censored
    assert len(found.evaluation.predictions.sample) == sum(facts.counts.values())
    assert found.evaluation.question.n_samples == sum(facts.counts.values())


def test_calibration_before_and_after(found: ExternalValidation) -> None:
    by_model = {one.model: one for one in found.external.calibration}
    assert "majority" not in by_model
    ours = by_model["ours"]
    assert ours.after is not None
    assert ours.brier == found.models["ours"].metrics["brier"]
    assert sum(ours.reliability.count) == found.evaluation.question.n_samples
    assert ours.slope.low < ours.slope.value < ours.slope.high


def test_strata_hold_all_patients_with_a_label(found: ExternalValidation) -> None:
    assert [one.level for one in found.external.strata] == ["negative", "positive"]
    total = sum(n for one in found.external.strata for n in one.counts.values())
    assert total == found.evaluation.question.n_samples
    for one in found.external.strata:
        assert one.auroc["ours"].value > 0.7


def test_the_test_cohorts_outcomes_change_no_prediction(
    found: ExternalValidation, home: ad.AnnData, away: ad.AnnData
) -> None:
    turned = away.copy()
    rng = np.random.default_rng(0)
    order = rng.permutation(turned.n_obs)
    for column in ("days", "relapse"):
        turned.obs[column] = away.obs[column].to_numpy()[order]
    again = validate({"ours": model()}, home, turned, **SURVIVAL, clinical=["grade", "age"])
    for name in found.models:
        np.testing.assert_array_equal(again.risks[f"risk({name})"], found.risks[f"risk({name})"])
    assert abs(again.models["ours"].metrics["auroc"].value - 0.5) < 0.2


def test_the_same_seed_gives_the_same_result(home: ad.AnnData, away: ad.AnnData) -> None:
    first, second = (
        validate(model(), home, away, **SURVIVAL, baselines=("logistic",)) for _ in range(2)
    )
    assert first.models["logistic"].metrics == second.models["logistic"].metrics
    assert first.verdict == second.verdict


def test_a_target_column_with_three_classes(make_cohort: Make) -> None:
    cohorts = make_cohort(), make_cohort("away", seed=1)
    for cohort in cohorts:
        level = np.argsort(np.argsort(np.asarray(cohort.X)[:, 5:10].sum(axis=1)))
        cohort.obs["subtype"] = np.array(["a", "b", "c"])[level * 3 // cohort.n_obs]
    found = validate(model(), *cohorts, target="subtype")
    assert found.external.endpoint is None
    assert found.risks.empty
    assert not set(FOLLOW_UP_METRICS) & set(found.models["majority"].metrics)
    (ours,) = (one for one in found.external.calibration if one.model == "logisticregression")
    assert np.isnan(ours.slope.value)
    assert ours.after is not None
    assert len(ours.after.intercepts) == 3
    assert found.models["logisticregression"].metrics["auroc"].value > 0.7


def test_two_units_are_allowed_where_said(make_cohort: Make, home: ad.AnnData) -> None:
    other = make_cohort("away", seed=1, unit="log2_rma", shift=4.0)
    with pytest.raises(UnitError, match="--scaling within"):
        validate(model(), home, other, **SURVIVAL)
    found = validate(model(), home, other, **SURVIVAL, scaling="within")
    assert found.external.unit == "log_ratio"
    assert found.models["logisticregression"].metrics["auroc"].value > 0.8
    assert "scaled-within-cohort" in [finding.code for finding in found.findings]


def test_two_platforms_meet_by_a_column_of_the_genes(make_cohort: Make, home: ad.AnnData) -> None:
    other = make_cohort("away", 100, seed=1)
    other.var["symbol"] = other.var_names
    other.var_names = [f"{j}_at" for j in range(other.n_vars)]
    found = validate(model(), home, other, **SURVIVAL, genes_by="symbol", baselines=())
    assert found.external.n_shared == 40
    assert found.external.test.ids == "probe"
    assert "genes-renamed" in {finding.code for finding in found.findings}


def test_few_patients_are_shown_and_said_to_support_no_claim(
    make_cohort: Make, home: ad.AnnData
) -> None:
    away = make_cohort("away", 100, seed=1)
    known = with_few(away)
    found = validate(model(), home, known, target="tissue", baselines=("majority",))
    assert not found.external.supports_claim
    (finding,) = (one for one in found.findings if one.code == "too-few-for-a-claim")
    assert finding.level == "warning"
    assert "6 patients of class 'high', fewer than 10" in finding.message
    assert "can't support a claim" in finding.message
    assert np.isfinite(found.models["logisticregression"].metrics["auroc"].value)


def with_few(cohort: ad.AnnData) -> ad.AnnData:
    high = np.flatnonzero(cohort.obs["tissue"] == "high")[:6]
    low = np.flatnonzero(cohort.obs["tissue"] == "low")
    return cohort[np.sort(np.concatenate([high, low]))].copy()


class Peeking(ClassifierMixin, BaseEstimator):
    """A model that keeps whom it was fitted on."""

    seen: list[int] = []  # noqa: RUF012

    def fit(self, X: np.ndarray, y: np.ndarray) -> Peeking:
        self.classes_ = np.unique(y)
        Peeking.seen.append(len(X))
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.repeat(self.classes_[:1], len(X))


def test_only_training_patients_with_a_label_are_fitted_on(
    home: ad.AnnData, away: ad.AnnData
) -> None:
    Peeking.seen.clear()
    found = validate({"m": Peeking()}, home, away, **SURVIVAL, baselines=())
    assert Peeking.seen == [sum(found.external.train.counts.values())]
    assert [one.model for one in found.external.calibration] == []


def test_patients_in_both_cohorts_are_refused(make_cohort: Make, home: ad.AnnData) -> None:
    with pytest.raises(LeakageError, match="stand in both cohorts: 'home000'"):
        validate(model(), home, make_cohort("home", 50, seed=3), **SURVIVAL)
    own, other = make_cohort(), make_cohort("away", seed=1)
    own.obs_names = [f"TCGA-AA-{i:04d}-11A" for i in range(120)]
    other.obs_names = [f"TCGA-{'AA' if i < 2 else 'BB'}-{i:04d}-01A" for i in range(120)]
    with pytest.raises(LeakageError, match=r"2 patients stand in both cohorts by the barcodes"):
        validate(model(), own, other, **SURVIVAL)


def test_profiles_that_are_the_same_are_warned_of(make_cohort: Make, home: ad.AnnData) -> None:
    other = make_cohort("away", seed=1)
    other.X[:3] = home.X[:3]
    found = validate(model(), home, other, **SURVIVAL, baselines=("majority",))
    (finding,) = (one for one in found.findings if one.code == "leak-near-identical")
    assert finding.level == "warning"
    assert len(finding.items) == 3


def test_questions_that_cannot_be_asked(make_cohort: Make, home: ad.AnnData) -> None:
    other = make_cohort("away", seed=1)
    with pytest.raises(InputError, match="not both"):
        validate(model(), home, other, target="tissue", **SURVIVAL)
    with pytest.raises(InputError, match=r"all three\)"):
        validate(model(), home, other, time="days")
    with pytest.raises(InputError, match="metric 'auc' isn't known"):
        validate(model(), home, other, target="tissue", metric="auc")
    with pytest.raises(InputError, match="no network 'resnet'"):
        validate("resnet", home, other, target="tissue")
    with pytest.raises(InputError, match="clinical column 'grade' is called like a model"):
        validate({"grade": model()}, home, other, **SURVIVAL, clinical=["grade"])
    with pytest.raises(SampleError, match="no column 'stage'"):
        validate(model(), home, other, **SURVIVAL, strata=["stage"])
    with pytest.raises(SampleError, match="too many for strata"):
        validate(model(), home, other, **SURVIVAL, strata=["age"])


def test_labels_that_differ_between_the_cohorts(make_cohort: Make, home: ad.AnnData) -> None:
    other = make_cohort("away", seed=1)
    other.obs["tissue"] = other.obs["tissue"].str.upper()
    with pytest.raises(SampleError, match=r"class 'HIGH' .* lacks \(it has 'high', 'low'\)"):
        validate(model(), home, other, target="tissue")
    other.obs["tissue"] = "high"
    with pytest.raises(SampleError, match="only the class 'high'"):
        validate(model(), home, other, target="tissue")
    other.obs["relapse"] = "no"
    with pytest.raises(SampleError, match="only the class 'no'"):
        validate(model(), home, other, **SURVIVAL)


def test_a_fitted_model_is_refused(home: ad.AnnData, away: ad.AnnData) -> None:
    fitted = LogisticRegression().fit([[0.0], [1.0]], ["a", "b"])
    with pytest.raises(LeakageError, match="fitted already"):
        validate(fitted, home, away, **SURVIVAL)


def test_nobody_writes_into_the_cohorts(make_cohort: Make) -> None:
    own, other = make_cohort(), make_cohort("away", seed=1)
    before = [(cohort.X.copy(), cohort.obs.copy(), dict(cohort.uns)) for cohort in (own, other)]
    validate(model(), own, other, **SURVIVAL, clinical=["grade"], baselines=("majority",))
    for cohort, (X, obs, uns) in zip((own, other), before, strict=True):
        np.testing.assert_array_equal(cohort.X, X)
        assert cohort.obs.equals(obs)
        assert dict(cohort.uns) == uns


@pytest.mark.real
def test_metastasis_after_five_years(data_folder: Path) -> None:
    """What was seen in these cohorts: genes 0.73-0.75, grade 0.64, ER+ 0.78 and ER- 0.60."""
    cohorts = [
        ad.read_h5ad(data_folder / "metastasis" / f"{name}.h5ad")
        for name in ("gse2034_subset", "gse7390")
    ]
    for cohort in cohorts:
        cohort.uns["platform"] = "U133A"
    found = validate(
        model(),
        *cohorts,
        time="days",
        event="distant_metastasis",
        years=5,
        clinical=["grade", "size", "er", "age"],
        strata=["er"],
    )
    assert found.external.n_shared == 76
    area = {name: one.metrics["auroc"].value for name, one in found.models.items()}
    assert area["logistic"] == pytest.approx(0.745, abs=0.02)
    assert area["grade"] == pytest.approx(0.636, abs=0.01)
    negative, positive = found.external.strata
    assert positive.auroc["logistic"].value == pytest.approx(0.80, abs=0.04)
    assert negative.auroc["logistic"].value == pytest.approx(0.62, abs=0.04)
    codes = {finding.code for finding in found.findings}
    assert {"clinical-other-scale", "clinical-turned-round", "clinical-missing"} <= codes
    logistic = next(one for one in found.external.calibration if one.model == "logistic")
    assert logistic.after is not None
    assert logistic.after.brier.value < logistic.brier.value
