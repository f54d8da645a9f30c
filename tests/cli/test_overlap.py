"""``bulkwise overlap``: tables and lists, and what can't be compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bulkwise.storage import write_csv

Run = Callable[..., Any]


@pytest.fixture
def tables(tmp_path: Path) -> list[Path]:
    """Four folders a, b, c and d, each with a de.csv."""
    rng = np.random.default_rng(0)
    truth = np.r_[np.full(20, 3.0), np.full(10, -3.0), np.zeros(70)]
    paths = []
    for name in "abcd":
        t = truth * 2 + rng.normal(size=100)
        table = pd.DataFrame(
            {
                "gene": [f"=G{k}" for k in range(100)],
                "log2_fold_change": t / 2 + truth,
                "adjusted_p_value": np.where(truth != 0, 0.01, 0.8),
                "statistic": t,
            }
        )
        (tmp_path / name).mkdir()
        write_csv(tmp_path / name / "de.csv", table)
        paths.append(tmp_path / name / "de.csv")
    return paths


@pytest.mark.parametrize("number", [2, 4])
def test_tables_are_compared(run: Run, tables: list[Path], tmp_path: Path, number: int) -> None:
    out = tmp_path / "out"
    done = run("overlap", *tables[:number], "-o", out)
    assert done.code == 0, done.err
    assert "a and b, up: 20 shared (4.0 by chance) of 20 and 20, Jaccard 1.000" in done.out
    assert "a and b: rank correlation 0.676 [0.538, 0.779] over 100 genes" in done.out
    pairs = pd.read_csv(out / "pairs.csv")
    assert len(pairs) == number * (number - 1)
    assert (pairs["true_positive_rate"] > 0.9).all()
    regions = pd.read_csv(out / "regions.csv")
    full = regions[regions[list("abcd")[:number]].all(axis=1)]
    assert full["size"].tolist() == [20, 10]
    ranks = pd.read_csv(out / "ranks.csv")
    assert (ranks["low"] < ranks["spearman"]).all()
    made = json.loads((out / "run.json").read_text())
    assert made["schema"] == "bulkwise/overlap"
    assert set(made["files"]) == {path.name for path in out.iterdir()}
    assert "report.html" in made["files"]


def test_lists_take_the_place_of_tables(run: Run, tables: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("overlap", *tables[:2], "-o", out).code == 0
    for name, genes in (("one", "ABCD"), ("two", "CDEF"), ("all", "ABCDEFGHIJ")):
        (tmp_path / f"{name}.txt").write_text("\n".join(genes))
    asked = ("overlap", tmp_path / "one.txt", tmp_path / "two.txt")
    done = run(*asked, "--universe", tmp_path / "all.txt", "-o", out)
    assert done.code == 0, done.err
    said = "one and two, listed: 2 shared (1.6 by chance) of 4 and 4, Jaccard 0.333, true positive"
    assert said in done.out
    assert {path.name for path in out.iterdir()} == {
        "pairs.csv", "regions.csv", "report.html", "run.json",
    }  # fmt: skip


def test_what_cannot_be_compared_is_refused(run: Run, tables: list[Path], tmp_path: Path) -> None:
    (tmp_path / "few.txt").write_text("=G1\n=G2\n")
    (tmp_path / "list.txt").write_text("=G1\n=G2\n=G3\n")
    for asked, said in (
        (tables[:1], "expected two or more tables, got 1"),
        ([tables[0], tables[0]], "give each file once"),
        ([*tables[:2], "--names", "a"], "There are 2 tables and 1 --names"),
        ([tables[0], tmp_path / "none.csv"], "There is no file"),
        ([tables[0], tmp_path], "is a folder; expected a table"),
        ([tmp_path / "list.txt", tmp_path / "few.txt", "--universe", tmp_path / "few.txt"],
         "has 3 genes and the universe 2"),
        ([*tables[:2], "--alpha", "5"], "must be between 0 and 1, got --alpha 5"),
    ):  # fmt: skip
        done = run("overlap", *asked, "-o", tmp_path / "out")
        assert done.code == 2
        assert said in done.err
        assert not (tmp_path / "out").exists()
