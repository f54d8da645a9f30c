from __future__ import annotations

import anndata as ad
import numpy as np
import pytest

from bulkwise.errors import InputError, SampleError
from bulkwise.evaluation.external.sides import (
    Asked,
    facts_of,
    open_side,
    refuse_other_classes,
)

FOLLOW_UP = Asked(None, "days", "relapse", 5.0, "days", None)
TARGET = Asked("tissue", None, None, None, "days", None)


def test_a_side_with_follow_up_knows_whom_it_does_not_know(home: ad.AnnData) -> None:
    side = open_side(FOLLOW_UP, home, "training")
    facts = facts_of(side)
    assert side.name == "home"
    assert facts.counts["yes"] + facts.counts["no"] + facts.censored == 120
    assert side.known.sum() == 120 - facts.censored
    assert side.patients() == facts.counts
    assert 0 < facts.risk < 1
    assert facts.platform is None
    assert facts.unit == "log2_tpm"


def test_a_target_needs_no_follow_up(home: ad.AnnData) -> None:
    side = open_side(TARGET, home, "test")
    facts = facts_of(side)
    assert side.followed is None
    assert facts.censored == 0
    assert np.isnan(facts.risk)
    assert sum(facts.counts.values()) == 120


def test_patients_come_from_their_column(home: ad.AnnData) -> None:
    twice = home.copy()
    twice.obs["patient"] = [f"P{i // 2}" for i in range(120)]
    side = open_side(TARGET, twice, "test")
    assert side.group_column == "patient"
    assert len(set(side.groups)) == 60
    assert sum(side.patients().values()) <= 120


def test_findings_say_which_cohort(home: ad.AnnData) -> None:
    flat = home.copy()
    flat.X[:, 3] = 1.0
    side = open_side(TARGET, flat, "test")
    assert any(one.message.startswith("In the test cohort: ") for one in side.findings)


def test_one_question_at_a_time() -> None:
    with pytest.raises(InputError, match="not both"):
        Asked("tissue", "days", None, None, "days", None)
    with pytest.raises(InputError, match="all three"):
        Asked(None, "days", "relapse", None, "days", None)
    assert TARGET.endpoint is None
    assert FOLLOW_UP.endpoint is not None


def test_a_class_that_was_never_trained_on_is_refused(home: ad.AnnData, away: ad.AnnData) -> None:
    other = away.copy()
    other.obs["tissue"] = np.where(np.arange(100) < 3, "odd", other.obs["tissue"])
    train, test = open_side(TARGET, home, "training"), open_side(TARGET, other, "test")
    with pytest.raises(SampleError, match="class 'odd' of 'tissue'"):
        refuse_other_classes(train, test)
    refuse_other_classes(train, open_side(TARGET, away, "test"))
