from __future__ import annotations

from collections.abc import Callable

import anndata as ad
import numpy as np
import pytest

from bulkwise.errors import InputError, SampleError
from bulkwise.evaluation import with_endpoint


def test_the_target_says_what_is_known_and_the_answer_is_not_left_in_the_sheet(
    home: ad.AnnData,
) -> None:
    before = home.obs.copy()
    found = with_endpoint(home, time="days", event="relapse", years=5)
    assert found.target == "relapse within 5 years"
    assert found.cohort.obs[found.target].tolist() == found.endpoint.labels.tolist()
    assert not {"days", "relapse"} & set(found.cohort.obs.columns)
    counts = found.endpoint.counts()
    assert found.known.n_obs == counts["yes"] + counts["no"]
    assert set(found.known.obs[found.target]) == {"yes", "no"}
    assert found.known.uns["unit"] == "log2_tpm"
    assert home.obs.equals(before)


def test_the_censored_are_counted_and_named(home: ad.AnnData) -> None:
    found = with_endpoint(home, time="days", event="relapse", years=5)
    (finding,) = found.findings
    assert finding.code == "censored-before-endpoint"
    n = found.endpoint.counts()["censored"]
    assert n > 0
    assert f"{n} of 120 patients of home left before 5 years" in finding.message
    names = home.obs_names[found.endpoint.censored]
    assert finding.items == tuple(names)


def test_missing_follow_up_is_left_out_and_said(make_cohort: Callable[..., ad.AnnData]) -> None:
    cohort = make_cohort(n=60)
    cohort.obs["days"] = cohort.obs["days"].astype(object)
    cohort.obs.loc[cohort.obs_names[:2], "days"] = ["NA", None]
    cohort.obs.loc[cohort.obs_names[2], "relapse"] = None
    found = with_endpoint(cohort, time="days", event="relapse", years=5)
    assert found.dropped == 3
    assert found.cohort.n_obs == 57
    assert found.findings[0].code == "no-follow-up"
    assert found.findings[0].items == tuple(cohort.obs_names[:3])


def test_months_make_the_same_endpoint(make_cohort: Callable[..., ad.AnnData]) -> None:
    cohort = make_cohort()
    days = with_endpoint(cohort, time="days", event="relapse", years=5)
    cohort.obs["days"] = cohort.obs["days"] / (365.25 / 12)
    months = with_endpoint(cohort, time="days", event="relapse", years=5, time_unit="months")
    np.testing.assert_array_equal(days.endpoint.labels, months.endpoint.labels)


def test_what_cannot_be_read_is_said(make_cohort: Callable[..., ad.AnnData]) -> None:
    cohort = make_cohort(n=20)
    with pytest.raises(SampleError, match="no column 'months'"):
        with_endpoint(cohort, time="months", event="relapse", years=5)
    with pytest.raises(InputError, match=r"time unit 'weeks' isn't known: .*days, months, years"):
        with_endpoint(cohort, time="days", event="relapse", years=5, time_unit="weeks")
    with pytest.raises(InputError, match=r"time column 'tissue' has '(low|high)'"):
        with_endpoint(cohort, time="tissue", event="relapse", years=5)
    with pytest.raises(InputError, match="event column has"):
        with_endpoint(cohort, time="days", event="tissue", years=5)
    cohort.obs["days"] = np.nan
    with pytest.raises(SampleError, match="No sample has both a time"):
        with_endpoint(cohort, time="days", event="relapse", years=5)
