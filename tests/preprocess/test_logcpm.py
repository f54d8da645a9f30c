from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import SampleError
from bulkwise.preprocess import LogCPM
from bulkwise.stats.normalization import filter_by_expr, library_sizes, log_cpm, tmm_factors


@pytest.fixture
def counts():
    rng = np.random.default_rng(0)
    return rng.poisson(rng.gamma(0.5, 60, 400) * rng.lognormal(0, 0.4, (30, 400))).astype(float)


def test_training_samples_equal_the_normalisation_functions(counts):
    np.testing.assert_allclose(LogCPM().fit_transform(counts), log_cpm(counts), rtol=1e-13)
    expected = log_cpm(counts, factors=tmm_factors(counts), prior=0.5)
    ours = LogCPM(tmm=True, prior=0.5)
    np.testing.assert_allclose(ours.fit_transform(counts), expected, rtol=1e-12)
    np.testing.assert_allclose(ours.transform(counts), expected, rtol=1e-12)


def test_new_samples_meet_the_training_reference(counts):
    fitted = LogCPM(tmm=True).fit(counts[:20])
    new = fitted.transform(counts[20:])
    np.testing.assert_array_equal(new[3], fitted.transform(counts[23:24])[0])
    # one gene floods a new sample: the other genes keep their values up to the prior's shrinkage
    flooded = counts[:1].copy()
    flooded[0, np.argmax(flooded[0])] += counts[0].sum()
    abundant = (counts[0] > 20) & (counts[0] < counts[0].max())
    before, after = fitted.transform(counts[:1])[0], fitted.transform(flooded)[0]
    np.testing.assert_allclose(after[abundant], before[abundant], atol=0.1)
    plain = LogCPM().fit(counts[:20])
    lost = plain.transform(counts[:1])[0] - plain.transform(flooded)[0]
    assert np.median(lost[abundant]) > 0.8


def test_a_count_of_zero_has_one_value(counts):
    logs = LogCPM().fit(counts[:20]).transform(counts)
    assert np.ptp(logs[counts == 0]) < 1e-9


def test_a_sample_without_counts_looks_like_zeros_everywhere(counts):
    fitted = LogCPM(tmm=True).fit(counts)
    empty = fitted.transform(np.zeros((1, counts.shape[1])))
    zero = fitted.transform(counts)[counts == 0][0]
    np.testing.assert_allclose(empty, zero, rtol=1e-9)


def test_state_is_set_whole(counts):
    plain = LogCPM().fit(counts)
    assert (plain.reference_, plain.reference_size_, plain.log_centre_) == (None, None, 0.0)
    assert plain.mean_size_ == pytest.approx(library_sizes(counts).mean())
    tmm = LogCPM(tmm=True).fit(counts)
    assert (plain._holds_training_data, tmm._holds_training_data) == (False, True)
    assert tmm.reference_size_ == tmm.reference_.sum()
    assert any(np.array_equal(tmm.reference_, row) for row in counts)


def test_refusals(counts):
    with pytest.raises(ValueError, match=r"Negative values in data passed to LogCPM\.fit"):
        LogCPM().fit(-counts)
    with pytest.raises(SampleError, match="30 samples and none of them has any counts"):
        LogCPM().fit(np.zeros_like(counts))
    with pytest.raises(ValueError, match="'prior' parameter of LogCPM"):
        LogCPM(prior=0).fit(counts)


@pytest.mark.real
def test_airway_equals_edger(data_folder: Path):
    counts = pd.read_csv(data_folder / "airway" / "counts.csv.gz", index_col=0).T
    design = pd.read_csv(data_folder / "reference" / "R" / "airway_design.csv", index_col=0)
    kept = counts.loc[:, filter_by_expr(counts.to_numpy(), design=design)].astype(np.float32)
    logs = LogCPM(tmm=True).set_output(transform="pandas").fit_transform(kept)
    table = data_folder / "reference" / "R" / "airway_logcpm_first2000.csv.gz"
    expected = pd.read_csv(table, index_col=0).T
    assert list(logs.columns[:2000]) == list(expected.columns)
    np.testing.assert_allclose(logs.iloc[:, :2000], expected, atol=2e-6)
