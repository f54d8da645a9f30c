"""Subsamples keep patients whole, hold every class, and grow; a unit is the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import SampleError
from bulkwise.randomness import Seeds
from bulkwise.study.learning_curve.units import compute, pool_and_test, units


def test_nobody_is_trained_and_tested_on():
    groups = np.arange(90) // 3
    pool, test = pool_and_test(groups % 3, groups, share=0.3, seeds=Seeds(0))
    assert not set(groups[pool]) & set(groups[test])
    assert len(pool) + len(test) == 90


def asked(methods=("network", "linear-svm")):
    given = {"unit": "log2", "methods": list(methods), "n_classes": 3}
    return {**given, "tries": 4, "share": 0.3, "seed": 0}


def arrays(cohort):
    codes = np.unique(cohort.obs["kind"], return_inverse=True)[1]
    groups = np.unique(cohort.obs["patient"], return_inverse=True)[1]
    return {"X": cohort.X, "codes": codes, "groups": groups}


def test_a_unit_judges_every_method_on_the_same_patients(cohort):
    found = compute(asked(), {"repeat": 0, "size": 60}, arrays(cohort))
    assert (found["n"], found["missing"]) == (60, 0)
    assert found["network"][0] > 0.6
    assert found["linear-svm"][0] > 0.6
    again = compute(asked(("linear-svm",)), {"repeat": 0, "size": 60}, arrays(cohort))
    assert again["linear-svm"][:2] == found["linear-svm"][:2]


def test_a_class_that_is_missing_from_a_subsample_is_counted(cohort):
    own = arrays(cohort)
    own["codes"] = np.where(own["groups"] < 56, own["codes"] % 2, 2)
    found = compute(asked(("linear-svm",)), {"repeat": 0, "size": 8}, own)
    assert found["missing"] == 1
    assert found["linear-svm"][0] <= 2 / 3


def test_a_subsample_of_one_class_is_refused(cohort):
    own = arrays(cohort)
    own["codes"] = (own["groups"] < 2).astype(int)
    with pytest.raises(SampleError, match="of one class"):
        for repeat in range(20):
            compute(asked(("linear-svm",)), {"repeat": repeat, "size": 4}, own)


def test_units_are_named_by_repeat_and_size():
    names = [unit.name for unit in units([10, 20], 2)]
    assert names[0] == "repeat-000-size-000020"
    assert len(set(names)) == 4
