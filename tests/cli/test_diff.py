"""``bulkwise diff``: the table, the report, and inputs that can't be compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
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


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """A GMT file as they come: blank lines, trailing tabs, a set twice, an empty set."""
    path = tmp_path / "sets.gmt"
    planted = "\t".join(f"GENE{i:03d}" for i in range(10))
    other = "\t".join(f"GENE{i:03d}" for i in range(40, 60))
    path.write_text(
        f"\n=PLANTED\tna\t{planted}\t\t\n\n=PLANTED\tna\t{planted}\nOTHER\tna\t{other}\nEMPTY\tna\n"
    )
    return path


def test_the_planted_genes_are_found_in_every_file(
    run: Run, options: tuple[object, ...], sets: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = run("diff", *options, *ASKED, "--paired", "patient", "--genesets", sets, "-o", out)
    assert done.code == 0, done.err
    said = done.out.splitlines()
    assert said[:3] == [
        "condition: tumour (20 samples) against normal (20 samples), limma, 60 genes tested",
        "up: 10",
        "down: 0",
    ]
    assert said[4:] == ["gene sets up: 1", "gene sets down: 0"]
    words = "The design has full rank: intercept, tumour-normal, and 19 columns for the patients."
    assert done.err.count(words) == 1
    assert "40 samples and 21 coefficients leave 19 residual degrees of freedom" in done.err
    assert "Sets that are there again count once (1): '=PLANTED'" in done.err
    assert "Sets without genes were dropped (1): 'EMPTY'" in done.err
    table = pd.read_csv(out / "de.csv")
    assert list(table.columns) == [
        "gene", "log2_fold_change", "mean", "statistic", "p_value", "adjusted_p_value", "b",
    ]  # fmt: skip
    assert len(table) == 60
    assert set(table["gene"][:10]) == {f"GENE{i:03d}" for i in range(10)}
    assert (table["log2_fold_change"][:10] > 2).all()
    assert table["p_value"].is_monotonic_increasing
    ranked = pd.read_csv(out / "enrichment.csv")
    assert ranked["term"][0] == "'=PLANTED"
    listed = pd.read_csv(out / "over_representation.csv")
    assert (listed["term"][0], listed["list"][0], listed["overlap"][0]) == ("'=PLANTED", "up", 10)
    assert set(listed["universe_size"]) == {60}
    made = json.loads((out / "run.json").read_text())
    assert made["schema"] == "bulkwise/differential"
    assert set(made["files"]) == {path.name for path in out.iterdir()}
    assert made["comparison"]["method"] == "limma"


def test_files_of_an_earlier_run_do_not_stay(
    run: Run, options: tuple[object, ...], sets: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    asked = (*options, *ASKED, "--set-sizes", "5:30", "--block", "patient")
    assert run("diff", *asked, "--genesets", sets, "-o", out).code == 0
    assert (out / "over_representation.csv").is_file()
    done = run("diff", *asked, "-o", out)
    assert done.code == 0, done.err
    assert {path.name for path in out.iterdir()} == {"de.csv", "report.html", "run.json"}
    assert -1 < json.loads((out / "run.json").read_text())["comparison"]["correlation"] < 1


def test_every_gene_of_counts_is_in_the_table_unless_filtered(
    run: Run, matrix: Path, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    names = pd.read_csv(matrix / "samples.csv")["sample"].sort_values()
    counts = rng.negative_binomial(5, 5 / 205, (60, 40))
    counts[50:] = 0
    genes = pd.Index([f"GENE{i:03d}" for i in range(60)], name="gene")
    pd.DataFrame(counts, index=genes, columns=names).to_csv(tmp_path / "counts.csv")
    given = (tmp_path / "counts.csv", "--samples", matrix / "samples.csv", "--unit", "counts")
    done = run("diff", *given, *ASKED, "-o", tmp_path / "all")
    assert done.code == 0, done.err
    assert "weren't compared: 10 of 60" in done.err
    whole = pd.read_csv(tmp_path / "all" / "de.csv")
    assert run("diff", *given, *ASKED, "--filter", "-o", tmp_path / "some").code == 0
    some = pd.read_csv(tmp_path / "some" / "de.csv")
    assert (len(whole), len(some)) == (60, 50)
    pd.testing.assert_frame_equal(whole[:50], some)
    assert whole["p_value"][50:].isna().all()


def test_large_groups_take_ranks_and_say_why(run: Run, matrix: Path, tmp_path: Path) -> None:
    names = [f"S{i}" for i in range(60)]
    values = np.random.default_rng(0).normal(6, 1, (20, 60)).round(3)
    genes = pd.Index([f"G{i}" for i in range(20)], name="gene")
    pd.DataFrame(values, index=genes, columns=names).to_csv(tmp_path / "m.csv")
    sheet = pd.DataFrame({"sample": names, "condition": ["tumour", "normal"] * 30})
    sheet.to_csv(tmp_path / "s.csv", index=False)
    given = (tmp_path / "m.csv", "--samples", tmp_path / "s.csv", "--unit", "log2")
    done = run("diff", *given, *ASKED, "-o", tmp_path / "out")
    assert done.code == 0, done.err
    assert "The method is wilcoxon, chosen for groups of 30 samples or more" in done.err
    assert "Li et al., Genome Biology 23:79, 2022" in done.err


def test_pydeseq2_through_the_command(run: Run, matrix: Path, tmp_path: Path) -> None:
    pytest.importorskip("pydeseq2", reason="needs the extra bulkwise[counts]")
    rng = np.random.default_rng(0)
    names = pd.read_csv(matrix / "samples.csv")["sample"].sort_values().tolist()[:12]
    mean = np.exp(rng.uniform(3, 7, (100, 1))) * np.ones((1, 12))
    mean[:15, 1::2] *= 6
    genes = pd.Index([f"GENE{i:03d}" for i in range(100)], name="gene")
    counts = rng.negative_binomial(10, 10 / (10 + mean))
    pd.DataFrame(counts, index=genes, columns=names).to_csv(tmp_path / "counts.csv")
    given = (tmp_path / "counts.csv", "--samples", matrix / "samples.csv", "--unit", "counts")
    more = ("--unmatched", "drop", "--method", "pydeseq2", "--paired", "patient")
    done = run("diff", *given, *ASKED, *more, "-o", tmp_path / "out")
    assert done.code == 0, done.err
    assert "pydeseq2, 100 genes tested" in done.out
    table = pd.read_csv(tmp_path / "out" / "de.csv")
    assert {f"GENE{i:03d}" for i in range(15)} >= set(table["gene"][:12])


BAD = [
    (("--contrast", "tumour:benign"), "No sample has condition = 'benign'; the column holds"),
    (("--contrast", "tumour"), "expected two values with a colon between them"),
    (("--column", "tissue"), "The sample sheet has no column 'tissue'; it has 'condition'"),
    (("--covariates", "condition"), "must be different columns"),
    (("--covariates", "site,twin_site"), "'twin_site=B' can be written with the columns before"),
    (("--covariates", "twin"), "'tumour-normal' can't be estimated: in these 40 samples it is"),
    (("--covariates", "gappy"), "'gappy' is missing in 1 of the 40 compared samples"),
    (("--paired", "patient", "--covariates", "site"), "the same in both samples of every patient"),
    (("--paired", "alone"), "No 'alone' has samples of both conditions (40 values of it)"),
    (("--contrast", "t2:n2", "--column", "few"), "2 coefficients leave 0 residual degrees"),
    (("--column", "empty"), "No sample has empty = 'normal'; the column holds 'tumour'"),
    (("--method", "magic"), "There is no method 'magic': expected one of auto, limma, voom"),
    (("--method", "voom"), "takes counts and the unit is 'log2'; use 'limma'"),
    (("--unit", "counts"), "no whole numbers"),
    (("--method", "wilcoxon", "--covariates", "site"), "adjust for nothing but pairs"),
    (("--set-sizes", "5-10"), "expected the least and the most genes of a set"),
]


@pytest.mark.parametrize(("asked", "said"), BAD, ids=[said[:30] for _, said in BAD])
def test_what_cannot_be_compared_is_refused_in_a_sentence(
    run: Run, matrix: Path, tmp_path: Path, asked: tuple[str, ...], said: str
) -> None:
    sheet = pd.read_csv(matrix / "samples.csv")
    sheet["twin"] = sheet["condition"].map({"tumour": "a", "normal": "b"})
    sheet["twin_site"] = sheet["site"]
    sheet["gappy"] = sheet["site"].where(sheet["sample"] != "P03-T")
    sheet["alone"] = sheet["sample"]
    sheet["few"] = sheet["sample"].map({"P00-T": "t2", "P00-N": "n2"})
    sheet["empty"] = "tumour"
    sheet.to_csv(tmp_path / "sheet.csv", index=False)
    given = (matrix / "expression.csv", "--samples", tmp_path / "sheet.csv", "--unit", "log2")
    done = run("diff", *given, *ASKED, *asked, "-o", tmp_path / "out")
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (7.0, "log2", "All values of the compared samples are 7, so that nothing can differ"),
        (900.0, "log2", "as logarithms to base 2 are"),
    ],
)
def test_values_that_cannot_be_are_refused(
    run: Run, matrix: Path, tmp_path: Path, value: float, unit: str, said: str
) -> None:
    table = pd.read_csv(matrix / "expression.csv", index_col=0)
    table.iloc[:] = value
    table.to_csv(tmp_path / "m.csv")
    given = (tmp_path / "m.csv", "--samples", matrix / "samples.csv", "--unit", unit)
    done = run("diff", *given, *ASKED, "-o", tmp_path / "out")
    assert done.code == 2
    assert said in done.err


def test_what_is_odd_is_said(run: Run, matrix: Path, tmp_path: Path) -> None:
    """One sample in a group, variances all alike, a covariate of one value."""
    rng = np.random.default_rng(0)
    sheet = pd.read_csv(matrix / "samples.csv").sort_values("sample")
    sheet["condition"] = ["tumour", *["normal"] * 39]
    sheet["one"] = "same"
    sheet.to_csv(tmp_path / "sheet.csv", index=False)
    even = rng.normal(size=(60, 40))
    rest = even[:, 1:]
    even[:, 1:] = (rest - rest.mean(1, keepdims=True)) / rest.std(1, keepdims=True)
    genes = pd.Index([f"GENE{i:03d}" for i in range(60)], name="gene")
    pd.DataFrame(even, index=genes, columns=sheet["sample"]).to_csv(tmp_path / "m.csv")
    given = (tmp_path / "m.csv", "--samples", tmp_path / "sheet.csv", "--unit", "log2")
    done = run("diff", *given, *ASKED, "--covariates", "one", "-o", tmp_path / "out")
    assert done.code == 0, done.err
    assert "Of condition = 'tumour' there is one sample only" in done.err
    assert "The covariate 'one' has one value in these samples and adjusts nothing" in done.err
    assert "all take the prior's; P-values follow the normal law" in done.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "ONE\tna\t" + "\t".join(f"ENSG{i:011d}" for i in range(30)),
            "of the 30 genes of 'sets', 0 (0.0%) are among these 60 (the library has "
            "'ENSG00000000000', the genes 'GENE0",
        ),
        ("ONE\tna\t" + "\t".join(f"gene{i:03d}" for i in range(30)), "upper and lower case"),
        ("MY SET of " + " ".join(f"GENE{i:03d}" for i in range(30)), "save the file with tabs"),
        ("\n\n", "There are no gene sets in"),
        ("ONE\tna\tGENE001\tGENE002\n", "No set of 'sets' has 10 to 500 genes among these 60"),
    ],
)
def test_gene_sets_that_cannot_be_used_are_refused(
    run: Run, options: tuple[object, ...], tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "sets.gmt").write_text(text)
    asked = (*options, *ASKED, "--genesets", tmp_path / "sets.gmt")
    done = run("diff", *asked, "-o", tmp_path / "out")
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "out").exists()
    twice = run("diff", *asked, "--genesets", tmp_path / "sets.gmt", "-o", tmp_path / "out")
    assert twice.code == 2
