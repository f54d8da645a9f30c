"""The task translate: from options to a translator, with no profiles kept unasked."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.cli.training.translate import TASK
from bulkwise.errors import InputError

WHAT = {"column": "condition", "from_": "normal", "to": "tumour"}


def test_options_are_the_translators(ask, said, pairs_cohort):
    trained = TASK.train(ask(pairs_cohort, **WHAT, tissue="tissue", pairs="patient"))
    model = trained.model
    assert (model.source, model.target, model.column) == ("normal", "tumour", "condition")
    assert model.tissues_.tolist() == ["colon", "kidney", "liver"]
    assert trained.cohort is pairs_cohort
    assert trained.target == ()
    assert "slopes" in model.forward_
    assert model.forward_["slopes"].any()


@pytest.mark.parametrize("allow", [True, False])
def test_profiles_are_kept_only_where_allowed(ask, said, pairs_cohort, allow):
    trained = TASK.train(ask(pairs_cohort, allow=allow, **WHAT, pairs="patient"))
    assert ("personal_deviations" in trained.model.forward_) == allow
    assert [line.startswith("The model is trained with means and slopes") for line in said] == (
        [] if allow else [True]
    )


def test_the_patient_comes_from_pairs_or_groups_and_not_from_two_columns(ask, said, pairs_cohort):
    for named in ({"groups": "patient"}, {"groups": "patient", "pairs": "patient"}):
        assert TASK.train(ask(pairs_cohort, **WHAT, **named)).model.pairs == "patient"
    with pytest.raises(InputError, match="got 'patient' there and 'tissue' in --groups"):
        TASK.train(ask(pairs_cohort, **WHAT, groups="tissue", pairs="patient"))


def test_the_floor_holds_in_what_the_bundle_remembers(ask, said, pairs_cohort):
    holes = pairs_cohort.copy()
    holes.X[0, 0] = np.nan
    trained = TASK.train(ask(holes, **WHAT, floor=4.0))
    assert trained.model.floor == 4.0
    assert trained.cohort.X.min() == 4.0
    assert np.isnan(holes.X[0, 0])
