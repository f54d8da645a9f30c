"""``bulkwise diff``: the table, the report, and inputs that can't be compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer

from bulkwise.cli import diff, main

Run = Callable[..., Any]
ASKED = ("--column", "condition", "--contrast", "tumour:normal")


@pytest.fixture(autouse=True)
def command(monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer()
    diff.register(app)
    app.callback()(lambda: None)
    monkeypatch.setattr(main, "app", app)


def test_the_planted_genes_are_found_in_every_file(
    run: Run, options: tuple[object, ...], tmp_path: Path
) -> None:
    sets = tmp_path / "sets.gmt"
    planted = "\t".join(f"GENE{i:03d}" for i in range(20))
    other = "\t".join(f"GENE{i:03d}" for i in range(40, 60))
    sets.write_text(f"=PLANTED\tna\t{planted}\nOTHER\tna\t{other}\n")
    out = tmp_path / "out"
    done = run("diff", *options, *ASKED, "--paired", "patient", "--genesets", sets, "-o", out)
    assert done.code == 0, done.err
    assert "full rank" in done.out
    table = pd.read_csv(out / "de.csv")
    assert list(table.columns) == [
        "gene", "log2_fold_change", "mean", "statistic", "p_value", "adjusted_p_value", "b",
    ]  # fmt: skip
    assert len(table) == 60
    assert set(table["gene"][:10]) == {f"GENE{i:03d}" for i in range(10)}
    assert (table["log2_fold_change"][:10] > 2).all()
    assert "'=PLANTED" in set(pd.read_csv(out / "enrichment.csv")["term"])
    made = json.loads((out / "run.json").read_text())
    assert made["schema"] == "bulkwise/differential"
    assert set(made["files"]) == {path.name for path in out.iterdir()}
    assert made["comparison"]["method"] == "limma"

    again = run("diff", *options, *ASKED, "-o", out)
    assert again.code == 0, again.err
    assert {path.name for path in out.iterdir()} == {"de.csv", "report.html", "run.json"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--column", "condition", "--contrast", "tumour:benign"), "benign"),
        (("--column", "tissue", "--contrast", "tumour:normal"), "tissue"),
        ((*ASKED, "--covariates", "condition"), "condition"),
        ((*ASKED, "--covariates", "twin"), "twin"),
        ((*ASKED, "--method", "magic"), "magic"),
        ((*ASKED, "--method", "voom"), "counts"),
        ((*ASKED, "--unit", "counts"), "counts"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(
    run: Run, matrix: Path, tmp_path: Path, asked: tuple[str, ...], said: str
) -> None:
    sheet = pd.read_csv(matrix / "samples.csv")
    sheet["twin"] = sheet["condition"].map({"tumour": "a", "normal": "b"})
    sheet.to_csv(tmp_path / "sheet.csv", index=False)
    given = (matrix / "expression.csv", "--samples", tmp_path / "sheet.csv", "--unit", "log2")
    done = run("diff", *given, *asked, "-o", tmp_path / "out")
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "out").exists()


def test_an_empty_group_is_refused(run: Run, matrix: Path, tmp_path: Path) -> None:
    sheet = pd.read_csv(matrix / "samples.csv")
    sheet["condition"] = "tumour"
    sheet.to_csv(tmp_path / "sheet.csv", index=False)
    given = (matrix / "expression.csv", "--samples", tmp_path / "sheet.csv", "--unit", "log2")
    done = run("diff", *given, *ASKED, "-o", tmp_path / "out")
    assert done.code == 2
    assert "normal" in done.err


def test_gene_sets_of_other_ids_are_refused(
    run: Run, options: tuple[object, ...], tmp_path: Path
) -> None:
    sets = tmp_path / "sets.gmt"
    sets.write_text("ONE\tna\t" + "\t".join(f"ENSG{i:011d}" for i in range(30)) + "\n")
    done = run("diff", *options, *ASKED, "--genesets", sets, "-o", tmp_path / "out")
    assert done.code == 2
    assert "don't meet" in done.err
    assert not (tmp_path / "out").exists()
