"""``bulkwise evaluate`` and ``report``: the results folder is what it is said to be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

Run = Callable[..., Any]
FEW = ("--folds", 3, "--repeats", 1, "--permutations", 3)


def test_results_folder(run: Run, options: tuple[object, ...], tmp_path: Path) -> None:
    done = run("evaluate", *options, "--target", "condition", *FEW, "-o", tmp_path / "a")
    assert done.code == 0
    assert "mlp" in done.out
    metrics = json.loads((tmp_path / "a" / "metrics.json").read_text())
    assert set(metrics["models"]) == {"mlp", "majority", "logistic", "knn"}
    accuracy = metrics["models"]["mlp"]["metrics"]["accuracy"]
    assert 0.9 <= accuracy["value"] <= 1
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    table = pd.read_csv(tmp_path / "a" / "predictions.csv")
    assert len(table) == 40
    assert set(table["predicted"]) <= {"normal", "tumour"}
    made = json.loads((tmp_path / "a" / "run.json").read_text())
    assert set(made["files"]) == {path.name for path in (tmp_path / "a").iterdir()}
    assert made["command"].startswith("bulkwise evaluate ")

    again = run("evaluate", *options, "--target", "condition", *FEW, "-o", tmp_path / "b")
    assert again.code == 0
    first, second = (tmp_path / name / "predictions.csv" for name in "ab")
    assert first.read_bytes() == second.read_bytes()

    drawn = run("report", tmp_path / "a", "-o", tmp_path / "again.html")
    assert drawn.code == 0
    assert (tmp_path / "again.html").stat().st_size < 8e6


def test_holdout_by_source(run: Run, options: tuple[object, ...], tmp_path: Path) -> None:
    done = run(
        "evaluate", *options, "--target", "condition", "--holdout-by", "site",
        "--permutations", 0, "-o", tmp_path / "out",
    )  # fmt: skip
    assert done.code == 0
    table = pd.read_csv(tmp_path / "out" / "predictions.csv")
    assert table["fold"].nunique() == 2


def test_a_column_that_is_not_there(run: Run, options: tuple[object, ...], tmp_path: Path) -> None:
    done = run("evaluate", *options, "--target", "tissue", "-o", tmp_path / "out")
    assert done.code == 2
    assert "There is no column 'tissue'" in done.err
    assert not (tmp_path / "out").exists()


def test_somebody_elses_folder(run: Run, options: tuple[object, ...], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = run("evaluate", *options, "--target", "condition", *FEW, "-o", tmp_path)
    assert done.code == 2
    assert "the folder holds other files" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_several_targets_are_judged_in_one_run(run, options, tmp_path):
    asked = ("--folds", 3, "--repeats", 1, "--permutations", 0)
    done = run(
        "evaluate",
        *options,
        "--target",
        "condition",
        "--target",
        "site",
        *asked,
        "-o",
        tmp_path / "o",
    )
    assert done.code == 0, done.err
    assert done.out.startswith("multitask_autoencoder: condition, site in expression")
    metrics = json.loads((tmp_path / "o" / "metrics.json").read_text())
    assert list(metrics["targets"]) == ["condition", "site"]
    assert "The code of held-out samples" in (tmp_path / "o" / "report.html").read_text()
    again = run("report", tmp_path / "o", "-o", tmp_path / "again.html")
    assert again.code == 0
    assert (tmp_path / "again.html").stat().st_size > 1e6


def test_a_network_of_one_target_is_refused_several(run, options, tmp_path):
    several = ("--target", "condition", "--target", "site", "-o", tmp_path / "o")
    done = run("evaluate", *options, *several, "--network", "mlp")
    assert done.code == 2
    assert "'mlp' learns one target; got condition, site" in done.err
    twice = ("--target", "site", "--target", "site", "-o", tmp_path / "o")
    assert "named twice" in run("evaluate", *options, *twice).err
    assert not (tmp_path / "o").exists()
