"""Several targets of one cohort: labels that stand for all, and folds that hold all classes."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import InputError, SampleError
from bulkwise.evaluation.multitask.opened import open_targets, plan
from bulkwise.randomness import Seeds

from .conftest import made

TARGETS = ["tissue", "condition"]


def opened(cohort, targets=TARGETS, **more):
    return open_targets(
        cohort, targets, **({"groups": None, "source": None, "holdout_by": None} | more)
    )


def planned(cohort, **more):
    asked = {"folds": 4, "repeats": 1, "holdout_by": None, "split": None, "seeds": Seeds(0)}
    return plan(opened(cohort), cohort.obs, **(asked | more))


def test_one_label_stands_for_all_targets(cohort):
    found = opened(cohort)
    assert list(found.targets) == TARGETS
    assert found.together.target == "tissue and condition"
    assert len(found.together.classes) == 6
    assert found.together.labels[:2].tolist() == ["colon · normal", "colon · tumour"]
    assert found.together.classes[found.together.codes[1]] == "colon · tumour"
    assert found.together.group_column == "patient"


def test_permuted_joint_labels_give_every_target_its_own(cohort):
    found = opened(cohort)
    rows = np.array([0, 1, 5])
    plain = found.table(rows)
    assert plain["tissue"].tolist() == cohort.obs["tissue"].iloc[rows].tolist()
    joint = np.random.default_rng(0).permutation(found.together.labels)
    permuted = found.table(rows, joint)
    both = [
        " · ".join(pair) for pair in zip(permuted["tissue"], permuted["condition"], strict=True)
    ]
    assert both == joint[rows].tolist()


def test_folds_keep_patients_whole_and_deal_every_target_evenly(cohort):
    folds, _ = planned(cohort)
    assert len(folds) == 4
    patients = cohort.obs["patient"].to_numpy()
    for fold in folds:
        assert not set(patients[fold.train]) & set(patients[fold.test])
        assert sorted([*fold.train, *fold.test]) == list(range(80))
        tissues = cohort.obs["tissue"].iloc[fold.test].value_counts()
        assert tissues.min() >= 4
        assert len(tissues) == 3
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(80))


def test_a_source_is_held_out_whole(cohort):
    folds, _ = planned(cohort, holdout_by="source")
    tested = [set(cohort.obs["source"].iloc[fold.test]) for fold in folds]
    assert sorted(map(sorted, tested)) == [["A"], ["B"]]


def test_small_cohorts_are_dealt_several_times_unless_told(cohort):
    folds, _ = planned(cohort, repeats=None)
    assert len({fold.repeat for fold in folds}) > 1
    assert {fold.repeat for fold in planned(cohort, repeats=2)[0]} == {0, 1}


def test_a_target_constant_in_a_given_training_part_is_named():
    both = made()
    both.obs.loc[both.obs["source"] == "A", "condition"] = "normal"
    inside = (both.obs["source"] == "A").to_numpy()
    split = [(np.flatnonzero(inside), np.flatnonzero(~inside))]
    with pytest.raises(
        SampleError, match=r"'condition' is constant .* fold 1: its 42 samples are all 'normal'"
    ):
        planned(both, split=split)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (["tissue"], "two or more columns.*got 'tissue'"),
        (["tissue", "tissue"], "each named once"),
        ([], "got none"),
    ],
)
def test_targets_must_be_several(cohort, target, said):
    with pytest.raises(InputError, match=said):
        opened(cohort, target)
