"""``bulkwise select``: the three files, and inputs that genes can't be chosen from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Run = Callable[..., Any]
FEW = ("-k", 5, "--folds", 2, "--permutations", 3, "--groups", "patient")
PLANTED = {f"GENE{i:03d}" for i in range(10)}


def test_the_planted_genes_come_first_in_every_file(
    run: Run, options: tuple[object, ...], tmp_path: Path
) -> None:
    out = tmp_path / "genes.csv"
    done = run("select", *options, "--target", "condition", *FEW, "-o", out)
    assert done.code == 0, done.err
    table = pd.read_csv(out)
    assert len(table) == 60
    assert set(table["gene"][:5]) <= PLANTED
    assert set(table.loc[table["stable"], "gene"]) <= PLANTED
    assert (table["direction"][:5] == "up").all()
    assert (table["class"] == "tumour").all()
    made = json.loads((tmp_path / "genes.json").read_text())
    assert made["panel"] == table["gene"][:5].tolist()
    metric = made["models"]["stable-5"]["metrics"]["auroc"]
    assert 0.8 < metric["low"] <= metric["value"] <= metric["high"] <= 1
    assert made["asked"]["command"].startswith("bulkwise select ")
    assert "no-permutations" not in {one["code"] for one in made["findings"]}
    assert "GENE00" in (tmp_path / "genes.html").read_text(encoding="utf-8")
    lines = done.out.splitlines()
    assert lines[0].split("\t")[:3] == ["rank", "gene", "frequency"]
    assert lines[1].split("\t")[1] == table["gene"][0]


def test_without_permutations_and_folds_there_is_no_p_and_no_panel(
    run: Run, options: tuple[object, ...], tmp_path: Path
) -> None:
    quick = ("-k", 5, "--folds", 0, "--permutations", 0, "--method", "ttest")
    done = run("select", *options, "--target", "condition", *quick, "-o", tmp_path / "a.csv")
    assert done.code == 0, done.err
    assert pd.read_csv(tmp_path / "a.csv")["p_value"].isna().all()
    assert json.loads((tmp_path / "a.json").read_text())["models"] == {}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--target", "stage"), "stage"),
        (("--target", "condition", "--method", "magic"), "magic"),
        (("--target", "condition", "--network", "magic"), "magic"),
        (("--target", "condition", "-k", 61), "1 to 60 genes"),
        (("--target", "condition", "--folds", 1), "--folds 2 or more"),
        (("--target", "condition", "--unit", "counts"), "counts"),
        (("--target", "sample"), "sample"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_a_sentence(
    run: Run, options: tuple[object, ...], tmp_path: Path, asked: tuple[object, ...], said: str
) -> None:
    done = run("select", *options, *asked, "-o", tmp_path / "genes.csv")
    assert done.code == 2
    assert said in done.err
    assert not list(tmp_path.iterdir())


def test_the_table_must_not_take_the_place_of_the_report(
    run: Run, options: tuple[object, ...], tmp_path: Path
) -> None:
    done = run("select", *options, "--target", "condition", "-o", tmp_path / "genes.html")
    assert done.code == 2
    assert "name the table genes.csv" in done.err
