"""Saving and loading: the same predictions, the same bytes, only what can be stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import bulkwise as bw
from bulkwise import bundle, models, preprocess
from bulkwise.bundle.adapters import ADAPTERS
from bulkwise.errors import BundleError

GOLDEN = Path(__file__).parent / "golden"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text())
OF_COHORTS = json.loads((GOLDEN / "expected_of_cohorts.json").read_text())


@pytest.mark.parametrize("name", ["model", "model.zip"])
def test_the_same_predictions(tmp_path: Path, cohort, model, make_cohort, frame, name: str):
    before = cohort.X.copy()
    path = bw.save(model, tmp_path / name, cohort=cohort, target="tissue")
    loaded = bw.load(path)
    assert path == tmp_path / name
    assert isinstance(loaded.model, Pipeline)
    new = frame(make_cohort(first=40))
    np.testing.assert_array_equal(loaded.model.predict_proba(new), model.predict_proba(new))
    assert loaded.genes == tuple(cohort.var_names)
    assert (loaded.unit, loaded.targets) == ("fpkm", {"tissue": ("kidney", "liver", "lung")})
    assert loaded.task == "classify"
    assert loaded.training["n_patients"] == 18
    assert "# Model card: tissue" in loaded.card
    np.testing.assert_array_equal(cohort.X, before)


def test_the_same_bytes(tmp_path: Path, cohort, model):
    first, second = (
        bundle.save(model, tmp_path / f"{i}.zip", cohort=cohort, target="tissue") for i in "ab"
    )
    assert first.read_bytes() == second.read_bytes()


def test_what_was_loaded_can_be_saved(tmp_path: Path, cohort, model):
    first = bundle.save(model, tmp_path / "a.zip", cohort=cohort, target="tissue")
    again = bundle.load(first).model
    second = bundle.save(again, tmp_path / "b.zip", cohort=cohort, target="tissue")
    assert first.read_bytes() == second.read_bytes()


def test_a_single_estimator_becomes_a_pipeline(tmp_path: Path, cohort):
    alone = LogisticRegression(max_iter=2000).fit(
        np.log1p(cohort.X), cohort.obs["tissue"].to_numpy()
    )
    logs = cohort.copy()
    logs.X, logs.uns["unit"] = np.log1p(cohort.X), "log2_fpkm"
    loaded = bundle.load(bundle.save(alone, tmp_path / "m", cohort=logs, target="tissue"))
    np.testing.assert_array_equal(loaded.model.predict_proba(logs.X), alone.predict_proba(logs.X))


def test_what_is_inside_is_plain(tmp_path: Path, cohort, model):
    path = bundle.save(model, tmp_path / "m", cohort=cohort, target="tissue")
    main = json.loads((path / "bundle.json").read_text())
    assert (main["schema"], main["format"]) == ("bulkwise/bundle", 2)
    assert [step["step"]["class"] for step in main["steps"]] == [
        "bulkwise.preprocess.Log1p",
        "bulkwise.preprocess.Standardize",
        "bulkwise.models.RowSpaceLogistic",
    ]
    everything = b"".join(item.read_bytes() for item in path.iterdir())
    assert b"patient 3" not in everything
    assert b"sample 3" not in everything


def test_applicability_is_of_the_preprocessed_values(tmp_path: Path, cohort, model, frame):
    loaded = bundle.load(bundle.save(model, tmp_path / "m", cohort=cohort, target="tissue"))
    expected = models.Applicability().fit(
        model[:-1].transform(frame(cohort)),
        cohort.obs["tissue"].to_numpy(),
        groups=cohort.obs["patient"].to_numpy(),
    )
    np.testing.assert_array_equal(loaded.applicability.reference_, expected.reference_)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_golden_bundles_still_predict_the_same(golden, name: str):
    loaded = bundle.load(GOLDEN / f"{name}.zip")
    cohort = golden.cohort(loaded.unit)
    X = loaded.prepared(np.ascontiguousarray(cohort[:, list(loaded.genes)].X))
    np.testing.assert_allclose(golden.scores(loaded.model, X), EXPECTED[name], rtol=1e-6, atol=1e-9)
    assert loaded.applicability.n_features_in_ == loaded.model[-1].n_features_in_


@pytest.mark.parametrize("name", sorted(OF_COHORTS))
def test_golden_models_of_cohorts_still_predict_the_same(golden, name: str):
    model = bundle.load(GOLDEN / f"{name}.zip").model
    np.testing.assert_allclose(golden.cohort_scores(model), OF_COHORTS[name], rtol=1e-5, atol=1e-6)


def test_every_class_stands_in_a_golden_bundle():
    seen = {"Ridge", "XGBClassifier", "Applicability"}  # no classifier; an extra; in all of them
    for name in EXPECTED:
        seen |= {type(step).__name__ for _, step in bundle.load(GOLDEN / f"{name}.zip").model.steps}
    seen |= {type(bundle.load(GOLDEN / f"{name}.zip").model).__name__ for name in OF_COHORTS}
    wanted = set(ADAPTERS)
    for room in (preprocess, models):
        for name in room.TABLE:
            if name not in seen:
                made_of = getattr(room, name)
                if isinstance(made_of, type) and issubclass(made_of, BaseEstimator):
                    wanted.add(name)
    assert wanted <= seen, "run tests/bundle/make_golden.py with a pipeline of the new class"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (RandomForestClassifier(), "'last', a RandomForestClassifier: a bundle holds"),
        (FunctionTransformer(np.log1p), "a FunctionTransformer"),
        (GridSearchCV(LogisticRegression(), {}), "a GridSearchCV"),
        (models.NeighborsClassifier(), "keeps expression profiles.*allow-training-data"),
        (preprocess.LogCPM(tmm=True), "keeps expression profiles"),
        (models.RowSpaceLogistic(random_state=np.random.RandomState(0)), "random_state"),
    ],
)
def test_what_cannot_be_stored_is_told_before_training(step: Any, said: str):
    model = Pipeline([("first", StandardScaler()), ("last", step)])
    with pytest.raises(BundleError, match=said):
        bundle.check_storable(model)


def test_what_can_be_stored_passes_unfitted():
    bundle.check_storable(make_pipeline(*preprocess.for_unit("counts"), models.RowSpaceLogistic()))
    bundle.check_storable(make_pipeline("passthrough", LogisticRegression()))
    bundle.check_storable(models.NeighborsClassifier(), allow_training_data=True)


def test_profiles_are_allowed_on_request_and_said_on_the_card(tmp_path: Path, cohort, frame):
    model = make_pipeline(preprocess.Log1p(), models.NeighborsClassifier(ks=3))
    model.fit(frame(cohort), cohort.obs["tissue"].to_numpy())
    with pytest.raises(BundleError, match="profiles"):
        bundle.save(model, tmp_path / "m", cohort=cohort, target="tissue")
    assert list(tmp_path.iterdir()) == []
    path = bundle.save(
        model, tmp_path / "m", cohort=cohort, target="tissue", allow_training_data=True
    )
    loaded = bundle.load(path)
    assert "profiles of training samples" in loaded.card
    np.testing.assert_array_equal(
        loaded.model.predict_proba(frame(cohort)), model.predict_proba(frame(cohort))
    )


def test_models_and_cohorts_that_do_not_belong_together(tmp_path: Path, cohort, model):
    def refused(said: str, fitted: Any = model, made_on: Any = cohort, target: str = "tissue"):
        with pytest.raises(BundleError, match=said):
            bundle.save(fitted, tmp_path / "m", cohort=made_on, target=target)
        assert list(tmp_path.iterdir()) == []

    refused("isn't a fitted classifier", make_pipeline(StandardScaler(), LogisticRegression()))
    refused("isn't a fitted classifier", make_pipeline(StandardScaler()).fit(cohort.X))
    refused("60 genes", made_on=cohort[:, ::-1].copy())
    refused("60 genes and the cohort has 50", made_on=cohort[:, :50].copy())
    other = cohort.copy()
    other.obs["tissue"] = other.obs["tissue"].str.upper()
    refused("KIDNEY", made_on=other)


@pytest.mark.real
def test_a_real_cohort_there_and_back(tmp_path: Path, data_folder, frame):
    import anndata

    made_on = anndata.read_h5ad(data_folder / "gtex_26_tissues.h5ad")
    made_on.obs["tissue"] = made_on.obs["tissue"].astype(str)
    model = make_pipeline(preprocess.Standardize(), models.RowSpaceLogistic(Cs=5, folds=3))
    model.fit(frame(made_on), made_on.obs["tissue"].to_numpy())
    loaded = bundle.load(bundle.save(model, tmp_path / "m.zip", cohort=made_on, target="tissue"))
    np.testing.assert_array_equal(
        loaded.model.predict_proba(frame(made_on)), model.predict_proba(frame(made_on))
    )
    assert (tmp_path / "m.zip").stat().st_size < 2e6
