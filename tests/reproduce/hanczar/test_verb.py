"""The whole reproduction on a small cohort: studies, page, claims; and it goes on."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.errors import InputError
from bulkwise.networks import MLP
from bulkwise.reproduce import reproduce_hanczar
from bulkwise.reproduce.hanczar import Passage, Task
from bulkwise.reproduce.hanczar.paper import UNANSWERED
from bulkwise.study import Local
from bulkwise.study.random_search import networks

QUICK = {"trials": 12, "epochs": 3, "repeats": 2, "methods": ("network", "logistic")}


@pytest.fixture
def task() -> Task:
    rng = np.random.default_rng(0)
    codes = np.arange(60) % 2
    X = rng.normal(size=(60, 80)) + 1.5 * np.eye(2, 80)[codes]
    made = AnnData(
        X.astype(np.float32),
        obs=pd.DataFrame(
            {"condition": np.array(["normal", "tumour"])[codes]}, index=[f"s{i}" for i in range(60)]
        ),
    )
    made.var_names = [f"G{i}" for i in range(80)]
    made.uns |= {"unit": "log2", "cohort": "small"}
    return Task("small", "Tumour or normal", made, "condition")


def sided(cohort: AnnData) -> AnnData:
    made = cohort.copy()
    made.obs["side"] = np.where(np.arange(60) % 4 < 2, "left", "right")
    return made


def test_studies_page_and_claims(task, tmp_path, monkeypatch):
    monkeypatch.setattr(networks, "NETWORKS_OF_A_UNIT", 6)
    asked = {"cohorts": sided(task.cohort), "target": "condition", "by": "side"}
    asked |= {"sizes": (8,), "freeze": (0, 1), "least": 4, "network": MLP(widths=(8,))}
    passages = [Passage("sides", "From side to side", "4", asked)]
    found = reproduce_hanczar([task], passages, folder=tmp_path / "s", engine=Local(1), **QUICK)
    found.save(tmp_path / "out")
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["models"]["network (Tumour or normal)"]["metrics"]["balanced_accuracy"]["value"]
    answers = {one["answer"] for one in metrics["claims"]}
    assert answers <= {"holds", "doesn't hold", "undecided"}
    html = (tmp_path / "out" / "report.html").read_text()
    titles = [section.title for section in found.page.sections]
    assert titles[0] == "The paper's claims"
    for words in (
        "Figure 2: what each setting did",
        "Table 4",
        "Figure 3",
        "From side to side (figures 4)",
    ):
        assert any(title.startswith(words) for title in titles)
    for text, why in UNANSWERED:
        assert why in html
        assert text.split("(")[0].strip() in html
    begun = (tmp_path / "s" / "small-settings" / "study" / "results.jsonl").read_bytes()
    again = reproduce_hanczar([task], passages, folder=tmp_path / "s", engine=Local(1), **QUICK)
    assert (tmp_path / "s" / "small-settings" / "study" / "results.jsonl").read_bytes() == begun
    assert again.summary == found.summary


def test_numbers_out_of_range_are_refused(task, tmp_path):
    for more in ({"trials": 0}, {"epochs": 0}, {"repeats": 1}):
        with pytest.raises(InputError, match="at least 1 trial, 1 epoch and 2 repeats"):
            reproduce_hanczar([task], folder=tmp_path, **(QUICK | more))
