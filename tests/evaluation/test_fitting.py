"""Fitting inside the training part: nothing of the test part is seen, patients stay together."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.errors import FitError
from bulkwise.evaluation.candidates import taken_apart
from bulkwise.evaluation.fitting import cross_validate
from bulkwise.evaluation.inputs import open_inputs
from bulkwise.randomness import Seeds
from bulkwise.split import grouped_folds

SEEN: list[dict[str, object]] = []


class Witness(ClassifierMixin, BaseEstimator):
    """Writes down what it is given; predicts the first class."""

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}

    def __init__(self, tag: str = "", wrong: bool = False) -> None:
        self.tag = tag
        self.wrong = wrong

    def fit(self, X, y, *, groups=None):
        self.classes_ = np.unique(y)
        SEEN.append({"tag": self.tag, "X": np.asarray(X), "y": y, "groups": groups})
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), np.nan if self.wrong else 0.25)


class Rowwise(Witness):
    """A witness that can use the reduction, and says so."""

    def fit_rows(self, rows, y, *, groups=None):
        SEEN.append({"tag": "rows", "rows": rows, "groups": groups})
        self.history_ = {"loss": [1.0, 0.5]}
        return self.fit(rows.X, y, groups=groups)


class CountingScaler(TransformerMixin, BaseEstimator):
    fits = 0

    def fit(self, X, y=None):
        CountingScaler.fits += 1
        self.names_ = list(X.columns)
        self.mean_ = np.asarray(X).mean(axis=0)
        return self

    def transform(self, X):
        return np.asarray(X) - self.mean_


@pytest.fixture(autouse=True)
def forget():
    SEEN.clear()
    CountingScaler.fits = 0


def lined_up(cohort, models, n_repeats=1):
    inputs = open_inputs(cohort, target="tissue", groups=None, source=None, holdout_by=None)
    folds = grouped_folds(inputs.labels, inputs.groups, n_splits=4, n_repeats=n_repeats)
    candidates = [
        taken_apart(name, "model", model, None, Seeds(0)) for name, model in models.items()
    ]
    return inputs, folds, candidates


def test_every_sample_is_predicted_once_a_repeat_in_the_cohorts_order(cohort):
    inputs, folds, candidates = lined_up(cohort, {"nb": GaussianNB()}, n_repeats=2)
    found = cross_validate(inputs, folds, candidates)
    assert found.sample.tolist() == [*range(72), *range(72)]
    assert found.repeat.tolist() == [0] * 72 + [1] * 72
    for row in (0, 71, 72, 143):
        fold = folds[found.fold[row]]
        assert found.sample[row] in fold.test
        fresh = GaussianNB().fit(inputs.X[fold.train], inputs.labels[fold.train])
        own = fresh.predict_proba(inputs.X[[found.sample[row]]])[0]
        assert found.models["nb"].probabilities[row] == pytest.approx(own)


def test_groups_reach_the_last_step_and_only_training_patients(cohort):
    inputs, folds, candidates = lined_up(cohort, {"w": make_pipeline(StandardScaler(), Witness())})
    cross_validate(inputs, folds, candidates)
    for fold, seen in zip(folds, SEEN, strict=True):
        assert (seen["groups"] == inputs.groups[fold.train]).all()
        assert seen["X"].mean(axis=0) == pytest.approx(np.zeros(60), abs=1e-5)
        assert len(seen["X"]) == len(fold.train)


def test_an_inner_search_splits_by_patient(cohort):
    search = GridSearchCV(Witness(), {"tag": ["inner"]}, cv=GroupKFold(3))
    inputs, folds, candidates = lined_up(cohort, {"w": make_pipeline(StandardScaler(), search)})
    cross_validate(inputs, folds[:1], candidates)
    inner = [set(seen["groups"]) for seen in SEEN if len(seen["X"]) < len(folds[0].train)]
    assert len(inner) == 3
    everyone = set(inputs.groups[folds[0].train])
    for seen, patients in zip(SEEN, inner, strict=False):
        assert len(seen["groups"]) == 2 * len(patients)  # both samples of each patient, or none
        assert patients < everyone


def test_equal_preprocessing_is_fitted_once_a_fold_and_sees_gene_names(cohort):
    models = {name: make_pipeline(CountingScaler(), Witness(name)) for name in ("a", "b", "c")}
    inputs, folds, candidates = lined_up(cohort, models)
    cross_validate(inputs, folds, candidates)
    assert CountingScaler.fits == len(folds)
    assert len(SEEN) == 3 * len(folds)


def test_the_reduction_is_shared_where_it_pays_and_histories_are_kept(make_cohort):
    cohort = make_cohort(n_patients=12, n_genes=120)
    inputs, folds, candidates = lined_up(cohort, {"one": Rowwise("x"), "two": Rowwise("y")})
    found = cross_validate(inputs, folds, candidates, [inputs.labels])
    rows = [seen["rows"] for seen in SEEN if seen["tag"] == "rows"]
    assert len(rows) == 3 * len(folds)
    assert len({id(one) for one in rows}) == len(folds)
    assert {one.reduction for one in found.models.values()} == {"row space"}
    assert found.models["one"].histories[1] == {"fold": "fold 2", "loss": [1.0, 0.5]}
    assert {seen["groups"].size for seen in SEEN} == {18}


class Narrow(Rowwise):
    """Fitted on the row space, and says so."""

    def fit_rows(self, rows, y, *, groups=None):
        self.reduction_ = f"row space of rank {rows.rank}"
        self.model_ = GaussianNB().fit(rows.X @ rows.X.T[:, :3], y)
        self.own_ = rows.X
        return super().fit_rows(rows, y, groups=groups)

    def predict(self, X):
        return self.model_.predict(np.asarray(X) @ self.own_.T[:, :3])


def test_permuted_labels_are_fitted_at_the_width_of_the_samples(make_cohort):
    cohort = make_cohort(n_patients=12, n_genes=120)
    cohort.X -= cohort.X.mean(axis=0)
    inputs, folds, candidates = lined_up(cohort, {"one": Narrow()})
    found = cross_validate(inputs, folds, candidates, [inputs.labels])
    widths = [seen["rows"].n_genes for seen in SEEN if seen["tag"] == "rows"]
    assert widths == [120, 17] * len(folds)
    assert found.models["one"].reduction == "row space of rank 17"


def test_a_network_predicts_the_same_from_coordinates(make_cohort):
    from bulkwise.models import ExpressionClassifier
    from bulkwise.networks import MLP
    from bulkwise.training import Training

    cohort = make_cohort(n_patients=18, n_genes=150, effect=0.7)
    network = ExpressionClassifier(
        network=MLP(widths=(8,)), training=Training(epochs=5), random_state=0
    )
    inputs, folds, candidates = lined_up(cohort, {"mlp": network})
    found = cross_validate(inputs, folds, candidates, [inputs.labels])
    assert found.models["mlp"].reduction.startswith("row space of rank 2")
    assert (found.permuted[0] == found.models["mlp"].predicted).all()


def test_few_genes_are_not_reduced(cohort):
    inputs, folds, candidates = lined_up(cohort, {"one": Rowwise()})
    found = cross_validate(inputs, folds, candidates)
    assert found.models["one"].reduction == "full width"
    assert {seen["tag"] for seen in SEEN} == {""}


def test_permuted_labels_are_fitted_on_and_predicted(cohort):
    inputs, folds, candidates = lined_up(cohort, {"nb": GaussianNB()}, n_repeats=2)
    shifted = np.roll(inputs.labels, 2)
    found = cross_validate(inputs, folds, candidates, [inputs.labels, shifted])
    assert found.permuted.shape == (2, 72)
    assert (found.permuted[0] == found.models["nb"].predicted[:72]).all()
    fold = folds[0]
    fresh = GaussianNB().fit(inputs.X[fold.train], shifted[fold.train])
    names = np.array(inputs.classes)[found.permuted[1][fold.test]]
    assert (names == fresh.predict(inputs.X[fold.test])).all()


@pytest.mark.parametrize("tagged", [True, False])
def test_steps_that_use_labels_are_fitted_anew_on_permuted_ones(cohort, tagged):
    class Quiet(SelectKBest):
        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.target_tags.required = tagged
            return tags

    inputs, folds, candidates = lined_up(cohort, {"w": make_pipeline(Quiet(k=5), Witness())})
    shifted = np.random.default_rng(0).permutation(inputs.labels)
    cross_validate(inputs, folds[:1], candidates, [shifted])
    train = folds[0].train
    chosen = SelectKBest(k=5).fit_transform(inputs.X[train], shifted[train])
    assert SEEN[-1]["X"] == pytest.approx(chosen)
    assert not np.allclose(SEEN[0]["X"], chosen)


def test_scores_that_only_rank_are_marked(cohort):
    models = {
        "ridge": RidgeClassifier(),
        "logistic": LogisticRegression(max_iter=5000),
    }
    inputs, folds, candidates = lined_up(cohort, models)
    found = cross_validate(inputs, folds, candidates)
    calibrated = {name: one.calibrated for name, one in found.models.items()}
    assert calibrated == {"ridge": False, "logistic": True}
    for one in found.models.values():
        assert one.probabilities.sum(axis=1) == pytest.approx(np.ones(72))
        assert (one.probabilities.argmax(axis=1) == one.predicted).all()


def test_two_classes_by_decision_function(make_cohort):
    cohort = make_cohort(labels=("normal", "tumour"))
    inputs, folds, candidates = lined_up(cohort, {"ridge": RidgeClassifier()})
    found = cross_validate(inputs, folds, candidates)
    assert (found.models["ridge"].predicted == inputs.codes).mean() > 0.9
    assert found.models["ridge"].probabilities.shape == (72, 2)


def test_a_class_that_was_not_trained_on_gets_no_probability(cohort):
    inputs, _, candidates = lined_up(cohort, {"nb": GaussianNB()})
    known = np.flatnonzero(inputs.codes != 2)
    folds = [grouped_folds(inputs.labels, inputs.groups)[0]._replace(train=known[:30])]
    found = cross_validate(inputs, folds, candidates)
    assert (found.models["nb"].probabilities[:, 2] == 0).all()


def test_predictions_that_are_no_numbers_stop_with_the_models_name(cohort):
    inputs, folds, candidates = lined_up(cohort, {"mlp": Witness(wrong=True)})
    with pytest.raises(FitError, match="mlp predicted something else than numbers in fold 1"):
        cross_validate(inputs, folds, candidates)


def test_the_callers_model_is_left_unfitted(cohort):
    model = make_pipeline(PCA(3), GaussianNB())
    inputs, folds, candidates = lined_up(cohort, {"m": model})
    cross_validate(inputs, folds, candidates)
    assert not hasattr(model.named_steps["pca"], "components_")
    assert not hasattr(candidates[0].final, "classes_")
