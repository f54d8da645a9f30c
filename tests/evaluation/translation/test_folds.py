"""One fold: who is trained on, who is tested, and the figures of a model that is known."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from bulkwise.baselines.translation import NEEDS_PAIRS, RULES
from bulkwise.evaluation.translation.folds import Gathered, Part, run_fold
from bulkwise.models.translator.pairing import open_samples
from bulkwise.split import Fold


class Up(BaseEstimator):
    """Every value a little higher, within an interval; remembers who it was trained on."""

    trained: ClassVar[list[str]] = []

    def fit(self, cohort):
        Up.trained = list(cohort.obs_names)
        return self

    def predict(self, cohort):
        made = cohort.copy()
        made.X = cohort.X + 1.5
        made.layers["low"], made.layers["high"] = made.X - 1, made.X + 1
        return made


def part_of(cohort, pairs: str | None = "patient") -> Part:
    samples = open_samples(
        cohort, column="condition", source="normal", target="tumour", tissue="tissue", pairs=pairs
    )
    tissues, codes = np.unique(samples.tissue, return_inverse=True)
    return Part(cohort, samples, codes, tissues, pairs is not None, None, 0)


@pytest.fixture
def fold(pairs_cohort) -> Fold:
    """Every fourth patient is tested."""
    held = pairs_cohort.obs["patient"].str[1:].astype(int).to_numpy() % 4 == 0
    return Fold(np.flatnonzero(~held), np.flatnonzero(held), name="fold 1", repeat=0)


def test_only_training_patients_are_seen_and_only_the_others_judged(pairs_cohort, fold):
    into = Gathered()
    run_fold(part_of(pairs_cohort), fold, 3, {"up": Up()}, into)
    assert pairs_cohort.obs_names[fold.train].tolist() == Up.trained
    (rows,) = into.rows
    assert rows.tolist() == list(range(0, 36, 4))
    assert into.fold[0].tolist() == [3] * 9
    assert set(into.figures) == {"up", *RULES}
    X = pairs_cohort.X.astype(np.float64)
    truth, predicted = X[rows + 36], X[rows] + 1.5
    (error,) = into.figures["up"]["error"]
    np.testing.assert_allclose(error, np.square(predicted - truth).mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(
        into.squares["up"], np.square(predicted - truth).sum(axis=0), rtol=1e-5
    )
    (coverage,) = into.figures["up"]["coverage"]
    np.testing.assert_allclose(coverage, (np.abs(predicted - truth) <= 1).mean(axis=1))
    assert np.isnan(into.figures["target mean"]["coverage"][0]).all()
    (unchanged,) = into.figures["no change"]["error"]
    np.testing.assert_allclose(unchanged, np.square(X[rows] - truth).mean(axis=1), rtol=1e-5)


def test_the_centre_of_what_is_personal_is_the_training_mean(pairs_cohort, fold):
    into = Gathered()
    run_fold(part_of(pairs_cohort), fold, 0, {}, into)
    np.testing.assert_array_equal(into.figures["target mean"]["personal_correlation"][0], 0)
    train = np.intersect1d(fold.train, np.arange(36, 72))
    tissue = pairs_cohort.obs["tissue"].to_numpy(dtype=str)
    X = pairs_cohort.X.astype(np.float64)
    means = np.stack([X[train[tissue[train] == t]].mean(axis=0) for t in tissue[into.rows[0]]])
    errors = np.square(means - X[into.rows[0] + 36]).mean(axis=1)
    np.testing.assert_allclose(into.figures["target mean"]["error"][0], errors, rtol=1e-5)


def test_a_pair_with_one_sample_in_training_is_neither_learned_nor_judged(pairs_cohort, fold):
    torn = fold._replace(train=np.append(fold.train, 0), test=np.setdiff1d(fold.test, [0]))
    into = Gathered()
    run_fold(part_of(pairs_cohort), torn, 0, {"up": Up()}, into)
    assert into.rows[0].tolist() == list(range(4, 36, 4))


def test_without_pairs_groups_are_compared_and_rules_that_need_them_left_out(pairs_cohort, fold):
    into = Gathered()
    run_fold(part_of(pairs_cohort, pairs=None), fold, 0, {"up": Up()}, into)
    assert not into.figures
    assert set(into.groups) == {"up", *RULES} - NEEDS_PAIRS
    by_tissue = {tissue: (n, figures) for tissue, n, figures in into.groups["no change"]}
    assert set(by_tissue) == {"colon", "kidney", "liver"}
    assert by_tissue["colon"][0] == 4
    assert by_tissue["colon"][1]["energy"] == pytest.approx(1)
    rows = into.rows[0][:4]
    X = pairs_cohort.X.astype(np.float64)
    gap = X[rows].mean(axis=0) + 1.5 - X[rows + 36].mean(axis=0)
    up = {t: f for t, _, f in into.groups["up"]}["colon"]
    assert up["mean_error"] == pytest.approx(np.square(gap).mean(), rel=1e-4)


def test_a_fold_that_tests_nobody_leaves_nothing(pairs_cohort):
    everyone = Fold(np.arange(72), np.arange(0), name="fold 1", repeat=0)
    into = Gathered()
    run_fold(part_of(pairs_cohort), everyone, 0, {"up": Up()}, into)
    assert not into.rows
    assert not into.figures
