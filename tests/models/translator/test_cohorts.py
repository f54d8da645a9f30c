"""What translators ask of a cohort, and the cohort that they give back."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from bulkwise.errors import GeneError, SampleError, UnitError
from bulkwise.models.translator.cohorts import conditions_of, require_same, translated


@pytest.fixture
def model(pairs_cohort) -> SimpleNamespace:
    return SimpleNamespace(
        column="condition",
        source="normal",
        target="tumour",
        unit_="log2_tpm",
        genes_=pairs_cohort.var_names.to_numpy(dtype=str),
    )


def test_genes_in_another_order_and_another_unit_are_refused(pairs_cohort, model):
    require_same(model, pairs_cohort)
    with pytest.raises(GeneError, match=r"takes the 60 genes .* in their order"):
        require_same(model, pairs_cohort[:, ::-1].copy())
    other = pairs_cohort.copy()
    other.uns["unit"] = "tpm"
    with pytest.raises(UnitError, match="trained on 'log2_tpm' and the cohort is in 'tpm'"):
        require_same(model, other)


def test_conditions_are_read_without_blanks_and_strangers_counted(pairs_cohort, model):
    spaced = pairs_cohort.copy()
    spaced.obs["condition"] = [f" {name} " for name in spaced.obs["condition"]]
    assert conditions_of(model, spaced).tolist() == pairs_cohort.obs["condition"].tolist()
    spaced.obs.loc[["P00-N", "P01-N"], "condition"] = ["adenoma", "polyp"]
    with pytest.raises(SampleError, match=r"2 samples are neither 'normal' nor 'tumour' .*polyp"):
        conditions_of(model, spaced)


def test_the_result_has_the_other_conditions_and_the_models_unit(pairs_cohort, model):
    model.unit_ = "tpm"
    logs = np.full(pairs_cohort.shape, 3.0)
    made = translated(model, pairs_cohort, {"X": logs, "low": logs - 4})
    np.testing.assert_allclose(made.X, 7.0)  # 2^3 - 1
    np.testing.assert_array_equal(made.layers["low"], 0)  # no amount is below zero
    assert made.uns["unit"] == "tpm"
    assert made.obs["condition"].tolist() == ["tumour"] * 36 + ["normal"] * 36
    assert made.obs["translated_from"].tolist() == pairs_cohort.obs["condition"].tolist()
    assert made.obs["tissue"].equals(pairs_cohort.obs["tissue"])
    assert "translated_from" not in pairs_cohort.obs
