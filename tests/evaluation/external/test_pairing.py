from __future__ import annotations

from collections.abc import Callable

import anndata as ad
import numpy as np
import pytest

from bulkwise.errors import GeneError, InputError, LeakageError, UnitError
from bulkwise.evaluation.external.pairing import pair, refuse_shared_patients

Make = Callable[..., ad.AnnData]


def codes(found: object) -> list[str]:
    return [finding.code for finding in found.findings]  # type: ignore[attr-defined]


def test_genes_are_matched_by_name_in_the_training_order(
    home: ad.AnnData, away: ad.AnnData
) -> None:
    shuffled = away[:, ::-1].copy()
    found = pair(home, shuffled)
    assert found.genes == tuple(home.var_names[2:])
    np.testing.assert_array_equal(found.train, home[:, list(found.genes)].X)
    np.testing.assert_array_equal(found.test, away[:, list(found.genes)].X)
    assert found.unit == "log2_tpm"
    assert found.findings == ()


def test_no_gene_in_common_says_how_both_are_named(home: ad.AnnData, away: ad.AnnData) -> None:
    other = away.copy()
    other.var_names = [f"ENSG{i:011d}" for i in range(other.n_vars)]
    with pytest.raises(GeneError, match="has 0 of the 40 genes"):
        pair(home, other)


def test_two_units_are_never_mixed_as_they_are(make_cohort: Make, home: ad.AnnData) -> None:
    other = make_cohort("away", unit="log2_rma")
    with pytest.raises(UnitError, match=r"'log2_tpm' .* 'log2_rma', .*scaling='within'"):
        pair(home, other)


def test_a_vague_unit_is_never_mixed_silently(make_cohort: Make) -> None:
    own, other = make_cohort(unit="log2"), make_cohort("away", unit="log2", seed=1)
    assert "vague-unit" in codes(pair(own, other))
    own.uns["platform"] = other.uns["platform"] = "U133A"
    assert codes(pair(own, other)) == []
    other.uns["platform"] = "Agilent"
    with pytest.raises(UnitError, match="platforms differ \\(U133A and Agilent\\)"):
        pair(own, other)
    assert pair(own, other, scaling="within").unit == "log_ratio"


def test_a_shift_between_cohorts_is_measured(make_cohort: Make, home: ad.AnnData) -> None:
    near = pair(home, make_cohort("away", seed=1))
    assert near.shift < 0.3
    far = pair(home, make_cohort("away", seed=1, shift=2.0))
    assert far.shift == pytest.approx(2.0, abs=0.15)
    assert codes(far) == ["cohorts-shifted"]


def test_within_each_cohort_every_gene_has_mean_zero(make_cohort: Make, home: ad.AnnData) -> None:
    other = make_cohort("away", seed=1, shift=3.0, unit="log2_rma")
    found = pair(home, other, scaling="within")
    for matrix in (found.train, found.test):
        np.testing.assert_allclose(matrix.mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(matrix.std(axis=0), 1, atol=1e-4)
    assert np.isnan(found.shift)
    assert codes(found) == ["scaled-within-cohort"]
    assert found.findings[0].level == "warning"


def test_counts_get_their_library_sizes_from_all_genes(make_cohort: Make) -> None:
    rng = np.random.default_rng(0)
    own, other = make_cohort(unit="counts"), make_cohort("away", seed=1, unit="log2_tpm")
    own.X = rng.poisson(50, own.shape).astype(np.float32)
    depth = rng.uniform(0.2, 5, own.n_obs)[:, None]
    deeper = own.copy()
    deeper.X = np.rint(own.X * 40 * depth).astype(np.float32)
    own.X = own.X * 40
    plain = pair(own, other[:, :25].copy(), scaling="within")
    deep = pair(deeper, other[:, :25].copy(), scaling="within")
    np.testing.assert_allclose(plain.train, deep.train, atol=0.02)


def test_few_genes_and_few_samples_to_scale_are_said(make_cohort: Make, home: ad.AnnData) -> None:
    assert "few-shared-genes" in codes(pair(home, make_cohort("away", seed=1)[:, :5].copy()))
    few = pair(home, make_cohort("away", seed=1, n=12), scaling="within")
    assert "12 test samples are few" in few.findings[0].message


def test_unknown_scaling_and_missing_units(home: ad.AnnData, away: ad.AnnData) -> None:
    with pytest.raises(InputError, match="expected 'training' or 'within'"):
        pair(home, away, scaling="both")  # type: ignore[arg-type]
    other = away.copy()
    del other.uns["unit"]
    with pytest.raises(UnitError, match="unit of the test cohort isn't stated"):
        pair(home, other)


def test_shared_patients_are_refused_by_name() -> None:
    refuse_shared_patients(np.array(["a", "b"]), np.array(["c"]))
    with pytest.raises(LeakageError, match="1 patients or samples stand in both cohorts: 'b'"):
        refuse_shared_patients(np.array(["a", "b"]), np.array(["b", "c"]))


def test_nobody_writes_into_the_cohorts(make_cohort: Make) -> None:
    own, other = make_cohort(), make_cohort("away", seed=1, unit="log2_rma")
    before = own.X.copy(), other.X.copy()
    pair(own, other, scaling="within")
    np.testing.assert_array_equal(own.X, before[0])
    np.testing.assert_array_equal(other.X, before[1])
