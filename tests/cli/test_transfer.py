"""``bulkwise transfer`` and ``train --pretrained`` as a user meets them."""

from __future__ import annotations

import pandas as pd


def test_a_matrix_from_the_command_line(run, options, tmp_path):
    words = ("transfer", *options, "--by", "site", "--target", "condition", "--widths", "8")
    more = ("--sizes", "6", "--repeats", 2, "--processes", 1, "--least", 5, "--baselines", "")
    done = run(*words, *more, "-o", tmp_path / "out")
    assert done.code == 0, done.err
    assert "n = 6: Does it help to start from networks trained on the source" in done.out
    assert "B, classes, freeze 0 -> A, n = 6\t" in done.out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= {"report.html", "fits.csv", "transfer.json", "metrics.json", "run.json"}
    assert "kind\ttransfer" in run("study", "status", tmp_path / "out").out
    again = run("study", "report", tmp_path / "out", "-o", tmp_path / "again.html")
    assert (again.code, (tmp_path / "again.html").exists()) == (0, True)
    done = run("study", "resume", tmp_path / "out")
    assert (done.code, "Going on" in done.err) == (0, True)
    for bad, said in (
        (("--freeze", "2"), "at most 1, the network's hidden layers. Got 2"),
        (("--sizes", "6,many"), "--sizes takes whole numbers"),
        (("--to", "C"), "There is no domain 'C' (in targets)"),
        (("--sizes", "600"), "ask for smaller sizes"),
    ):
        done = run(*words, *more, *bad, "-o", tmp_path / "new")
        assert (done.code, said in done.err) == (2, True), done.err


def test_cohorts_that_do_not_go_together(run, options, tmp_path):
    matrix, _, sheet, *_ = options
    other = tmp_path / "other.csv"
    table = pd.read_csv(matrix)
    table["gene"] = "ENSG0000000" + table["gene"].str[4:]
    table.to_csv(other, index=False)
    words = ("transfer", matrix, other, "--target", "condition", "-o", tmp_path / "out")
    both = ("--samples", sheet, "--samples", sheet)
    for more, said in (
        ((*both, "--unit", "log2"), "The cohorts have no gene in common"),
        (("--samples", sheet, "--unit", "log2"), "expected 2, got 1"),
        ((*both, *("--unit", "log2") * 3), "expected 1 or 2, got 3"),
    ):
        done = run(*words, *more)
        assert (done.code, said in done.err) == (2, True), done.err
    done = run("transfer", matrix, matrix, *words[3:], *both, "--unit", "log2")
    assert (done.code, "Two cohorts are called 'expression'" in done.err) == (2, True)


def test_a_bundle_is_fine_tuned_and_predicts(run, options, tmp_path):
    matrix, _, sheet, *unit = options
    done = run("train", *options, "--target", "condition", "-o", tmp_path / "theirs.zip")
    assert done.code == 0, done.err
    few = pd.read_csv(sheet).set_index("sample").sort_index().iloc[:12].reset_index()
    few["sample"] = few["patient"] = "new-" + few["sample"]
    few["grade"] = few["condition"].map({"normal": "low", "tumour": "high"})
    few.to_csv(tmp_path / "few.csv", index=False)
    table = pd.read_csv(matrix, index_col="gene")
    table = table[[name.removeprefix("new-") for name in few["sample"]]]
    table.columns = few["sample"]
    table.iloc[5:].to_csv(tmp_path / "few_matrix.csv")
    mine = (tmp_path / "few_matrix.csv", "--samples", tmp_path / "few.csv", *unit)
    words = ("train", *mine, "--target", "grade", "--pretrained", tmp_path / "theirs.zip")
    done = run(*words, "--freeze", 1, "-o", tmp_path / "mine.zip")
    assert done.code == 0, done.err
    assert "was trained on" not in done.err
    done = run("predict", tmp_path / "mine.zip", mine[0], *unit, "-o", tmp_path / "p.csv")
    assert done.code == 0, done.err
    found = pd.read_csv(tmp_path / "p.csv", keep_default_na=False).set_index("sample")
    told = found[found["predicted"] != ""]["predicted"]
    assert (told == few.set_index("sample")["grade"][told.index]).mean() > 0.8
    known = ("train", *options, "--target", "condition", "--pretrained", tmp_path / "theirs.zip")
    done = run(*known, "-o", tmp_path / "again.zip")
    assert (done.code, "trained on 20 of these patients" in done.err) == (0, True)
    asked = ("--folds", 2, "--repeats", 1, "--permutations", 0, "-o", tmp_path / "judged")
    done = run("evaluate", *mine, *words[4 + len(unit) :], *asked)
    assert (done.code, "fine-tuned" in done.out) == (0, True), done.err
    done = run("evaluate", *known[1:], *asked[:-1], tmp_path / "never")
    assert (done.code, "trained on 20 of the patients tested here" in done.err) == (2, True)
    for bad, said in (
        (("--freeze", 9), "integer from 0 to 1, the source's hidden layers. Got 9"),
        (("--network", "mlp"), "brings its own network"),
        (("--target", "condition"), "goes with one --target"),
    ):
        done = run(*words, *bad, "-o", tmp_path / "x.zip")
        assert (done.code, said in done.err) == (2, True), done.err
    done = run("train", *mine, "--target", "grade", "--freeze", 1, "-o", tmp_path / "x.zip")
    assert (done.code, "--freeze goes with --pretrained" in done.err) == (2, True)
    infer = ("train", *options, "--task", "infer", "--landmarks", "auto:20", "--method", "ridge")
    assert run(*infer, "-o", tmp_path / "genes.zip").code == 0
    done = run(*words[:-1], tmp_path / "genes.zip", "-o", tmp_path / "x.zip")
    assert (done.code, "whose task is 'infer'" in done.err) == (2, True)
    assert not (tmp_path / "x.zip").exists()
