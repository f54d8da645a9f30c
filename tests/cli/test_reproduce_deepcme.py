"""``bulkwise reproduce deepcme``: the folder it leaves, and cohorts that aren't there."""

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
    sheet = pd.DataFrame({"relapse": ["n", "y"] * 30}, [f"S{i}" for i in range(60)])
    genes = pd.DataFrame(index=[f"G{i}" for i in range(20)])
    X = rng.normal(6, 1, (60, 20)).astype(np.float32)
    ad.AnnData(X, obs=sheet, var=genes, uns={"unit": "log2"}).write_h5ad(tmp_path / "made.h5ad")
    few = ("--target", "relapse", "--repeats", 2, "--epochs", 2, "--sweep", 0)
    done = run("reproduce", "deepcme", tmp_path / "made.h5ad", *few, "-o", tmp_path / "out")
    assert done.code == 0, done.err
    assert "deepcme-sparse" in done.out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"metrics.json", "report.html", "run.json"}
    assert json.loads((tmp_path / "out" / "run.json").read_text())["paper"] == "deepcme"


def test_cohorts_that_are_not_there_are_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run("reproduce", "deepcme", "--data", tmp_path, "-o", tmp_path / "out")
    assert done.code == 2
    assert "nki_subset" in done.err
    monkeypatch.delenv("BULKWISE_DATA", raising=False)
    done = run("reproduce", "deepcme", "-o", tmp_path / "out")
    assert done.code == 2
    assert "--data" in done.err
    assert not (tmp_path / "out").exists()
