"""Cohorts that no command can use, and slips of the hand: one sentence each, nothing lost."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from bulkwise.cli import main

GENES = [f"GENE{i:03d}" for i in range(30)]
Cohort = tuple[pd.DataFrame, pd.DataFrame]


class Done(NamedTuple):
    code: int
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    def call(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["bulkwise", *map(str, arguments)])
        monkeypatch.setattr("signal.signal", lambda *_: None)
        with pytest.raises(SystemExit) as stopped:
            main.run()
        return Done(int(str(stopped.value.code)), " ".join(capsys.readouterr().err.split()))

    return call


def cohort(n: int = 12) -> Cohort:
    """n patients with a normal and a tumour sample; genes, and the sheet."""
    rng = np.random.default_rng(0)
    names = [f"P{i:02d}-{part}" for i in range(n) for part in "NT"]
    values = rng.normal(6, 1, (2 * n, 30))
    values[1::2, :5] += 3
    table = pd.DataFrame(values.T.round(3), pd.Index(GENES, name="gene"), names)
    patients = [name[:3] for name in names]
    sheet = pd.DataFrame(
        {"sample": names, "condition": ["normal", "tumour"] * n, "patient": patients}
    )
    return table, sheet


def labelled(*labels: object) -> Callable[[], Cohort]:
    def make() -> Cohort:
        table, sheet = cohort()
        sheet["condition"] = np.resize(np.array(labels, dtype=object), len(sheet))
        return table, sheet

    return make


def valued(value: float, rows: slice, columns: slice) -> Callable[[], Cohort]:
    def make() -> Cohort:
        table, sheet = cohort()
        table.iloc[rows, columns] = value
        return table, sheet

    return make


def some(n: int) -> Callable[[], Cohort]:
    return lambda: (cohort()[0].iloc[:, :n], cohort()[1].iloc[:n])


def one_patient() -> Cohort:
    table, sheet = cohort()
    return table, sheet.assign(patient="P")


EVERY = slice(None)
COHORTS: dict[str, Callable[[], Cohort]] = {
    "one sample": some(1),
    "one pair": some(2),
    "three samples": some(3),
    "one class": labelled("normal"),
    "a class of one": labelled("tumour", *["normal"] * 23),
    "a name a sample": labelled(*(f"name {i}" for i in range(24))),
    "a number a sample": labelled(*(i / 7 for i in range(24))),
    "a label gone": labelled(None, *["normal", "tumour"] * 12),
    "numbers and text": labelled(1, "tumour"),
    "one patient": one_patient,
    "a gene of gaps": valued(np.nan, slice(3, 4), EVERY),
    "a sample of zeros": valued(0.0, EVERY, slice(2, 3)),
    "all alike": valued(5.0, EVERY, EVERY),
    "beyond any logarithm": valued(1e30, slice(3, 4), slice(2, 3)),
}
TARGET = ("--target", "condition")
CONTRAST = ("--column", "condition", "--contrast", "tumour:normal")
PAIRS = ("--column", "condition", "--from", "normal", "--to", "tumour", "--pairs", "patient")
COMMANDS: dict[str, tuple[str, ...]] = {
    "check": ("check", *TARGET),
    "train": ("train", *TARGET, "-o", "model.zip"),
    "select": (
        *("select", *TARGET, "-k", "5", "--folds", "0", "--permutations", "0"),
        *("--method", "ttest", "-o", "genes.csv"),
    ),
    "panel": ("panel", "-k", "5", "-o", "panel.csv"),
    "diff": ("diff", *CONTRAST, "-o", "diff"),
    "direction": ("direction", *CONTRAST, "-o", "direction"),
    "outliers": ("outliers", "--where", "condition=normal", "-o", "outliers"),
    "translate": ("translate", *PAIRS, "--folds", "2", "-o", "translate"),
}


@pytest.mark.filterwarnings("ignore:The number of unique classes")
@pytest.mark.parametrize("case", COHORTS)
def test_a_cohort_that_is_hard_to_use(
    case: str, run: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command either does its work or says in one sentence why not, and leaves nothing."""
    monkeypatch.chdir(tmp_path)
    table, sheet = COHORTS[case]()
    table.to_csv("matrix.csv")
    sheet.to_csv("samples.csv", index=False)
    refused = 0
    for command, *asked in COMMANDS.values():
        done = run(command, "matrix.csv", "--samples", "samples.csv", "--unit", "log2", *asked)
        assert done.code in {0, 2}, done.err
        refused += done.code == 2
        if done.code == 2 and "-o" in asked:
            message = done.err.rpartition("error: ")[2]
            assert message.endswith(".")
            assert not Path(asked[-1]).exists()
    assert refused
    left = {path.name for path in tmp_path.iterdir()}
    assert not [name for name in left if name.startswith(".")]


def test_rows_that_a_join_with_an_annotation_doubled(
    run: Callable[..., Done], tmp_path: Path
) -> None:
    table, _ = cohort()
    pd.concat([table.iloc[:3], table]).to_csv(tmp_path / "m.csv")
    given = ("check", tmp_path / "m.csv", "--unit", "log2")
    done = run(*given)
    assert done.code == 2
    assert "3 gene names" in done.err
    assert "--duplicates sum, mean, max or first" in done.err
    assert run(*given, "--duplicates", "first").code == 0


def test_genes_and_sources_that_hardly_vary(run: Callable[..., Done], tmp_path: Path) -> None:
    table, sheet = cohort()
    table.iloc[7], table.iloc[8] = 5.0, 1e-12
    table.iloc[7, 0], table.iloc[8, 3] = 5.0000001, 2e-12
    sheet["batch"] = ["one"] * 23 + ["two"]
    table.to_csv(tmp_path / "m.csv")
    sheet.sample(frac=1, random_state=0).to_csv(tmp_path / "s.csv", index=False)
    given = (tmp_path / "m.csv", "--samples", tmp_path / "s.csv", "--unit", "log2", *TARGET)
    assert run("train", *given, "-o", tmp_path / "model.zip").code == 0
    checked = run("check", *given)
    assert checked.code == 0, checked.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("evalute", "m.csv"), "No such command 'evalute'. Did you mean 'evaluate'"),
        (("evaluate", "m.csv", "--flods", "3"), "No such option: --flods"),
        (("evaluate", "n.csv", *TARGET, "-o", "out"), "There is no file 'n.csv' and no cohort"),
        (("report", "nothing", "-o", "r.html"), "There is no results folder 'nothing'"),
        (("study", "resume", "nothing"), "There is no study in 'nothing'"),
        (("predict", "m.csv", "m.csv", "-o", "p.csv"), "Can't open the bundle 'm.csv'"),
    ],
)
def test_slips_of_the_hand(
    words: tuple[str, ...],
    message: str,
    run: Callable[..., Done],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    cohort()[0].to_csv("m.csv")
    done = run(*words)
    assert done.code in {2, 3}
    assert message in done.err


def test_no_command_writes_over_what_it_reads(
    run: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table, sheet = cohort()
    table.to_csv("m.csv")
    sheet.to_csv("s.csv", index=False)
    before = Path("s.csv").read_bytes()
    given = ("m.csv", "--samples", "s.csv", "--unit", "log2")
    for output in (("-o", "./s.csv"), ("--output=s.csv",), ("--output", "m.csv")):
        done = run("panel", *given, "-k", 5, *output)
        assert done.code == 2
        assert "which would be lost; choose another place" in done.err
    assert Path("s.csv").read_bytes() == before
    Path("out").mkdir()
    Path("out/list.txt").write_text("GENE001\n")
    Path("out/run.json").write_text('{"files": ["list.txt"]}')
    done = run("overlap", "out/list.txt", "s.csv", "-o", "out")
    assert done.code == 2
    assert "'out': the command reads 'out/list.txt'" in done.err
    assert run("panel", *given, "-k", 5, "-o", "p.csv").code == 0
    assert run("panel", *given, "-k", 6, "-o", "p.csv").code == 0
