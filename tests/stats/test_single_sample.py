from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import GeneError, InputError, SampleError
from bulkwise.stats.base import adjust, fit_variance_prior, t_tail
from bulkwise.stats.normalization import filter_by_expr, log_cpm, tmm_factors
from bulkwise.stats.single_sample import Reference, against_reference, fit_reference

GENES = [f"g{k}" for k in range(2000)]


def _normals(n: int, seed: int = 0, tail: float = 5.0) -> pd.DataFrame:
    """Samples with heavy tails, genes of their own variance, and samples of their own spread."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_t(tail, size=(n, 2000)) * np.exp(rng.normal(size=(n, 1)) / 5)
    scale = np.sqrt(0.1 * 6 / np.random.default_rng(99).chisquare(6, 2000))
    return pd.DataFrame(np.linspace(0, 12, 2000) + noise * scale, columns=GENES)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return fit_reference(_normals(30))


def test_moments_are_the_groups(reference: Reference) -> None:
    values = _normals(30)
    np.testing.assert_allclose(reference.mean, values.mean())
    np.testing.assert_allclose(reference.low, values.min())
    np.testing.assert_allclose(reference.high, values.max())
    own = values.var(ddof=1)
    prior = fit_variance_prior(own, 29, covariate=values.mean())
    np.testing.assert_allclose(reference.variance, prior.squeeze(own, 29))


def test_planted_genes_leave_the_range(reference: Reference) -> None:
    patient = _normals(1, seed=5).iloc[0]
    patient.iloc[:10] += 8
    patient.iloc[10:20] -= 8
    profile = against_reference(patient, reference)
    called = profile.table[profile.table["adjusted_p_value"] <= 0.05]
    assert set(GENES[:20]) <= set(called["gene"])
    assert len(called) <= 25
    assert (called.set_index("gene")["score"][GENES[:10]] > 0).all()
    assert (called.set_index("gene")["difference"][GENES[10:20]] < -5).all()
    assert [f.code for f in profile.findings] == ["genes-outside"]


def test_new_normals_have_uniform_p_and_hardly_any_discovery() -> None:
    below, any_called = [], 0
    for seed in range(10):
        reference = fit_reference(_normals(20, seed=seed))
        for patient in range(10):
            sample = _normals(1, seed=100 + 10 * seed + patient).iloc[0]
            table = against_reference(sample, reference).table
            below.append((table["p_value"] <= 0.05).mean())
            any_called += (table["adjusted_p_value"] <= 0.05).any()
    assert abs(np.mean(below) - 0.05) < 0.01
    assert any_called <= 12  # 5 of the 100 are expected


def test_the_normal_law_alone_would_call_too_many(reference: Reference) -> None:
    # what the calibration is for: t with these degrees of freedom is too sure
    calls = 0
    for seed in range(40):
        values = _normals(1, seed=100 + seed).iloc[0].to_numpy()
        t = (values - reference.mean) / np.sqrt(reference.variance * (1 + 1 / 30))
        calls += (adjust(2 * t_tail(np.abs(t), reference.df)) <= 0.05).any()
    assert calls > 10


def test_p_falls_with_the_score_without_a_floor(reference: Reference) -> None:
    p = reference.p_values(np.array([0.0, 1, 2, 4, 6, 10, 20, 40]))
    assert p[0] == 1
    assert (np.diff(p) < 0).all()
    assert 0 < p[-1] < 1e-4
    np.testing.assert_array_equal(reference.p_values([-3.0]), reference.p_values([3.0]))


def test_a_sample_that_is_strange_as_a_whole_says_so(reference: Reference) -> None:
    rng = np.random.default_rng(1)
    patient = _normals(1, seed=7).iloc[0] + rng.normal(size=2000) * 3
    profile = against_reference(patient, reference)
    assert profile.spread > 2
    assert profile.spread_rank < 0.05
    assert "sample-unlike-reference" in [f.code for f in profile.findings]


def test_gaps_are_left_out_gene_by_gene() -> None:
    values = _normals(12)
    values.iloc[0, 3] = np.nan
    values.iloc[:, 4] = np.nan
    reference = fit_reference(values)
    assert reference.n[3] == 11
    patient = values.iloc[1].drop(labels=["g7"])
    patient["g8"] = np.nan
    table = against_reference(patient, reference).table.set_index("gene")
    assert table["p_value"].isna().sum() == 3
    assert np.isnan(table.loc[["g4", "g7", "g8"], "p_value"]).all()


def test_many_samples_are_left_out_by_lot() -> None:
    values = _normals(60)
    one, same, other = (fit_reference(values, random_state=seed) for seed in (0, 0, 1))
    assert len(one.spreads) == 50
    np.testing.assert_array_equal(one.tail, same.tail)
    assert not np.array_equal(one.spreads, other.spreads)


def test_bad_input_is_refused(reference: Reference) -> None:
    with pytest.raises(SampleError, match="at least 4 samples, got 3"):
        fit_reference(_normals(3))
    with pytest.raises(InputError, match="infinite"):
        fit_reference(np.where(np.eye(5, 20), -np.inf, 1.0))
    with pytest.raises(InputError, match="No gene of the reference varies"):
        fit_reference(np.ones((6, 20)))
    with pytest.raises(GeneError, match=r"lacks 2,000 of the reference's 2,000 genes"):
        against_reference({"ENSG1": 1.0}, reference)


@pytest.mark.real
def test_left_out_normals_and_tumours(data_folder: Path) -> None:
    def counts(study: str) -> pd.DataFrame:
        (path,) = data_folder.glob(f"mirror/mskcc/RNAseqDB/*/data/expected_count/{study}.txt.gz")
        table = pd.read_csv(path, sep="\t", skipinitialspace=True, dtype={0: str})
        return table[~table["Hugo_Symbol"].duplicated()].set_index("Hugo_Symbol").iloc[:, 1:].T

    normal, tumour = counts("kich-rsem-count-tcga"), counts("kich-rsem-count-tcga-t").iloc[:5]
    both = pd.concat([normal, tumour]).astype(float)
    both = both.loc[:, filter_by_expr(both.to_numpy(), group=both.index.isin(normal.index))]
    values = log_cpm(both.to_numpy(), factors=tmm_factors(both.to_numpy()))
    logs = pd.DataFrame(values, index=both.index, columns=both.columns)
    normals = logs.loc[normal.index]
    calls = []
    for k in range(0, 25, 6):
        reference = fit_reference(normals.drop(index=normals.index[k]))
        table = against_reference(normals.iloc[k], reference).table
        calls.append(int((table["adjusted_p_value"] <= 0.05).sum()))
    assert np.median(calls) == 0
    assert np.mean(np.array(calls) > 0) <= 0.25
    reference = fit_reference(normals)
    for name in tumour.index:
        table = against_reference(logs.loc[name], reference).table
        assert (table["adjusted_p_value"] <= 0.05).sum() > 500
