"""Genes of one patient: those that were moved are found, and the others mostly aren't."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise import bundle
from bulkwise.errors import InputError, SampleError
from bulkwise.explain import patient_genes
from bulkwise.models import ExpressionTranslator


@pytest.fixture
def model(pairs_cohort, tmp_path):
    training = pairs_cohort[pairs_cohort.obs["patient"] != "P05"].copy()
    made = ExpressionTranslator(tissue="tissue", pairs="patient").fit(training)
    path = tmp_path / "m.zip"
    bundle.save(made, path, cohort=training, task="translate", allow_training_data=True)
    return path


def test_a_moved_gene_is_found_and_an_unmoved_sample_is_quiet(model, pairs_cohort):
    odd = pairs_cohort.copy()
    normal = odd.obs_names.get_loc("P05-N")
    tumour = odd.obs_names.get_loc("P05-T")
    odd.X[tumour] = odd.X[normal]  # a tumour that is this patient's normal tissue ...
    odd.X[tumour, 30] += 9  # ... but for one gene
    odd.X[tumour, 31] -= 9
    found = patient_genes(model, odd, "P05-T")
    blank = {f"G{j}" for j in range(10, 60)}  # the others follow a tumour's own deviation
    moved = {side: blank & set(genes) for side, genes in found.moved().items()}
    assert moved == {"up": {"G30"}, "down": {"G31"}}
    assert (found.condition, found.against, found.tissue) == ("tumour", "normal", "colon")
    assert found.table["p_value"].is_monotonic_increasing
    assert (found.table["adjusted_p_value"] >= found.table["p_value"]).all()
    np.testing.assert_allclose(
        found.table["change"], found.table["observed"] - found.table["predicted"]
    )
    assert np.median(found.table["p_value"]) > 0.2


def test_a_sample_of_the_training_is_said_to_be_one(model, pairs_cohort):
    found = patient_genes(model, pairs_cohort, "P00-T")
    assert any("trained on" in item.message for item in found.findings)


def test_what_is_not_there_is_named(model, pairs_cohort):
    with pytest.raises(SampleError, match="no sample 'P99'"):
        patient_genes(model, pairs_cohort, "P99")
    loaded = bundle.load(model)
    object.__setattr__(loaded, "task", "infer")
    with pytest.raises(InputError, match="'infer'"):
        patient_genes(loaded, pairs_cohort, "P05-T")
