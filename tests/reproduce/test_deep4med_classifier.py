"""DeeP4med's table on a small made-up cohort: both protocols, all models, every difference."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.errors import InputError
from bulkwise.reproduce import deep4med_classifier
from bulkwise.reproduce.deep4med_classifier import (
    HONEST,
    OURS,
    PAPER,
    THEIRS,
    reproduce_deep4med_classifier,
)


@pytest.fixture(scope="module")
def cohort() -> AnnData:
    rng = np.random.default_rng(0)
    patient = np.repeat(np.arange(45), 2)
    tissue, condition = patient % 3, np.tile([0, 1], 45)
    logs = rng.normal(5, 1, size=(90, 250))
    for code in range(3):
        logs[np.ix_(tissue == code, range(10 * code, 10 * code + 10))] += 2
    logs[np.ix_(condition == 1, range(30, 40))] += 2
    obs = pd.DataFrame(
        {
            "tissue": np.array(["colon", "kidney", "liver"])[tissue],
            "condition": np.where(condition, "tumour", "normal"),
            "patient": [f"P{i}" for i in patient],
        },
        index=[f"s{i}" for i in range(90)],
    )
    var = pd.DataFrame(index=[f"G{i}" for i in range(250)])
    uns = {"unit": "fpkm", "cohort": "made"}
    return AnnData(X=np.exp2(logs).astype(np.float32), obs=obs, var=var, uns=uns)


@pytest.fixture(scope="module")
def made(cohort):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deep4med_classifier, "COMPONENTS", (5, 20))
        patch.setattr(
            deep4med_classifier,
            "_RIVALS",
            {name: deep4med_classifier._RIVALS[name] for name in ("LR", "LDA", "KNN")},
        )
        return reproduce_deep4med_classifier(cohort, epochs=0)


def test_every_model_stands_under_both_protocols_beside_the_paper(made):
    models = made.metrics["models"]
    assert len(models) == 2 * (1 + 3 * 2)
    for protocol in (HONEST, THEIRS):
        ours = models[f"{OURS}; {protocol}"]["metrics"]
        assert ours["Accuracy, tissue"]["value"] > 0.8
        assert ours["F1, liver"]["low"] <= ours["F1, liver"]["value"]
        assert (
            models[f"LDA, 20 components; {protocol}"]["metrics"]["Accuracy, condition"]["value"]
            > 0.6
        )
    printed = made.metrics["paper"]["models"]["DeeP4med, as printed"]["metrics"]
    assert printed["Accuracy, tissue"]["value"] == PAPER["tissue"]
    assert "0.986" in made.summary
    assert "KNN, 5 components" in made.summary


def test_the_page_names_the_differences_and_holds_the_code(made, tmp_path):
    folder = made.save(tmp_path / "out")
    text = (folder / "report.html").read_text()
    for said in (
        "What differs from the paper",
        "Harmonisation",
        "not trained in this run",
        "The code of held-out samples",
        "Class by class: condition",
    ):
        assert said in text
    run = json.loads((folder / "run.json").read_text())
    assert (run["paper"], run["seed"]) == ("deep4med-classifier", 0)


def test_the_papers_protocol_scales_before_it_splits_and_may_part_patients(cohort):
    honest, theirs = deep4med_classifier._honest(cohort, 0), deep4med_classifier._theirs(cohort, 0)
    assert float(np.max(theirs.cohort.X, axis=0).min()) == pytest.approx(1.0)
    np.testing.assert_array_equal(honest.cohort.X, cohort.X)
    patient = cohort.obs["patient"].to_numpy()
    for fold in honest.folds:
        assert not set(patient[fold.train]) & set(patient[fold.test])
    assert any(set(patient[fold.train]) & set(patient[fold.test]) for fold in theirs.folds)


def test_a_negative_number_of_epochs_is_refused(cohort):
    with pytest.raises(InputError, match="0 or more; got -1"):
        reproduce_deep4med_classifier(cohort, epochs=-1)


def test_the_published_settings_can_be_trained(cohort):
    ((_, ours), (name, published)) = deep4med_classifier._networks(HONEST, "fpkm", 1, 0)
    assert name == "published settings, 1 epochs"
    settings = published[-1]
    assert (settings.loss, settings.network.code, settings.network.widths) == (
        "cosine",
        12,
        (1024, 256),
    )
    assert ours[-1].loss == "cross_entropy"
    y = cohort.obs[["tissue", "condition"]]
    fitted = published.fit(np.asarray(cohort.X), y)
    assert fitted[-1].transform(published[0].transform(np.asarray(cohort.X))).shape == (90, 12)
    assert fitted[-1].reduction_.startswith("full width")
