"""Near-duplicates of different patients are put on one side."""

from __future__ import annotations

import numpy as np

from bulkwise.evaluation.inference.duplicates import NEAR, merge_near_duplicates


def test_near_duplicates_stay_on_one_side() -> None:
    rng = np.random.default_rng(1)
    logs = rng.normal(size=(20, 200))
    logs[7] = logs[3] + 0.05 * rng.normal(size=200)
    groups, merged = merge_near_duplicates(logs, np.array([f"p{i // 2}" for i in range(20)]))
    assert groups[7] == groups[3] == groups[2] == groups[6]
    assert len(set(groups)) == 9
    assert merged == 2


def test_without_duplicates_groups_are_the_patients() -> None:
    rng = np.random.default_rng(0)
    logs = 8 * rng.normal(size=100) + rng.normal(size=(6, 100))  # levels that all samples share
    logs[1] = logs[0]  # of one patient: nothing to merge
    groups, merged = merge_near_duplicates(logs, np.array(list("bbaacc")))
    assert merged == 0
    assert groups[0] == groups[1] != groups[2] == groups[3] != groups[4] == groups[5]


def test_a_chain_is_one_group_though_its_ends_are_apart() -> None:
    rng = np.random.default_rng(0)
    one, two, three = np.linalg.qr(rng.normal(size=(200, 3)))[0].T
    angle = np.arccos(NEAR + 0.005)
    logs = [one, np.cos(angle) * one + np.sin(angle) * two]
    logs.append(np.cos(2 * angle) * one + np.sin(2 * angle) * two)
    logs = np.array([*logs, *(-row for row in logs), three, -three])  # so that genes are centred
    groups, merged = merge_near_duplicates(logs, np.arange(8))
    assert np.corrcoef(logs)[0, 2] < NEAR < np.corrcoef(logs)[0, 1]
    assert groups[0] == groups[1] == groups[2] != groups[3] == groups[4] == groups[5]
    assert len(set(groups)) == 4
    assert merged == 6


def test_a_sample_at_the_mean_is_like_nobody() -> None:
    logs = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])
    groups, merged = merge_near_duplicates(logs, np.arange(3))
    assert groups.tolist() == [0, 1, 2]
    assert merged == 0
