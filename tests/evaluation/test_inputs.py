"""The question and the cohort as arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from bulkwise.errors import InputError, SampleError, UnitError
from bulkwise.evaluation.inputs import open_inputs


@pytest.fixture
def cohort(make_cohort):
    return make_cohort(sources=True)


def ask(cohort, target="tissue", groups=None, source=None, holdout_by=None):
    return open_inputs(cohort, target=target, groups=groups, source=source, holdout_by=holdout_by)


def codes(inputs):
    return {finding.code for finding in inputs.findings}


def test_arrays_and_what_was_assumed(cohort):
    inputs = ask(cohort)
    assert inputs.classes == ("kidney", "liver", "lung")
    assert inputs.group_column == "patient"
    assert inputs.n_groups == 36
    assert inputs.source_column == "source"
    assert inputs.counts() == {"kidney": 24, "liver": 24, "lung": 24}
    assert inputs.patients_by_class().tolist() == [12, 12, 12]
    assert np.shares_memory(inputs.X, cohort.X)
    assert codes(inputs) == {"source-column"}


def test_without_patients_each_sample_stands_for_itself(cohort):
    del cohort.obs["patient"]
    inputs = ask(cohort)
    assert inputs.group_column is None
    assert inputs.n_groups == 72
    assert "no-patients" in codes(inputs)


def test_other_columns_by_name(cohort):
    cohort.obs["donor"] = cohort.obs["patient"].to_numpy()
    cohort.obs["centre"] = np.resize([1.0, 2.0, np.nan], 72)
    inputs = ask(cohort, groups="donor", source="centre")
    assert (inputs.group_column, inputs.source_column) == ("donor", "centre")
    assert set(inputs.sources) == {"1", "2", "(missing)"}
    assert "source-column" not in codes(inputs)


def test_a_source_that_names_samples_or_is_the_target_is_no_source(cohort):
    cohort.obs["source"] = list(cohort.obs_names)
    assert ask(cohort).source_column is None
    cohort.obs["source"] = np.resize(["a", "b"], 72)
    assert ask(cohort, target="source").source_column is None
    assert ask(cohort, holdout_by="tissue", target="source").source_column == "tissue"
    cohort.obs["batch"] = np.resize(["1", "2", "3"], 72)
    assert ask(cohort, holdout_by="tissue", target="source").source_column == "batch"


def test_numbers_and_truth_values_as_classes(cohort):
    cohort.obs["grade"] = np.resize([1.0, 2.0, 3.0], 72)
    assert ask(cohort, target="grade").classes == ("1", "2", "3")
    cohort.obs["relapse"] = np.resize([True, False], 72)
    assert ask(cohort, target="relapse").classes == ("False", "True")


def test_few_patients_and_harmonised_values_are_said(make_cohort):
    cohort = make_cohort(n_patients=12)
    cohort.uns["unit"] = "fpkm_harmonised"
    found = {finding.code: finding for finding in ask(cohort).findings}
    assert "kidney (4)" in found["few-patients"].message
    assert "corrected upstream over all samples" in found["harmonised-upstream"].message


def test_sparse_and_integer_matrices_are_taken(cohort):
    cohort.X = sparse.csr_matrix(cohort.X)
    assert ask(cohort).X.shape == (72, 60)
    cohort.X = np.asarray(cohort.X.toarray(), dtype=np.int64)
    assert ask(cohort).X.dtype == np.float32


def test_what_cannot_be_asked(cohort):
    with pytest.raises(SampleError, match="no column 'tisue'"):
        ask(cohort, target="tisue")
    with pytest.raises(SampleError, match="no column 'donor'"):
        ask(cohort, groups="donor")
    with pytest.raises(InputError, match="number with 36 values"):
        ask(cohort, target="age")
    cohort.uns["unit"] = "furlongs"
    with pytest.raises(UnitError, match="furlongs"):
        ask(cohort)


def test_missing_labels_are_named_and_counted(cohort):
    cohort.obs["tissue"] = pd.Series(cohort.obs["tissue"]).where(np.arange(72) > 2, None)
    with pytest.raises(SampleError, match="3 of 72 samples: 'S000', 'S001', 'S002'"):
        ask(cohort)
