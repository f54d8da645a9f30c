from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import InputError, SampleError
from bulkwise.stats.base import lm_fit
from bulkwise.stats.blocking import DuplicateCorrelation, duplicate_correlation
from bulkwise.stats.differential import e_bayes
from bulkwise.stats.precision import voom


def _estimate(case: str, s: SimpleNamespace) -> DuplicateCorrelation:
    k = slice(89)  # the last gene is constant
    if case == "voom":
        v = voom(s.counts, s.design)
        return duplicate_correlation(v.log_cpm[:, k], s.design, s.patient, weights=v.weights[:, k])
    if case == "means":
        return duplicate_correlation(s.y.iloc[:, k], s.means, s.patient, trim=0.05)
    y = s.gaps if "gaps" in case else s.y
    weights = s.weights[:, k] if "weights" in case else None
    return duplicate_correlation(y.iloc[:, k], s.design, s.patient, weights=weights)


@pytest.mark.parametrize("case", ["plain", "weights", "gaps", "voom", "gaps_weights", "means"])
def test_equals_r(
    case: str,
    small: SimpleNamespace,
    r_table: Callable[[str], pd.DataFrame],
    equal_to_r: Callable[..., None],
) -> None:
    theirs = r_table("limma/correlations").query("case == @case")
    ours = _estimate(case, small)
    equal_to_r(ours.consensus, theirs["consensus"].iloc[0])
    limits = 1 / (1 - 3) + 0.01, 0.99  # three samples in the largest block
    equal_to_r(np.clip(ours.by_gene, *limits), theirs["rho"], 1e-7)


def _cohort(correlation: float, seed: int = 5, genes: int = 3000) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(12), 2)
    shared = rng.normal(size=(12, genes))[patient] * np.sqrt(correlation)
    y = shared + rng.normal(size=(24, genes)) * np.sqrt(1 - correlation)
    return y, np.column_stack([np.ones(24), np.tile([0, 1], 12)]), patient


@pytest.mark.parametrize("truth", [0.0, 0.3, 0.8])
def test_known_correlation_comes_out(truth: float) -> None:
    y, design, patient = _cohort(truth)
    assert abs(duplicate_correlation(y, design, patient).consensus - truth) < 0.05


def test_blocking_keeps_false_positives_at_the_level() -> None:
    y, _, patient = _cohort(0.6, genes=8000)
    treated = np.column_stack([np.ones(24), np.repeat([0, 1], 12)])  # whole patients
    rho = duplicate_correlation(y, treated, patient).consensus
    blocked = e_bayes(lm_fit(y, treated, block=patient, correlation=rho)).p_value[:, 1]
    blind = e_bayes(lm_fit(y, treated)).p_value[:, 1]
    assert abs((blocked <= 0.05).mean() - 0.05) < 0.015
    assert (blind <= 0.05).mean() > 0.09


def test_sample_weights_are_weights_of_all_genes(small: SimpleNamespace) -> None:
    whole = np.broadcast_to(small.sample_weights[:, None], small.y.shape)
    one = duplicate_correlation(small.y, small.design, small.patient, weights=small.sample_weights)
    two = duplicate_correlation(small.y, small.design, small.patient, weights=whole)
    np.testing.assert_allclose(one.by_gene, two.by_gene)


def test_constant_genes_have_no_correlation(small: SimpleNamespace) -> None:
    y = np.column_stack([small.y.to_numpy()[:, :20], np.zeros(12)])
    rho = duplicate_correlation(y, small.design, small.patient).by_gene
    assert np.isnan(rho[-1])
    assert np.isfinite(rho[:-1]).all()


def test_a_block_for_each_sample_is_refused(small: SimpleNamespace) -> None:
    with pytest.raises(SampleError, match="No block has two samples"):
        duplicate_correlation(small.y, small.design, np.arange(12))


def test_too_few_labels_are_refused(small: SimpleNamespace) -> None:
    with pytest.raises(SampleError, match="3 block labels and 12 samples"):
        duplicate_correlation(small.y, small.design, [1, 2, 3])


def test_a_design_that_explains_the_blocks_is_refused() -> None:
    y, _, patient = _cohort(0.5, genes=20)
    with pytest.raises(InputError, match="No gene gives an estimate"):
        duplicate_correlation(y, (patient[:, None] == np.arange(12)).astype(float), patient)
