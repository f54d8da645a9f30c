"""The reproduction of E-GEX on a small cohort: page, table, files."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from sklearn.dummy import DummyRegressor

from bulkwise.evaluation import evaluate_inference
from bulkwise.models import RidgeInference
from bulkwise.reproduce import reproduce_egex
from bulkwise.reproduce.egex import OURS, compose


@pytest.fixture(scope="module")
def cohort() -> AnnData:
    rng = np.random.default_rng(0)
    sources = rng.normal(size=(100, 6))
    X = 6 + sources @ rng.normal(size=(6, 50)) + 1.2 * rng.normal(size=(100, 50))
    obs = pd.DataFrame(
        {
            "patient": [f"p{i}" for i in range(100)],
            "condition": np.array(["normal", "tumour"])[(sources[:, 0] > 0).astype(int)],
            "source": np.array(["TCGA", "GTEx"])[np.arange(100) % 2],
            "tissue": np.array(["liver", "lung"])[(sources[:, 1] > 0).astype(int)],
        },
        index=[f"s{i}" for i in range(100)],
    )
    return AnnData(
        X=np.maximum(np.exp2(X) - 1, 0).astype(np.float32),
        obs=obs,
        var=pd.DataFrame(index=pd.Index([f"G{j}" for j in range(50)])),
        uns={"unit": "fpkm_harmonised", "cohort": "small"},
    )


def test_the_page_and_the_files(cohort: AnnData, tmp_path) -> None:
    result = reproduce_egex(cohort, landmarks="auto:15", folds=2, networks=False)
    result.save(tmp_path / "out")
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())["models"]
    assert (
        metrics[OURS]["metrics"]["within"]["value"] < metrics["mean"]["metrics"]["within"]["value"]
    )
    assert set(metrics["ridge"]["metrics"]) == {"within", "TCGA → GTEx", "normal → tumour"}
    html = (tmp_path / "out" / "report.html").read_text()
    for words in (
        "corrected over all samples before it was published",
        "landmarks were chosen on all samples",
        "Logistic regression for tissue",
        "16.64 %",
        "kernels (ours) against ridge",
    ):
        assert words in html
    assert result.summary.splitlines()[2].startswith(OURS)


def test_gains_here_stand_beside_the_printed_ones(cohort: AnnData) -> None:
    result = evaluate_inference(
        {
            "D-GEX": RidgeInference(penalties=10.0),
            "E-GEX": RidgeInference(),
            OURS: DummyRegressor(),
        },
        cohort,
        landmarks=[f"G{j}" for j in range(15)],
        ours=OURS,
        first_folds=1,
    )
    page = compose(result, "dgex")
    table = page.sections[-1].blocks[0]
    errors = {name: one.mae.value for name, one in result.scenarios[0].models.items()}
    row = next(row for row in table.rows if row[2] == "16.64 %")
    assert row[4] == f"{1 - errors['E-GEX'] / errors['D-GEX']:+.1%}"
