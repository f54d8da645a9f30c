"""Which models and cohorts belong together, by task."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise import bundle
from bulkwise.errors import BundleError, InputError


@pytest.fixture(scope="module")
def inferring(cohort, frame):
    """A model of three genes from ten others."""
    values = np.log1p(frame(cohort))
    inputs = values[[f"GENE{j}" for j in range(20, 10, -1)]]
    return make_pipeline(StandardScaler(), Ridge()).fit(inputs, values.to_numpy()[:, :3])


def test_a_model_of_some_of_the_genes(tmp_path: Path, cohort, inferring):
    path = bundle.save(inferring, tmp_path / "m.zip", cohort=cohort, task="infer")
    loaded = bundle.load(path)
    assert loaded.task == "infer"
    assert loaded.genes == tuple(f"GENE{j}" for j in range(20, 10, -1))
    assert loaded.targets == {}
    assert loaded.typical is None
    assert loaded.applicability.n_features_in_ == 10
    X = pd.DataFrame(np.asarray(cohort[:, list(loaded.genes)].X), columns=list(loaded.genes))
    np.testing.assert_array_equal(loaded.model.predict(X), inferring.predict(X))


def test_tasks_and_targets_that_do_not_go_together(tmp_path: Path, cohort, model, inferring):
    with pytest.raises(InputError, match="no task 'guess'"):
        bundle.save(model, tmp_path / "m", cohort=cohort, target="tissue", task="guess")
    with pytest.raises(InputError, match="goes with a target column; got none"):
        bundle.save(model, tmp_path / "m", cohort=cohort)
    with pytest.raises(InputError, match="no target column; got tissue"):
        bundle.save(inferring, tmp_path / "m", cohort=cohort, target="tissue", task="infer")
    with pytest.raises(BundleError, match="with 2 cohorts"):
        bundle.save(inferring, tmp_path / "m", cohort=[cohort, cohort], task="infer")
    assert list(tmp_path.iterdir()) == []


def test_genes_that_are_not_there(tmp_path: Path, cohort, inferring):
    with pytest.raises(BundleError, match="fitted on 10 genes and the cohort has 12"):
        bundle.save(inferring, tmp_path / "m", cohort=cohort[:, :12].copy(), task="infer")
