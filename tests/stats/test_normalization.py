from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from bulkwise.errors import InputError, SampleError
from bulkwise.stats.normalization import (
    filter_by_expr,
    library_sizes,
    log_cpm,
    tmm_factors,
    tmm_log_factors,
    tmm_reference,
    voom_log_cpm,
)


def rnaseqdb_counts(data_folder: Path, study: str) -> tuple[pd.DataFrame, list[str]]:
    """Counts, samples x genes, normals first, and the condition of each sample."""
    parts = []
    for suffix in ("", "-t"):
        name = f"{study}-rsem-count-tcga{suffix}.txt.gz"
        (path,) = data_folder.glob(f"mirror/mskcc/RNAseqDB/*/data/expected_count/{name}")
        table = pd.read_csv(path, sep="\t", float_precision="round_trip")
        table = table[~table["Hugo_Symbol"].duplicated()].set_index("Hugo_Symbol")
        parts.append(table.drop(columns="Entrez_Gene_Id"))
    normal, tumour = parts
    genes = tumour.index[tumour.index.isin(normal.index)]
    both = pd.concat([normal.loc[genes], tumour.loc[genes]], axis=1).T
    return both, ["N"] * normal.shape[1] + ["T"] * tumour.shape[1]


def from_r(data_folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(data_folder / "reference" / "R" / f"{name}.csv.gz", index_col=0)


@pytest.mark.real
@pytest.mark.parametrize("study", ["kich", "chol"])
def test_filter_and_tmm_equal_edger_on_rnaseqdb(data_folder, study):
    counts, condition = rnaseqdb_counts(data_folder, study)
    kept = filter_by_expr(counts.to_numpy(), group=condition)
    table = from_r(data_folder, f"RNAseqDB_{study}_TvsN_voom_limma")
    assert list(counts.columns[kept]) == list(table.index)
    expected = from_r(data_folder, f"RNAseqDB_{study}_TvsN_TMM")
    values = counts.to_numpy()[:, kept]
    np.testing.assert_allclose(library_sizes(values), expected["lib.size"], rtol=1e-14)
    np.testing.assert_allclose(tmm_factors(values), expected["norm.factors"], rtol=1e-12)


@pytest.mark.real
def test_airway_equals_edger_and_limma(data_folder):
    counts = pd.read_csv(data_folder / "airway" / "counts.csv.gz", index_col=0).T
    design = pd.read_csv(data_folder / "reference" / "R" / "airway_design.csv", index_col=0)
    kept = filter_by_expr(counts.to_numpy(), design=design)
    assert list(counts.columns[kept]) == list(from_r(data_folder, "airway_voom_limma").index)
    values = counts.to_numpy()[:, kept]
    factors = tmm_factors(values)
    expected = from_r(data_folder, "airway_TMM")
    np.testing.assert_array_equal(library_sizes(values), expected["lib.size"])
    np.testing.assert_allclose(factors, expected["norm.factors"], rtol=1e-12)
    logs = from_r(data_folder, "airway_logcpm_first2000").to_numpy().T
    np.testing.assert_allclose(log_cpm(values, factors=factors)[:, :2000], logs, atol=1e-12)
    voom = from_r(data_folder, "airway_voom_E_first2000").to_numpy().T
    np.testing.assert_allclose(voom_log_cpm(values, factors=factors)[:, :2000], voom, atol=1e-12)


@pytest.mark.real
def test_log_cpm_equals_edger_and_voom_on_fractional_counts(data_folder):
    counts, condition = rnaseqdb_counts(data_folder, "kich")
    values = counts.to_numpy()[:, filter_by_expr(counts.to_numpy(), group=condition)]
    factors = tmm_factors(values)
    logs = from_r(data_folder, "RNAseqDB_kich_TvsN_logcpm_first2000").to_numpy().T
    np.testing.assert_allclose(log_cpm(values, factors=factors)[:, :2000], logs, atol=1e-12)
    voom = from_r(data_folder, "RNAseqDB_kich_TvsN_voom_E_first2000").to_numpy().T
    np.testing.assert_allclose(voom_log_cpm(values, factors=factors)[:, :2000], voom, atol=1e-12)


def slow_log_factor(sample, reference):
    """TMM of one pair as Robinson and Oshlack define it, with ranks written out."""
    size, reference_size = sample.sum(), reference.sum()
    both = (sample > 0) & (reference > 0)
    own, other = sample[both], reference[both]
    ratio = np.log2((own / size) / (other / reference_size))
    abundance = (np.log2(own / size) + np.log2(other / reference_size)) / 2
    n = len(ratio)
    keep = np.ones(n, dtype=bool)
    for values, trim in ((ratio, 0.3), (abundance, 0.05)):
        cut = np.floor(n * trim)
        rank = rankdata(values)
        keep &= (rank >= cut + 1) & (rank <= n - cut)
    variance = 1 / own - 1 / size + 1 / other - 1 / reference_size
    if not keep.any() or len(sample[sample > 0]) == 1 == len(reference[reference > 0]):
        return 0.0
    return np.average(ratio[keep], weights=1 / variance[keep])


@given(st.integers(0, 2**32), st.integers(5, 300), st.sampled_from([2, 20, 2000]))
@settings(max_examples=60, deadline=None)
def test_tmm_sets_aside_ties_by_their_average_rank(seed, n_genes, depth):
    rng = np.random.default_rng(seed)
    share = rng.gamma(0.7, size=n_genes)
    counts = rng.poisson(depth * share * rng.lognormal(0, 0.5, (2, n_genes)))
    counts[:, 0] += 1
    ours = tmm_log_factors(counts[:1], counts[1])[0]
    expected = slow_log_factor(counts[0].astype(float), counts[1].astype(float))
    assert ours == pytest.approx(expected, abs=1e-12)


def test_depth_alone_has_no_factor_and_composition_has():
    rng = np.random.default_rng(0)
    base = rng.integers(50, 1000, 500).astype(float)
    flooded = base.copy()
    flooded[0] += base.sum()  # one gene takes half of the library
    factors = tmm_factors(np.vstack([base, 3 * base, flooded]))
    np.testing.assert_allclose(factors[0], factors[1], rtol=1e-12)
    np.testing.assert_allclose(factors[2] / factors[0], 0.5, rtol=1e-12)
    np.testing.assert_allclose(np.prod(factors), 1.0)


def test_reference_is_the_sample_of_a_middling_upper_quartile():
    counts = np.array([[1, 1, 1, 97.0], [10, 20, 30, 40], [25, 25, 25, 25], [0, 22, 27, 51]])
    shares = np.quantile(counts / counts.sum(axis=1, keepdims=True), 0.75, axis=1)
    assert tmm_reference(counts) == np.argmin(np.abs(shares - shares.mean()))
    sparse = np.zeros((3, 40))
    sparse[:, 0], sparse[1, 1:12] = 9, 5
    sparse[0, 12], sparse[2, 13] = 1, 1
    assert tmm_reference(sparse) == 1


def test_genes_without_counts_change_nothing():
    counts = np.random.default_rng(1).poisson(30, (5, 80))
    padded = np.hstack([counts, np.zeros((5, 60), dtype=int)])
    np.testing.assert_allclose(tmm_factors(padded), tmm_factors(counts), rtol=1e-13)


def test_samples_that_share_nothing_have_no_factor():
    np.testing.assert_array_equal(tmm_log_factors([[5, 0, 0], [7, 0, 0]], [0, 3, 9]), [0, 0])


def test_log_cpm_by_hand():
    counts = np.array([[10.0, 90.0], [0.0, 300.0]])  # sizes 100 and 300, mean 200
    expected = np.log2([[11e6 / 102, 91e6 / 102], [3e6 / 306, 303e6 / 306]])
    np.testing.assert_allclose(log_cpm(counts, prior=2), expected)
    sizes = np.random.default_rng(0).integers(10**6, 10**8, 200)
    zeros = log_cpm(np.column_stack([np.zeros(200), sizes]))[:, 0]
    assert len(set(zeros.tolist())) == 1, "rounding must not rank the zeros"
    assert zeros[0] == pytest.approx(np.log2(2e6 / (sizes.mean() + 4)))
    alone = log_cpm(counts[1:], prior=2, mean_size=200)
    np.testing.assert_allclose(alone, expected[1:])
    np.testing.assert_allclose(voom_log_cpm(counts)[0], np.log2([10.5e6 / 101, 90.5e6 / 101]))
    assert log_cpm(counts.astype(np.float32), dtype=np.float32).dtype == np.float32


def test_library_sizes_are_rounded_once():
    rng = np.random.default_rng(3)
    counts = np.round(rng.gamma(0.3, 3000, (4, 20_000)), 2)
    exact = [int(sum(round(100 * value) for value in row)) / 100 for row in counts.tolist()]
    np.testing.assert_allclose(library_sizes(counts), exact, rtol=2e-16)


def test_filter_by_hand():
    counts = np.array(
        [
            # reaches 10 in: both of a group, one sample, none but a large sum, none
            [10, 10, 9, 0, 971],
            [10, 0, 9, 1, 980],
            [0, 0, 9, 0, 991],
            [0, 0, 9, 0, 991],
        ]
    )
    assert filter_by_expr(counts, group=["a", "a", "b", "b"]).tolist() == [
        True,
        False,
        False,
        False,
        True,
    ]
    assert filter_by_expr(counts).tolist() == [False, False, False, False, True]
    design = [[1, 0], [1, 0], [1, 1], [1, 1]]
    np.testing.assert_array_equal(
        filter_by_expr(counts, design=design), filter_by_expr(counts, group=list("aabb"))
    )


def test_filter_asks_for_part_of_a_large_group():
    counts = np.tile([[1000.0, 0.0]], (40, 1))
    counts[:31, 1] = 20  # of 40 samples, 10 + 0.7 * 30 = 31 are asked for
    assert filter_by_expr(counts).tolist() == [True, True]
    counts[30, 1] = 0
    assert filter_by_expr(counts).tolist() == [True, False]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: tmm_factors([[1, 2], [0, 0]]), SampleError, r"library sizes.*positions '1'"),
        (lambda: log_cpm([[1, 2]], factors=[1.0, 2.0]), SampleError, "Expected 1 normalisation"),
        (
            lambda: log_cpm([[1, 2]], factors=[np.nan]),
            SampleError,
            "positive normalisation factors",
        ),
        (lambda: log_cpm([[1, 2]], prior=0), ValueError, "'prior' must be a number above 0"),
        (lambda: tmm_log_factors([[1, 2]], [1, 2, 3]), InputError, "3 genes and the counts have 2"),
        (lambda: library_sizes([1, 2]), InputError, "Expected a matrix of counts"),
        (lambda: library_sizes([["a"]]), InputError, "Expected a matrix of counts"),
        (lambda: filter_by_expr([[1, 2]], group=["a", "b"]), SampleError, "group has 2 entries"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
