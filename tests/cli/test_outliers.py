"""``bulkwise outliers``: single samples against normal ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

Run = Callable[..., Any]


def test_tumours_against_the_normals_of_the_same_matrix(
    run: Run, options: tuple[object, ...], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    asked = ("--where", "condition=normal")
    done = run("outliers", *options, *asked, "--sample", "P00-T", "-o", out)
    assert done.code == 0, done.err
    assert done.out.startswith("P00-T: ")
    table = pd.read_csv(out / "outliers.csv")
    planted = table["gene"].isin([f"GENE{i:03d}" for i in range(10)])
    assert planted[:3].all()
    assert planted.mean() > 0.7
    assert (table["difference"][planted] > 0).all()
    assert len(pd.read_csv(out / "samples.csv")) == 1
    made = json.loads((out / "run.json").read_text())
    assert made["schema"] == "bulkwise/outliers"
    assert set(made["files"]) == {path.name for path in out.iterdir()}
    every = run("outliers", *options, *asked, "--every-gene", "-o", out)
    assert every.code == 0, every.err
    assert len(pd.read_csv(out / "outliers.csv")) == 20 * 60
    assert len(every.out.splitlines()) == 20


def test_a_reference_of_its_own(run: Run, matrix: Path, tmp_path: Path) -> None:
    table = pd.read_csv(matrix / "expression.csv", index_col=0)
    table.filter(like="-N").to_csv(tmp_path / "normal.csv")
    table[["P01-T"]].rename(columns={"P01-T": "mine"}).to_csv(tmp_path / "mine.csv")
    given = (tmp_path / "mine.csv", "--unit", "log2", "--genes-in", "rows")
    done = run("outliers", *given, "--reference", tmp_path / "normal.csv", "-o", tmp_path / "out")
    assert done.code == 0, done.err
    assert done.out.startswith("mine: ")


def test_what_cannot_be_judged_is_refused(
    run: Run, options: tuple[object, ...], tmp_path: Path
) -> None:
    for asked, said in (
        ((), "There is no reference: give the normal samples with --reference"),
        (("--where", "condition"), "expected COLUMN=VALUE, as in condition=normal"),
        (("--where", "tissue=liver"), "has no column 'tissue'; it has 'condition'"),
        (("--where", "condition=benign"), "No sample has condition = 'benign'; the column holds"),
        (("--where", "condition=normal", "--sample", "P99"), "There is no sample 'P99'"),
        (("--where", "condition=normal", "--sample", "P00-N"), "is in the reference itself"),
        (("--where", "patient=P00"), "A reference needs at least 4 samples, got 2"),
        (("--where", "condition=normal", "--alpha", "2"), "between 0 and 1, got --alpha 2"),
    ):
        done = run("outliers", *options, *asked, "-o", tmp_path / "out")
        assert done.code == 2
        assert said in done.err
        assert not (tmp_path / "out").exists()
