"""Codes of held-out samples in one space: the map is found without them."""

from __future__ import annotations

import numpy as np

from bulkwise.evaluation.multitask.embedding import aligned
from bulkwise.evaluation.multitask.fitting import FoldCodes
from bulkwise.split import Fold


def test_codes_that_differ_by_an_affine_map_come_together():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(60, 3))
    folds = [np.flatnonzero(np.arange(60) % 3 == k) for k in range(3)]
    codes = []
    for k, test in enumerate(folds):
        train = np.setdiff1d(np.arange(60), test)
        turn = np.eye(3) if k == 0 else rng.normal(size=(3, 3)) + 2 * np.eye(3)
        own = truth @ turn + k
        codes.append(FoldCodes(Fold(train, test, 0, f"fold {k}"), own[train], own[test]))
    placed, there = aligned(codes, 60)
    assert there.all()
    np.testing.assert_allclose(placed, truth, atol=0.05)


def test_samples_that_no_fold_tested_have_no_code():
    codes = [FoldCodes(Fold(np.arange(3), np.array([4]), 0, "one"), np.eye(3), np.ones((1, 3)))]
    placed, there = aligned(codes, 5)
    assert there.tolist() == [False, False, False, False, True]
    assert np.isnan(placed[:4]).all()


def test_the_plane_shows_every_held_out_sample_with_each_targets_labels(result, cohort):
    for name, drawn in result.embeddings.items():
        assert list(drawn.sample) == list(cohort.obs_names)
        assert list(drawn.label) == list(cohort.obs[name])
    # what the heads tell apart parts on the plane: the conditions' centres are far apart
    drawn = result.embeddings["condition"]
    points = np.column_stack([drawn.x, drawn.y])
    tumour = np.array(drawn.label) == "tumour"
    gap = np.linalg.norm(points[tumour].mean(axis=0) - points[~tumour].mean(axis=0))
    assert gap > 0.5 * points.std()
