"""What a bundle tells of its training data."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.bundle.facts import TrainedOn, typical_values, versions
from bulkwise.errors import GeneError, SampleError, UnitError


def test_typical_values_by_hand():
    X = np.array([[0.0, 3.0], [3.0, 15.0]])
    np.testing.assert_allclose(typical_values(X, "fpkm"), [1.0, 7.0])  # sqrt(1 * 4) - 1, ...
    np.testing.assert_allclose(typical_values(X, "log2_fpkm"), [1.5, 9.0])
    np.testing.assert_allclose(typical_values(-X, "microarray"), [-1.5, -9.0])


def test_typical_counts_do_not_depend_on_depth():
    shares = np.array([[0.2, 0.8], [0.2, 0.8]])
    np.testing.assert_allclose(
        typical_values(shares * [[1e6], [1e7]], "counts"), [2e5, 8e5], rtol=1e-4
    )


def test_patients_are_the_column_patient_or_each_sample(cohort):
    by_default = TrainedOn([cohort], ["tissue"], None)
    assert by_default.groups == "patient"
    assert by_default.summary() == {
        "cohort": "made up",
        "n_samples": 36,
        "groups": "patient",
        "n_patients": 18,
        "classes": {"tissue": {"kidney": 12, "liver": 12, "lung": 12}},
    }
    alone = cohort.copy()
    del alone.obs["patient"]
    assert TrainedOn([alone], ["tissue"], None).summary()["n_patients"] == 36


def test_hashes_hold_each_name_once_and_follow_the_data(cohort):
    first = TrainedOn([cohort], ["tissue"], None).hashes()
    assert len(first["samples"]) == 36
    assert len(first["patients"]) == 18
    assert first == TrainedOn([cohort], ["tissue"], None).hashes()
    other = cohort.copy()
    other.X[0, 0] += 1
    assert not set(TrainedOn([other], ["tissue"], None).hashes()["samples"]) & set(first["samples"])
    assert "sample 1" not in str(first)


def test_cohorts_that_cannot_be_used(cohort):
    odd = cohort.copy()
    del odd.uns["unit"]
    with pytest.raises(UnitError, match="unit"):
        TrainedOn([odd], ["tissue"], None)
    with pytest.raises(SampleError, match="stage"):
        TrainedOn([cohort], ["stage"], None)
    odd = cohort.copy()
    odd.X[3, 4] = np.nan
    with pytest.raises(GeneError, match="GENE4"):
        TrainedOn([odd], ["tissue"], None).matrix([str(gene) for gene in odd.var_names])


def test_several_cohorts_in_one_unit(cohort, make_cohort):
    other = make_cohort(first=40)
    both = TrainedOn([cohort, other], [], None)
    assert both.summary()["n_samples"] == 72
    assert both.summary()["classes"] == {}
    other.uns["unit"] = "tpm"
    with pytest.raises(UnitError, match="in one unit; got fpkm, tpm"):
        TrainedOn([cohort, other], [], None)


def test_versions_of_what_is_installed():
    found = versions()
    assert {"python", "bulkwise", "numpy", "scikit-learn"} <= set(found)
    assert found["numpy"] == np.__version__
