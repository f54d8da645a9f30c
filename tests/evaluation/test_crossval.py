"""Evaluate and compare, from a cohort to a verdict."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import bulkwise as bw
from bulkwise.errors import LeakageError
from bulkwise.evaluation import compare, evaluate
from bulkwise.evaluation.base import METRICS
from bulkwise.evaluation.corrected import BOOTSTRAP, RESAMPLED_T

FAST = {"repeats": 1, "permutations": 0, "baselines": ["majority", "knn"]}


def model():
    return make_pipeline(StandardScaler(), GaussianNB())


def codes(result):
    return {finding.code for finding in result.findings}


def test_the_planted_answer_is_found_and_nothing_is_claimed_alone(result):
    assert list(result.models) == ["mlp", "majority", "logistic", "knn"]
    assert [one.role for one in result.models.values()] == ["model"] + ["baseline"] * 3
    own = result.models["mlp"]
    assert own.metrics["accuracy"].value > 0.95
    assert result.models["majority"].metrics["balanced_accuracy"].value <= 1 / 3
    for one in result.models.values():
        for key in METRICS:
            estimate = one.metrics[key]
            assert estimate.low <= estimate.value <= estimate.high
    assert len(result.verdict) == 3
    assert "mlp is better" in result.verdict[-1]
    assert {(one.rival, one.method) for one in result.comparisons} == {
        (rival, method)
        for rival in ("majority", "logistic", "knn")
        for method in (BOOTSTRAP, RESAMPLED_T)
    }


def test_figures_are_those_of_the_predictions(result):
    rows, own = result.predictions, result.models["logistic"]
    assert own.metrics["accuracy"].value == pytest.approx(
        accuracy_score(rows.observed, own.predicted)
    )
    expected = confusion_matrix(rows.observed, own.predicted, labels=result.question.labels)
    assert np.array(own.confusion) == pytest.approx(expected)
    assert len(own.folds) == 5
    assert sum(fold.n_test for fold in own.folds) == 72


def test_no_patient_is_trained_on_and_tested(result):
    table = result.to_frame()
    assert (table.groupby("group")["fold"].nunique() == 1).all()


def test_controls_are_there_by_default_and_quiet_on_clean_data(result):
    control = result.controls.permutation
    assert len(control.values) == 5
    assert control.within == "source"
    assert np.mean(control.values) < 0.55 < control.observed
    assert len(result.controls.source_probes) == 3
    assert {one.column for one in result.controls.associations} == {"source", "age"}
    assert result.controls.leaks == ()
    assert result.warnings == ()
    assert {one.method for one in result.projections} <= {"PCA", "UMAP"}


def test_the_same_seed_gives_the_same_bytes(cohort, tmp_path):
    written = []
    for run in ("one", "two"):
        found = evaluate(model(), cohort, target="tissue", **FAST)
        written.append((found.save(tmp_path / run) / "predictions.csv").read_bytes())
    assert written[0] == written[1]
    other = evaluate(model(), cohort, target="tissue", **FAST, random_state=1)
    assert (other.save(tmp_path / "three") / "predictions.csv").read_bytes() != written[0]


def test_the_order_of_samples_does_not_matter(cohort):
    first = evaluate(model(), cohort, target="tissue", **FAST).to_frame()
    order = np.random.default_rng(0).permutation(72)
    second = evaluate(model(), cohort[order].copy(), target="tissue", **FAST).to_frame()
    joined = first.merge(second, on="sample")
    assert (joined["fold_x"] == joined["fold_y"]).all()
    assert joined["p(liver)_x"].to_numpy() == pytest.approx(
        joined["p(liver)_y"].to_numpy(), rel=1e-3
    )


def test_the_callers_cohort_and_model_are_untouched(cohort):
    before, asked = cohort.copy(), model()
    evaluate(asked, cohort, target="tissue", **FAST)
    assert (cohort.X == before.X).all()
    pd.testing.assert_frame_equal(cohort.obs, before.obs)
    assert not hasattr(asked.steps[0][1], "mean_")


def test_small_cohorts_are_repeated_and_decided_by_the_corrected_test(make_cohort):
    found = evaluate(
        model(),
        make_cohort(n_patients=15),
        target="tissue",
        permutations=0,
        baselines=["majority"],
    )
    assert (found.question.n_repeats, found.question.n_folds) == (10, 5)
    decided = [one for one in found.comparisons if one.decides]
    assert [one.method for one in decided] == [RESAMPLED_T]
    assert decided[0].metric == "balanced_accuracy"
    assert len(found.predictions.sample) == 300


def test_a_model_no_better_than_its_rival_is_told_so(cohort):
    found = evaluate(
        make_pipeline(StandardScaler(), DummyClassifier()), cohort, target="tissue", **FAST
    )
    assert found.verdict[0].endswith("knn is better.")


def test_nothing_learned_is_said(make_cohort):
    found = evaluate(
        model(),
        make_cohort(effect=0.0),
        target="tissue",
        repeats=1,
        permutations=19,
        baselines=[],
    )
    assert "no-better-than-permuted" in codes(found)


def test_two_equal_models_are_as_good_as_each_other_if_there_are_enough_patients(make_cohort):
    cohort = make_cohort(n_patients=150, effect=0.8)
    models = {"one": model(), "two": model()}
    found = compare(models, cohort, target="tissue", margin=0.05, **FAST)
    (row,) = [one for one in found.comparisons if one.decides and one.rival == "two"]
    assert (row.verdict, row.rival_suffices) == ("as good as", True)
    assert [one.role for one in found.models.values()] == ["model"] * 2 + ["baseline"] * 2
    assert set(found.to_frame()["model"]) == {"one", "two"}


def test_leaving_a_source_out(make_cohort):
    cohort = make_cohort(sources=True)
    found = evaluate(model(), cohort, target="tissue", holdout_by="source", **FAST)
    assert [fold.name for fold in found.models["gaussiannb"].folds] == ["east", "west"]
    assert found.question.holdout_by == "source"
    assert {one.method for one in found.comparisons} == {BOOTSTRAP}
    table = found.to_frame().set_index("sample")
    assert (table["fold"] == cohort.obs["source"].astype(str)[table.index]).all()


def test_a_split_of_ones_own(cohort):
    train, test = np.arange(48), np.arange(48, 72)
    found = evaluate(model(), cohort, target="tissue", split=[(train, test)], **FAST)
    assert found.predictions.sample.tolist() == list(cohort.obs_names[48:])
    assert found.question.scheme == "a split of the user's own (one part)"


def test_scores_that_only_rank(cohort, tmp_path):
    from sklearn.linear_model import RidgeClassifier

    found = evaluate(
        make_pipeline(StandardScaler(), RidgeClassifier()), cohort, target="tissue", **FAST
    )
    own = found.models["ridgeclassifier"].metrics
    assert np.isnan(own["brier"].value)
    assert own["auroc"].value > 0.95
    assert not any(one.metric == "brier" for one in found.comparisons)
    assert type(found).load(found.save(tmp_path / "out")) == found


def test_a_doubled_sample_is_named(cohort):
    del cohort.obs["patient"]
    again = cohort[:1].copy()
    again.obs_names = ["S000-again"]
    doubled = ad.concat([cohort, again], uns_merge="first")
    found = evaluate(model(), doubled, target="tissue", **FAST)
    leaks = [one for one in found.findings if one.code.endswith("identical")]
    assert leaks[0].items == ("S000 = S000-again",)


def test_a_batch_and_a_covariate_that_carry_the_label_are_named(make_cohort):
    cohort = make_cohort(sources=True)
    rng = np.random.default_rng(0)
    lung = (cohort.obs["tissue"] == "lung").to_numpy()
    cohort.obs["plate"] = np.where(lung, "p1", rng.choice(["p1", "p2", "p3"], 72))
    batch = (cohort.obs["source"] == "east").to_numpy()
    cohort.X[batch] += rng.normal(0, 1, 60)
    found = evaluate(model(), cohort, target="tissue", **FAST)
    named = {one.code: one for one in found.findings}
    assert named["covariates-predict-label"].items == ("plate",)
    assert set(named["source-predictable"].items) == {"kidney", "liver", "lung"}
    assert found.warnings[0].level == "warning"


def test_supervised_selection_outside_the_folds_would_be_seen_inside_it_is_not(make_cohort):
    noise = make_cohort(effect=0.0, n_genes=1500)
    inside = evaluate(
        make_pipeline(SelectKBest(k=10), GaussianNB()),
        noise,
        target="tissue",
        repeats=1,
        permutations=10,
        baselines=[],
    )
    assert inside.models["gaussiannb"].metrics["balanced_accuracy"].low < 1 / 3 + 0.02
    assert "permuted-labels-predicted" not in codes(inside)
    chosen = SelectKBest(k=10).fit(noise.X, noise.obs["tissue"]).get_support()
    outside = evaluate(
        GaussianNB(),
        noise[:, chosen].copy(),
        target="tissue",
        repeats=1,
        permutations=0,
        baselines=[],
    )
    assert outside.models["gaussiannb"].metrics["balanced_accuracy"].low > 0.4


def test_a_bare_model_is_said_to_see_values_as_they_are(cohort):
    found = evaluate(LogisticRegression(max_iter=2000), cohort, target="tissue", **FAST)
    assert found.question.preprocessing == "none"
    assert "Standardize" in found.question.baseline_preprocessing


def test_it_is_what_the_package_offers():
    assert bw.evaluate is evaluate
    assert bw.compare is compare


@pytest.mark.real
@pytest.mark.slow
def test_gtex_tissues_are_told_apart(data_folder):
    cohort = ad.read_h5ad(data_folder / "gtex_26_tissues.h5ad")
    found = evaluate(model(), cohort, target="tissue", permutations=1, baselines=["knn"])
    assert found.models["knn"].metrics["accuracy"].value > 0.9
    assert found.controls.permutation.values[0] < 0.1
    assert "no-patients" in codes(found)


def test_rivals_by_name_say_what_they_tried_and_what_they_found(make_cohort, tmp_path):
    cohort = make_cohort(30, effect=0.0)
    result = compare(
        ["lasso", "lda"], cohort, target="tissue", folds=3, repeats=1, permutations=0, tries=5
    )
    assert list(result.models) == ["lasso", "majority", "lda"]
    assert result.models["majority"].tries == 1
    assert 1 < result.models["lasso"].tries <= 5
    said = [one.message for one in result.findings if one.code == "fit-note"]
    assert len(said) == 1
    assert "lasso: the LASSO selected no gene" in said[0]
    assert result == bw.evaluation.Evaluation.load(result.save(tmp_path / "out"))
    assert " tries" in result.summary()


def frozen(cohort, tmp_path, rows):
    part = cohort[rows].copy()
    scaler = make_pipeline(bw.preprocess.Standardize(), LogisticRegression())
    bw.recipes.fit(scaler, part, target="tissue")
    bw.save(scaler, tmp_path / "b.zip", cohort=part, target="tissue", groups="patient")
    loaded = bw.load(tmp_path / "b.zip").model
    return make_pipeline(FrozenEstimator(loaded.steps[0][1]), LogisticRegression())


def test_a_frozen_part_that_knows_tested_patients_is_a_leak(make_cohort, tmp_path):
    cohort = make_cohort()
    known = cohort.obs["patient"].isin(["P01", "P02", "P03", "P04"]).to_numpy()
    with pytest.raises(LeakageError, match="trained on 4 of the patients tested here \\('P01'"):
        evaluate(frozen(cohort, tmp_path, known), cohort, target="tissue", **FAST)
    known = cohort.obs["patient"].to_numpy() < "P12"
    result = evaluate(
        frozen(cohort, tmp_path, known), cohort[~known].copy(), target="tissue", **FAST
    )
    (said,) = [one for one in result.findings if one.code == "frozen-step"]
    assert said.level == "note"
    assert "none of the samples and patients" in said.message


def test_few_positives_are_said_to_support_no_claim(make_cohort):
    cohort = make_cohort(40, labels=("no", "yes"))
    keep = (cohort.obs["tissue"] == "no") | (cohort.obs["patient"] < "P12")
    few = cohort[keep.to_numpy()].copy()
    result = evaluate(model(), few, target="tissue", **FAST)
    assert result.verdict[0].startswith("No claim: fewer than 10 patients")
    assert "(6 of yes)" in result.verdict[0]
    assert "No claim" in result.summary()
    assert not evaluate(model(), cohort, target="tissue", **FAST).verdict[0].startswith("No claim")


def test_genes_left_out_as_hardly_expressed_are_told(make_cohort):
    cohort = make_cohort()
    cohort.uns["unit"] = "log2_tpm"
    cohort.X[:, 50:] = 0.01
    result = compare(["lda"], cohort, target="tissue", folds=3, repeats=1, permutations=0)
    (said,) = [one.message for one in result.findings if one.code == "hardly-expressed"]
    assert said.startswith("10 of 60 genes were left out")
    assert "ExpressionFilter" in result.question.preprocessing
