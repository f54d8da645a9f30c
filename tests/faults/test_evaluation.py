"""What goes wrong when a model is judged gets one clear sentence."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.errors import InputError, LeakageError, SampleError, UnitError
from bulkwise.evaluation import evaluate


@pytest.fixture
def cohort():
    rng = np.random.default_rng(0)
    obs = pd.DataFrame(
        {
            "state": np.resize(["normal", "tumour"], 40),
            "patient": np.repeat([f"P{i}" for i in range(20)], 2),
        },
        index=[f"S{i}" for i in range(40)],
    )
    found = ad.AnnData(rng.normal(6, 1, (40, 30)).astype(np.float32), obs=obs)
    found.var_names = [f"G{i}" for i in range(30)]
    found.uns["unit"] = "log2"
    return found


def run(cohort, model=None, **options):
    model = make_pipeline(StandardScaler(), GaussianNB()) if model is None else model
    defaults = {"target": "state", "repeats": 1, "permutations": 0, "baselines": []}
    return evaluate(model, cohort, **(defaults | options))


def test_a_fitted_scaler(cohort):
    leaky = make_pipeline(StandardScaler().fit(cohort.X), GaussianNB())
    with pytest.raises(LeakageError, match=r"standardscaler \(StandardScaler\) is fitted already"):
        run(cohort, leaky)


def test_a_matrix_scaled_over_all_samples(cohort):
    cohort.X = StandardScaler().fit_transform(cohort.X)
    assert "scaled-before-split" in {finding.code for finding in run(cohort).findings}


def test_a_patient_on_both_sides(cohort):
    with pytest.raises(LeakageError, match="'P9'"):
        run(cohort, split=[(np.arange(19), np.arange(19, 40))])


def test_a_class_with_fewer_patients_than_folds(cohort):
    cohort.obs["state"] = ["rare"] * 6 + ["common"] * 34
    with pytest.raises(SampleError, match="'rare' has 3"):
        run(cohort)


def test_one_class_only(cohort):
    cohort.obs["state"] = "normal"
    with pytest.raises(SampleError, match="only the class 'normal'"):
        run(cohort)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"target": "stat"}, SampleError, "no column 'stat'"),
        ({"groups": "donor"}, SampleError, "no column 'donor'"),
        ({"source": "site"}, SampleError, "no column 'site'"),
        ({"holdout_by": "site"}, SampleError, "no column 'site'"),
        ({"covariates": ["grade"]}, SampleError, "no column 'grade'"),
        ({"metric": "f1"}, InputError, "metric 'f1' isn't known"),
        ({"baselines": ["svm"]}, InputError, "baseline 'svm' isn't known"),
        ({"name": "knn", "baselines": ["knn"]}, InputError, "like one of the baselines"),
        ({"split": []}, SampleError, "no folds in the split"),
        ({"permutations": -1}, InputError, "must be 0 or more"),
        ({"margin": -0.1}, InputError, "margin must be 0 or more"),
    ],
)
def test_what_was_asked_wrongly(cohort, options, kind, message):
    with pytest.raises(kind, match=message):
        run(cohort, **options)


def test_the_unit_is_never_guessed(cohort):
    del cohort.uns["unit"]
    with pytest.raises(UnitError, match="never guessed"):
        run(cohort)


def test_values_that_are_no_numbers(cohort):
    cohort.X[3, 4] = np.nan
    with pytest.raises(InputError, match="S3"):
        run(cohort)


def test_results_do_not_overwrite_somebody_elses_folder(cohort, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="the folder holds other files"):
        run(cohort).save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


class Interrupted(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        raise KeyboardInterrupt

    def predict(self, X):
        raise AssertionError


def test_an_interruption_leaves_an_old_result_as_it_was(cohort, tmp_path):
    folder = run(cohort).save(tmp_path / "out")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(KeyboardInterrupt):
        run(cohort, Interrupted()).save(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
