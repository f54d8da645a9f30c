"""A search finds networks that work, judges them on others' patients, and goes on."""

from __future__ import annotations

import json
from dataclasses import replace

import anndata
import numpy as np
import pytest

from bulkwise import bundle
from bulkwise.errors import InputError, SampleError, StudyError
from bulkwise.study import Local, Search, Store, search
from bulkwise.study.random_search import SPACES, Setting, networks
from bulkwise.study.random_search import space as where
from bulkwise.study.random_search.parts import split
from bulkwise.study.random_search.sampling import units

from ..conftest import plan_of  # noqa: TID252


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(networks, "NETWORKS_OF_A_UNIT", 10)


def run(cohort, folder, **more) -> Search:
    given = {"target": "kind", "trials": 30, "epochs": 5, "engine": Local(1)}
    return search(cohort, folder=folder, **(given | more))


def test_a_search_end_to_end(cohort, few, tmp_path):
    before = cohort.X.copy()
    found = run(cohort, tmp_path)
    assert len(found.trials) == 30
    assert found.models["best network"]["balanced_accuracy"].value > 0.8
    assert set(found.models) == {"best network", "five best together", "logistic"}
    ranked = found.trials.set_index("trial").loc[list(found.best)]
    assert ranked["balanced_accuracy"].is_monotonic_decreasing
    assert set(found.trials["ended"]) <= {"epochs", "dropped", "diverged"}
    assert (found.trials["ended"] == "dropped").sum() == 3 * (10 - 3)
    assert "30 networks" in found.verdict[0]
    assert found.run["seconds"]["networks"] > 0
    assert np.array_equal(cohort.X, before)
    again = Search.load(tmp_path)
    assert again.summary() == found.summary()
    assert again.trials["widths"].tolist() == found.trials["widths"].tolist()
    metrics = json.loads((tmp_path / "metrics.json").read_text())["models"]
    value = metrics["logistic"]["metrics"]["accuracy"]["value"]
    assert value == found.models["logistic"]["accuracy"].value


def test_the_bundle_is_the_network_that_was_judged(cohort, few, tmp_path):
    found = run(cohort, tmp_path)
    parts = split(cohort, "kind", None, 0.2, 0)
    loaded = bundle.load(tmp_path / "best.zip")
    right = loaded.model.predict(cohort.X[parts.outer]) == cohort.obs["kind"].iloc[parts.outer]
    assert np.mean(right) == pytest.approx(found.models["best network"]["accuracy"].value)


def test_a_search_goes_on_and_gives_what_it_would_have_given(cohort, few, tmp_path):
    whole = run(cohort, tmp_path / "whole")
    begun = run(cohort, tmp_path / "begun")
    path = tmp_path / "begun" / "study" / "results.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:50])
    assert len(Store.look(tmp_path / "begun").left) == 2
    resumed = run(cohort, tmp_path / "begun")
    assert resumed.trials.equals(whole.trials)
    assert resumed.models == whole.models == begun.models
    assert path.read_bytes().splitlines()[0] == lines[0].rstrip()


def test_another_cohort_or_seed_isnt_mixed_in(cohort, few, tmp_path):
    run(cohort, tmp_path, trials=10)
    other = cohort.copy()
    other.X[3, 5] += 1
    with pytest.raises(StudyError, match=r"other data \(SHA-256\): expected [0-9a-f]{64}"):
        run(other, tmp_path, trials=10)
    with pytest.raises(StudyError, match="other seeds: expected 0, got 4"):
        run(cohort, tmp_path, trials=10, random_state=4)


def test_what_cant_be_searched_is_refused(cohort, tmp_path):
    for words, more in (
        ("trials must be 1 or more", {"trials": 0}),
        ("epochs must be 1 or more", {"epochs": -1}),
        ("share held out", {"holdout": 1.0}),
        ("no space", {"space": "huge"}),
    ):
        with pytest.raises(InputError, match=words):
            run(cohort, tmp_path / "x", **more)
    with pytest.raises(SampleError, match="colour"):
        run(cohort, tmp_path / "x", target="colour")
    assert not (tmp_path / "x").exists()


def test_a_search_in_which_everything_diverges_says_so(cohort, few, tmp_path, monkeypatch):
    rate = Setting("Learning rate", "uniform", (1e30, 2e30))
    space = replace(
        SPACES["compact"], settings={**SPACES["compact"].settings, "learning_rate": rate}
    )
    monkeypatch.setattr(where, "SPACES", {"compact": space})
    with pytest.raises(StudyError, match="No network could be trained to its end"):
        run(cohort, tmp_path, trials=10)


def test_plans_of_a_search_differ_by_what_is_asked(few):
    made = units(25, networks.NETWORKS_OF_A_UNIT, "networks")
    assert [unit.name for unit in made] == [
        "networks-000000",
        "networks-000010",
        "networks-000020",
    ]
    assert made[-1].settings == {"first": 20, "end": 25}
    assert plan_of().sha256 != plan_of(units=made).sha256


@pytest.mark.real
def test_tissues_of_real_samples(data_folder, tmp_path):
    tissues = anndata.read_h5ad(data_folder / "gtex_26_tissues.h5ad")
    found = run(tissues, tmp_path, target="tissue", epochs=8)
    assert found.models["best network"]["accuracy"].value > 0.85
    assert found.importance[0].setting in {"learning_rate", "batch_norm", "depth"}
