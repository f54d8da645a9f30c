from __future__ import annotations

from collections.abc import Callable

import anndata as ad
import numpy as np

from bulkwise.evaluation.external.opened import Opened, open_both
from bulkwise.evaluation.external.sides import Asked
from bulkwise.randomness import Seeds

FOLLOW_UP = Asked(None, "days", "relapse", 5.0, "days", None)


def opened(home: ad.AnnData, away: ad.AnnData) -> Opened:
    return open_both(
        FOLLOW_UP,
        home,
        away,
        genes_by=None,
        clinical=["grade"],
        scaling="training",
        seeds=Seeds(0),
    )


def test_training_samples_with_a_label_then_all_test_samples(
    home: ad.AnnData, away: ad.AnnData
) -> None:
    found = opened(home, away)
    n_train = int(found.train.known.sum())
    assert len(found.inputs.samples) == n_train + away.n_obs
    assert found.fold.train.tolist() == list(range(n_train))
    assert found.inputs.samples[found.fold.test].tolist() == away.obs_names.tolist()
    assert "" not in found.inputs.labels[found.fold.train]
    known = found.inputs.labels != ""
    names = np.array(found.inputs.classes)[found.inputs.codes]
    assert (names[known] == found.inputs.labels[known]).all()


def test_clinical_columns_have_the_same_rows(home: ad.AnnData, away: ad.AnnData) -> None:
    found = opened(home, away)
    (grade,) = found.clinical
    assert len(grade.train) + len(grade.test) == len(found.inputs.samples)
    own = home.obs["grade"].to_numpy()[found.train.known]
    np.testing.assert_array_equal(grade.train[:, 0], own)


def test_both_cohorts_are_on_the_picture_and_the_censored_by_name(
    home: ad.AnnData, away: ad.AnnData
) -> None:
    picture = opened(home, away).pictures[0]
    assert set(picture.label) == {"yes", "no", "censored"}
    assert set(picture.source or ()) == {"home", "away"}


def test_a_sample_under_two_names_is_found_across_a_shift(
    make_cohort: Callable[..., ad.AnnData], home: ad.AnnData
) -> None:
    other = make_cohort("away", seed=1)
    other.X[5] = home.X[7]
    other.X += 3.0
    leaks = opened(home, other).leaks
    assert [(one.first, one.second) for one in leaks] == [("home007", "away005")]
