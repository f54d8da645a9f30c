"""What was planted, what was found."""

from __future__ import annotations

import pytest
from sklearn.pipeline import make_pipeline

from bulkwise.datasets import load, simulate
from bulkwise.errors import InputError
from bulkwise.explain import recover_markers
from bulkwise.models import ExpressionClassifier
from bulkwise.preprocess import LogCPM, Standardize
from bulkwise.training import Training


def test_planted_markers_are_found() -> None:
    cohort = simulate(204, 800, 3, n_causal=5)
    model = make_pipeline(LogCPM(), Standardize(), ExpressionClassifier(random_state=0))
    model.fit(cohort.to_df(), cohort.obs["tissue"])
    found = recover_markers(model, cohort)
    assert [item.label for item in found] == list(model.classes_)
    assert min(item.auroc for item in found) > 0.95
    assert sum(item.n_found for item in found) > 5 * sum(item.expected for item in found)


def test_a_real_cohort_has_no_known_truth() -> None:
    cohort = load("bladder")[:, :300].copy()
    model = make_pipeline(ExpressionClassifier(training=Training(epochs=2), random_state=0))
    model.fit(cohort.to_df(), cohort.obs["cancer"])
    with pytest.raises(InputError, match="only for the tissues of a simulated cohort"):
        recover_markers(model, cohort)
