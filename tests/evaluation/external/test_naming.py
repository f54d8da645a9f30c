from __future__ import annotations

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import GeneError
from bulkwise.evaluation.external.naming import named_by


def probes() -> ad.AnnData:
    var = pd.DataFrame(
        {"symbol": ["ESR1", "ERBB2", "ESR1", None, " MKI67 "]},
        index=["1_at", "2_at", "3_at", "4_at", "5_at"],
    )
    cohort = ad.AnnData(np.arange(10, dtype=np.float32).reshape(2, 5), var=var)
    cohort.uns["unit"] = "log2_rma"
    return cohort


def symbols() -> ad.AnnData:
    cohort = ad.AnnData(np.ones((3, 2), np.float32), var=pd.DataFrame(index=["MKI67", "ESR1"]))
    cohort.uns["unit"] = "log2_tpm"
    return cohort


def test_probes_of_one_gene_are_averaged_and_nameless_ones_left_out() -> None:
    own, other, findings = named_by(probes(), symbols(), "symbol")
    assert own.var_names.tolist() == ["ESR1", "ERBB2", "MKI67"]
    np.testing.assert_array_equal(own.X, [[1, 1, 4], [6, 6, 9]])
    assert other.var_names.tolist() == ["MKI67", "ESR1"]
    (finding,) = findings
    assert finding.message == (
        "The genes of the training cohort were named by the column 'symbol': 4 of 5 have a name "
        "there, and 1 of them shared one and were averaged."
    )
    assert own.uns["unit"] == "log2_rma"


def test_nobody_writes_into_the_cohorts() -> None:
    cohort = probes()
    before = cohort.copy()
    named_by(symbols(), cohort, "symbol")
    np.testing.assert_array_equal(cohort.X, before.X)
    assert cohort.var_names.equals(before.var_names)


def test_a_column_that_nobody_has_and_one_that_is_empty() -> None:
    with pytest.raises(GeneError, match=r"Neither cohort has a column 'entrez' .*'symbol'"):
        named_by(probes(), symbols(), "entrez")
    empty = probes()
    empty.var["symbol"] = None
    with pytest.raises(GeneError, match="empty for all 5 genes of the test cohort"):
        named_by(symbols(), empty, "symbol")


@pytest.mark.real
def test_two_platforms_meet_by_symbol(data_folder: Path) -> None:
    affymetrix, agilent = (
        ad.read_h5ad(data_folder / "metastasis" / f"{name}.h5ad")
        for name in ("gse2034_subset", "nki_subset")
    )
    assert not set(affymetrix.var_names) & set(agilent.var_names)
    own, other, _ = named_by(affymetrix, agilent, "symbol")
    assert len(set(own.var_names) & set(other.var_names)) == 63
