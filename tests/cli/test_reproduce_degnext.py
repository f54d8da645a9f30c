"""``bulkwise reproduce degnext``: the folder it leaves, and cohorts that aren't there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import pytest

Run = Callable[..., Any]


def test_the_files_of_the_command(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    change = np.tile([-1, 1, 0, 1], 30)
    tumour = np.arange(24) >= 9
    levels = rng.normal(8, 1, 120) + 0.5 * rng.normal(size=(24, 120)) + 2 * tumour[:, None] * change
    genes = pd.DataFrame(
        {
            "split": np.where(change == 0, "T2", np.tile(["F1", "T3", "T2"], 40)),
            "direction": np.array(["down", "neutral", "up"])[change + 1],
        },
        index=[f"G{j}" for j in range(120)],
    )
    genes["validated"] = genes["split"] != "T2"
    sheet = pd.DataFrame(
        {"condition": np.where(tumour, "tumour", "normal")}, index=[f"S{i}" for i in range(24)]
    )
    (tmp_path / "degnext").mkdir()
    ad.AnnData(
        np.exp2(levels).astype(np.float32), obs=sheet, var=genes, uns={"unit": "normalized_counts"}
    ).write_h5ad(tmp_path / "degnext" / "CHOL.h5ad")
    done = run("reproduce", "degnext", "--data", tmp_path, "--epochs", 2, "-o", tmp_path / "out")
    assert done.code == 0, done.err
    assert "table 2, learnt in the cohort: accuracy, mean of 1 cohorts" in done.out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"metrics.json", "report.html", "run.json"}
    assert json.loads((tmp_path / "out" / "run.json").read_text())["cohorts"] == ["CHOL"]


def test_cohorts_that_are_not_there_are_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run("reproduce", "degnext", "--data", tmp_path, "-o", tmp_path / "out")
    assert done.code == 2
    assert "BLCA.h5ad" in done.err
    monkeypatch.delenv("BULKWISE_DATA", raising=False)
    done = run("reproduce", "degnext", "-o", tmp_path / "out")
    assert done.code == 2
    assert "--data" in done.err
    assert not (tmp_path / "out").exists()
