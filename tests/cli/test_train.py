"""``bulkwise train`` and ``predict``: a model comes back as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize("name", ["model.zip", "model"])
def test_train_then_predict(
    run: Run, options: tuple[object, ...], tmp_path: Path, name: str
) -> None:
    done = run("train", *options, "--target", "condition", "-o", tmp_path / name)
    assert (done.code, done.out.strip()) == (0, str(tmp_path / name))
    expression, *rest = options
    done = run("predict", tmp_path / name, expression, *rest, "-o", tmp_path / "p.csv")
    assert done.code == 0
    table = pd.read_csv(tmp_path / "p.csv", keep_default_na=False)
    assert list(table.columns[:3]) == ["sample", "predicted", "applicability"]
    assert table["applicability"].between(0, 1).all()
    told = table[table["predicted"] != ""]
    truth = told["sample"].str[-1].map({"N": "normal", "T": "tumour"})
    assert (told["predicted"] == truth).mean() > 0.9


def test_several_targets_are_trained_and_predicted(run, options, tmp_path):
    both = ("--target", "condition", "--target", "site", "-o", tmp_path / "both.zip")
    done = run("train", *options, *both)
    assert done.code == 0, done.err
    out = tmp_path / "new.csv"
    matrix, _, _, *unit = options
    done = run("predict", tmp_path / "both.zip", matrix, *unit, "-o", out)
    assert done.code == 0, done.err
    heads = out.read_text().split("\n", 1)[0]
    assert heads.startswith("sample,predicted(condition),predicted(site),applicability")
    assert "p(site: A)" in heads
    done = run("train", *options, *both, "--network", "mlp")
    assert done.code == 2
    assert "take --network multitask_autoencoder" in done.err
