"""The catalogue is complete and speaks of what is there."""

from __future__ import annotations

import json

import pytest

from bulkwise import datasets
from bulkwise.checks.base import UNITS
from bulkwise.datasets.catalog import CATALOG, describe, list_cohorts
from bulkwise.errors import InputError


def test_every_entry_is_whole() -> None:
    cohorts = list_cohorts()
    assert [info.name for info in cohorts] == [
        "bladder",
        "simulated",
        "rnaseqdb",
        "rnaseqdb-counts",
    ]
    for info in cohorts:
        assert info.unit in UNITS
        assert info.origin
        assert info.licence
        assert info.citation
        assert info.title
        assert json.loads(json.dumps(info.to_dict()))["name"] == info.name


@pytest.mark.parametrize("name", ["bladder", "simulated"])
def test_what_an_entry_says_is_so(name: str) -> None:
    info = describe(name)
    cohort = datasets.load(name)
    assert cohort.shape == (info.n_samples, info.n_genes)
    assert cohort.uns["unit"] == info.unit
    assert cohort.uns["cohort"] == name
    columns = {info.target, info.groups, info.source} - {None}
    assert columns <= set(cohort.obs.columns)


def test_a_list_is_the_callers_own() -> None:
    list_cohorts().clear()
    assert len(list_cohorts()) == len(CATALOG) == 4


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"did you mean 'rnaseqdb'.*'bladder', 'simulated'"):
        describe("rnaseqbd")
