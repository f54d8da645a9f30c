"""``bulkwise check``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_a_good_cohort(run: Run, options: tuple[object, ...]) -> None:
    done = run("check", *options, "--target", "condition")
    assert done.code == 0
    assert "samples: 40" in done.out
    assert "unit: log2" in done.out


def test_json_is_all_of_stdout(run: Run) -> None:
    done = run("check", "bladder", "--target", "cancer", "--json")
    document = json.loads(done.out)
    assert document["summary"]["samples"] == 57
    assert done.code == 0


def test_missing_labels_are_an_error(run: Run, matrix: Path, tmp_path: Path) -> None:
    sheet = (matrix / "samples.csv").read_text().replace("tumour", "", 3)
    (tmp_path / "samples.csv").write_text(sheet)
    options = ("--samples", tmp_path / "samples.csv", "--unit", "log2", "--target", "condition")
    done = run("check", matrix / "expression.csv", *options)
    assert done.code == 2
    assert "is missing for 3 of 40 samples" in done.err


def test_an_unstated_unit_is_never_guessed(run: Run, matrix: Path) -> None:
    done = run("check", matrix / "expression.csv", "--samples", matrix / "samples.csv")
    assert done.code == 2
    assert "isn't stated and is never guessed" in done.err


def test_missing_values_are_reported_with_everything_else(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("gene,S1,S2\nTP53,1.5,\nXIST,0.5,2.5\n")
    done = run("check", tmp_path / "x.csv", "--unit", "log2")
    assert done.code == 2
    assert "samples: 2" in done.out
    assert "TP53" in done.err
