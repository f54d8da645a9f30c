"""Several targets in one run: patients apart, each target beside its rivals, controls that bite."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from bulkwise.errors import InputError, LeakageError, SampleError
from bulkwise.evaluation import evaluate

from .conftest import made, model

TARGETS = ["tissue", "condition"]
BARE = {"permutations": 0, "baselines": (), "folds": 3, "repeats": 1, "target": TARGETS}


def test_every_target_is_judged_on_the_same_folds_beside_its_own_baselines(result, cohort):
    assert list(result.targets) == TARGETS
    tissue, condition = result.targets.values()
    assert tissue.question.labels == ("colon", "kidney", "liver")
    assert condition.question.labels == ("normal", "tumour")
    for one in (tissue, condition):
        assert list(one.models) == ["both", "majority", "knn"]
        assert one.models["both"].metrics["balanced_accuracy"].value > 0.85
        assert one.models["majority"].metrics["balanced_accuracy"].value < 0.5 + 1e-9
        probabilities = one.models["both"].probabilities
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-9)
    np.testing.assert_array_equal(tissue.predictions.fold, condition.predictions.fold)
    np.testing.assert_array_equal(tissue.predictions.sample, cohort.obs_names)
    folds = dict(zip(tissue.predictions.group, tissue.predictions.fold, strict=True))
    assert all(
        folds[group] == fold
        for group, fold in zip(tissue.predictions.group, tissue.predictions.fold, strict=True)
    )
    every = set(zip(cohort.obs["tissue"], tissue.predictions.fold, strict=True))
    assert len(every) == 3 * 4


def test_permuted_labels_fall_to_chance(result):
    for one in result.targets.values():
        control = one.controls.permutation
        assert len(control.values) == 4
        assert control.observed > 0.85
        assert np.mean(control.values) < 0.7
        assert control.p_value == pytest.approx(1 / 5)


def test_the_same_seed_gives_the_same(result, cohort):
    again = evaluate(
        model(),
        cohort,
        target=TARGETS,
        name="both",
        folds=4,
        repeats=1,
        permutations=4,
        baselines=("majority", "knn"),
    )
    for name in TARGETS:
        ours, theirs = again.targets[name].models["both"], result.targets[name].models["both"]
        np.testing.assert_array_equal(ours.probabilities, theirs.probabilities)
        assert again.embeddings[name].x == result.embeddings[name].x


def test_a_forest_of_scikit_learn_learns_several_targets_too(cohort):
    forest = RandomForestClassifier(20, random_state=0)
    found = evaluate(forest, cohort, **BARE)
    assert found.targets["condition"].models["randomforestclassifier"].metrics["auroc"].value > 0.8
    assert found.embeddings == {}


def test_repeats_and_holding_out_a_source(cohort):
    twice = evaluate(model(), cohort, **(BARE | {"repeats": 2}))
    assert len(twice.targets["tissue"].predictions.sample) == 2 * cohort.n_obs
    assert len(twice.embeddings["tissue"].x) == cohort.n_obs
    across = evaluate(model(), cohort, **BARE, holdout_by="source")
    assert {"A", "B"} == {
        fold.split()[-1].strip("'") for fold in across.targets["tissue"].predictions.fold
    }


def test_a_missing_label_of_one_target_is_answered_in_one_sentence(cohort):
    gap = made()
    gap.obs["condition"] = gap.obs["condition"].astype(object)
    gap.obs.iloc[3, 1] = None
    with pytest.raises(SampleError, match="condition") as said:
        evaluate(model(), gap, **BARE)
    assert str(said.value).count("\n") == 0


def test_a_rare_class_is_named_with_its_target():
    rare = made()
    rare.obs.loc[rare.obs["patient"].isin(["P00", "P01"]), "tissue"] = "spleen"
    with pytest.raises(SampleError, match="class 'tissue: spleen' has 2"):
        evaluate(model(), rare, **BARE)


def test_models_that_cannot_be_judged_are_refused(cohort):
    with pytest.raises(InputError, match="doesn't predict 2 targets"):
        evaluate(_OneColumn(), cohort, **BARE)
    fitted = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(LeakageError, match="fitted already"):
        evaluate(fitted, cohort, **BARE)


class _OneColumn(DummyClassifier):
    def predict(self, X):
        return super().predict(X)[:, 0]
