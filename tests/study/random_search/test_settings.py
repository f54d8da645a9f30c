"""Any estimator is searched on the same store, judged on others' patients, and saved."""

from __future__ import annotations

import json

import anndata
import numpy as np
import pytest

from bulkwise import bundle
from bulkwise.errors import InputError, StudyError
from bulkwise.reporting.study.search import compose
from bulkwise.study import (
    Classify,
    Direct,
    Infer,
    Local,
    Search,
    Store,
    Translate,
    search_settings,
)
from bulkwise.study.random_search import Setting

QUICK = {"training__epochs": Setting("Epochs", "choice", (3,))}


def run(name, cohort, question, folder, **more) -> Search:
    given = {"trials": 6, "vary": QUICK, "engine": Local(1)}
    return search_settings(name, cohort, question=question, folder=folder, **(given | more))


@pytest.fixture
def sided(cohort):
    cohort.obs["side"] = np.where(np.asarray(cohort.X)[:, 40] > 0, "left", "right")
    return cohort


@pytest.fixture
def pairs(cohort):
    """A normal and a tumour sample of each patient."""
    cohort.obs["condition"] = np.where(np.arange(120) % 2, "tumour", "normal")
    cohort.X[1::2, 50:90] += 3
    return cohort


def test_a_network_of_several_targets_end_to_end(sided, tmp_path):
    before = sided.X.copy()
    longer = {"training__epochs": Setting("Epochs", "choice", (25,))}
    question = Classify(target=("kind", "side"))
    found = run("MultitaskClassifier", sided, question, tmp_path, vary=longer)
    assert list(found.models) == ["best settings", "settings it starts with", "logistic"]
    assert found.models["best settings"]["balanced_accuracy"].value > 0.55
    assert len(found.trials) == 6
    assert set(found.trials["ended"]) == {"fitted"}
    assert found.trials["network__code"].between(8, 64).all()
    ranked = found.trials.set_index("trial").loc[list(found.best), "balanced_accuracy"]
    assert ranked.is_monotonic_decreasing
    assert np.array_equal(sided.X, before)
    loaded = bundle.load(tmp_path / "best.zip")
    assert list(loaded.targets) == ["kind", "side"]
    again = Search.load(tmp_path)
    assert again.summary() == found.summary()
    assert compose(again).title.startswith("Predicting kind and side in cohort")
    metrics = json.loads((tmp_path / "metrics.json").read_text())["models"]
    assert metrics["logistic"]["metrics"]["accuracy"]["value"] > 0.5


def test_a_search_goes_on_and_gives_what_it_would_have_given(cohort, tmp_path):
    question = Classify(target=("kind",))
    whole = run("ExpressionClassifier", cohort, question, tmp_path / "a")
    run("ExpressionClassifier", cohort, question, tmp_path / "b")
    path = tmp_path / "b" / "study" / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-10])
    assert len(Store.look(tmp_path / "b").left) == 1
    again = run("ExpressionClassifier", cohort, question, tmp_path / "b")
    alike = [name for name in whole.trials if name != "seconds"]
    assert again.trials[alike].equals(whole.trials[alike])
    assert again.models == whole.models


def test_a_transferor_is_judged_by_patients_who_gave_both(pairs, tmp_path):
    question = Translate(column="condition", source="normal", target="tumour", pairs="patient")
    found = run("ExpressionTransferor", pairs, question, tmp_path, trials=2)
    best, start, rule = (one["error"].value for one in found.models.values())
    assert min(best, start) > rule > 0
    assert found.score.title.startswith("Mean squared error")
    assert bundle.load(tmp_path / "best.zip").task == "translate"
    assert "translating normal into tumour" in compose(found).question


def test_inference_is_searched_with_landmarks_of_the_search(cohort, tmp_path):
    vary = {**QUICK, "network__widths": Setting("Units", "choice", ([20], [40]))}
    found = run("NetworkInference", cohort, Infer(landmarks="auto:30"), tmp_path, vary=vary)
    assert len(found.asked["question"]["landmarks"]) == 30
    assert set(found.trials["network__widths"]) <= {"20", "40"}
    assert set(found.models) == {"best settings", "settings it starts with", "ridge"}
    assert "inferring genes from 30 landmarks" in compose(found).question


def test_settings_that_cant_be_fitted_are_recorded_and_the_rest_goes_on(cohort, tmp_path):
    rates = Setting("Learning rate", "choice", (0.03, 1e30))
    vary = {**QUICK, "training__learning_rate": rates}
    question = Classify(target=("kind",))
    found = run("ExpressionClassifier", cohort, question, tmp_path, trials=8, vary=vary)
    failed = found.trials[found.trials["ended"] == "failed"]
    assert 0 < len(failed) < 8
    assert (failed["training__learning_rate"] == 1e30).all()
    assert failed["fault"].str.contains("FitError").all()
    assert "couldn't be fitted" in found.findings[0]["message"]
    nothing = {**QUICK, "training__learning_rate": Setting("Learning rate", "choice", (1e30,))}
    with pytest.raises(StudyError, match="None of 2 settings could be fitted; the first: FitErr"):
        run("ExpressionClassifier", cohort, question, tmp_path / "x", trials=2, vary=nothing)


def test_what_cant_be_asked_is_refused(cohort, tmp_path):
    kind = Classify(target=("kind",))
    for words, name, question, more in (
        ("for the task 'translate', not 'classify'", "ExpressionTransferor", kind, {}),
        ("trials must be 1 or more", "DeepCME", kind, {"trials": 0}),
        ("share held out", "DeepCME", kind, {"holdout": 1.5}),
        ("no sampler", "DeepCME", kind, {"sampler": "grid"}),
    ):
        with pytest.raises(InputError, match=words):
            run(name, cohort, question, tmp_path / "x", **more)
    assert not (tmp_path / "x").exists()


@pytest.mark.real
def test_several_targets_of_real_samples(data_folder, tmp_path):
    tissues = anndata.read_h5ad(data_folder / "gtex_26_tissues.h5ad")
    found = run(
        "MultitaskClassifier", tissues, Classify(target=("tissue",)), tmp_path, trials=1, vary=QUICK
    )
    assert found.models["best settings"]["accuracy"].value > 0.6  # 26 tissues, three epochs


def test_a_network_of_gene_rows_is_judged_by_genes_held_out(cohort, tmp_path):
    few = cohort[:24, :200].copy()
    few.obs["condition"] = np.where(np.arange(24) < 12, "normal", "tumour")
    way = np.array(["neutral"] * 100 + ["up"] * 60 + ["down"] * 40)
    few.var["direction"] = way
    few.X[12:, way == "up"] += 3
    few.X[12:, way == "down"] -= 3
    vary = {
        "network__channels": Setting("Channels", "choice", ([4] * 8,)),
        "network__widths": Setting("Units", "choice", ([16] * 4,)),
        "training__learning_rate": Setting("Learning rate", "choice", (3e-3,)),
        "training__batch_size": Setting("Batch size", "choice", (16,)),
        "training__epochs": Setting("Epochs", "choice", (1, 2)),
    }
    question = Direct(column="condition", contrast="tumour:normal")
    found = run("GeneDirectionClassifier", few, question, tmp_path, trials=3, vary=vary)
    rule = found.models["sign of the difference"]
    assert rule["changed"].value == 1.0
    assert rule["balanced_accuracy"].value == pytest.approx(2 / 3)
    best = found.models["best settings"]["balanced_accuracy"].value
    assert 1 / 3 <= best < 2 / 3  # a few steps don't make it as good as the rule
    assert (found.asked["n_train"], found.asked["n_held_out"]) == (128, 40)
    assert "40 genes that took no part" in found.verdict[0]
    assert bundle.load(tmp_path / "best.zip").task == "direction"
    assert "tumour:normal" in compose(found).question
    bare = few.copy()
    del bare.var["direction"]
    with pytest.raises(InputError, match="label_directions"):
        run("GeneDirectionClassifier", bare, question, tmp_path / "x", vary=vary)
