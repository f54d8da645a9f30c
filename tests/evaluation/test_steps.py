"""The steps around the fits."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import BulkwiseError
from bulkwise.evaluation.inputs import open_inputs
from bulkwise.evaluation.steps import associated, checked, look, probes
from bulkwise.randomness import Seeds
from bulkwise.split import grouped_folds


def opened(cohort, **more):
    return open_inputs(
        cohort, target="tissue", groups="patient", source=more.get("source"), holdout_by=None
    )


def test_target_and_patient_are_no_covariates_of_themselves(make_cohort):
    inputs = opened(make_cohort(sources=True), source="source")
    assert {found.column for found in associated(inputs, None)} == {"age", "source"}


def test_a_source_that_isnt_there_is_said(make_cohort):
    found, said = probes(opened(make_cohort()), Seeds(0))
    assert found == ()
    assert len(said) == 1


def test_a_source_that_shows_in_every_gene_is_told(make_cohort):
    cohort = make_cohort(sources=True)
    inputs = opened(cohort, source="source")
    quiet, _ = probes(inputs, Seeds(0))
    cohort.X[(cohort.obs["source"] == "east").to_numpy()] += 1.0
    loud, _ = probes(opened(cohort, source="source"), Seeds(0))
    assert min(p.linear_auc for p in loud) > 0.95 > max(p.linear_auc for p in quiet)


def test_the_look_finds_a_twin_on_the_other_side_of_a_split(make_cohort):
    cohort = make_cohort()
    cohort.X[2] = cohort.X[70]  # other patients' samples, the same profile
    inputs = opened(cohort)
    folds = grouped_folds(inputs.labels, inputs.groups, n_splits=3)
    leaks, pictures = look(inputs, folds, Seeds(0))
    assert {"S002", "S070"} in [{pair.first, pair.second} for pair in leaks]
    assert all(len(one.x) == cohort.n_obs for one in pictures)


def test_values_that_are_no_numbers_end_it(make_cohort):
    cohort = make_cohort()
    inputs = opened(cohort)
    cohort.X[3, 5] = np.nan
    with pytest.raises(BulkwiseError, match="S003"):
        checked(cohort, inputs)
