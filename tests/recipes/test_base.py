"""A fit that hands patients on to whoever asks for them, and to nobody else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.errors import SampleError
from bulkwise.recipes.base import fit_by_patient, patient_column


class Asks(ClassifierMixin, BaseEstimator):
    """Remembers the groups that it was given."""

    __metadata_request__fit = {"groups": True}  # noqa: RUF012

    def fit(self, X, y, groups=None):
        self.groups_, self.classes_ = groups, np.unique(y)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


class Never(ClassifierMixin, BaseEstimator):
    """Takes no groups at all."""

    def fit(self, X, y):
        self.classes_, self.n_ = np.unique(y), len(X)
        return self


@pytest.fixture
def cohort() -> AnnData:
    sheet = pd.DataFrame({"donor": ["p", "p", "q", "q"], "kind": list("abab")}, index=list("wxyz"))
    return AnnData(np.arange(8, dtype=np.float32).reshape(4, 2), obs=sheet)


@pytest.mark.parametrize("whole", [Asks(), make_pipeline(StandardScaler(), Asks())], ids=str)
def test_patients_reach_a_step_that_asks(cohort, whole):
    fitted = fit_by_patient(whole, cohort.to_df(), cohort.obs["kind"], cohort, "donor")
    assert fitted is whole
    final = whole[-1] if hasattr(whole, "steps") else whole
    assert list(final.groups_) == ["p", "p", "q", "q"]


def test_nobody_else_is_given_them(cohort):
    kind = cohort.obs["kind"]
    assert fit_by_patient(Asks(), cohort.to_df(), kind, cohort, None).groups_ is None
    assert fit_by_patient(Never(), cohort.to_df(), kind, cohort, "donor").n_ == 4


def test_a_gap_or_a_missing_column_is_named(cohort):
    with pytest.raises(SampleError, match="no column 'patient'"):
        fit_by_patient(Asks(), cohort.to_df(), cohort.obs["kind"], cohort, "patient")
    cohort.obs["donor"] = ["p", None, "q", "q"]
    with pytest.raises(SampleError, match=r"donor.*1 of 4"):
        fit_by_patient(Asks(), cohort.to_df(), cohort.obs["kind"], cohort, "donor")


def test_the_usual_column_is_patient(cohort):
    assert patient_column(cohort) is None
    cohort.obs["patient"] = cohort.obs["donor"]
    assert patient_column(cohort) == "patient"
