"""The task infer: kernels where profiles may be kept, ridge where nothing was said."""

from __future__ import annotations

import numpy as np
import pytest
from anndata import AnnData

from bulkwise.cli.training.infer import TASK
from bulkwise.errors import BulkwiseError


@pytest.fixture
def cohort() -> AnnData:
    """Two programmes of fifteen genes each."""
    rng = np.random.default_rng(0)
    programme = np.repeat(rng.normal(size=(40, 2)), 15, axis=1)
    made = AnnData((6 + programme + 0.3 * rng.normal(size=(40, 30))).astype(np.float32))
    made.var_names = [f"G{i:02d}" for i in range(30)]
    made.uns["unit"] = "log2_tpm"
    return made


def test_without_a_word_it_is_ridge_and_that_is_said(ask, said, cohort):
    trained = TASK.train(ask(cohort, landmarks="auto:6"))
    assert type(trained.model[-1]).__name__ == "RidgeInference"
    assert said[0].startswith("The model is ridge regression")
    assert len(trained.model[-1].target_names_) == 24
    assert trained.cohort is cohort


def test_kernels_where_profiles_may_be_kept(ask, said, cohort):
    trained = TASK.train(ask(cohort, landmarks="auto:6", allow=True))
    assert type(trained.model[-1]).__name__ == "ExpressionInference"
    assert not any(line.startswith("The model is ridge") for line in said)


def test_kernels_asked_for_are_refused_where_they_may_not_be_kept(ask, said, cohort):
    with pytest.raises(BulkwiseError, match="profiles"):
        TASK.train(ask(cohort, landmarks="auto:6", method="kernels"))
    named = TASK.train(ask(cohort, landmarks="auto:6", method="ridge"))
    assert type(named.model[-1]).__name__ == "RidgeInference"
    assert not said
