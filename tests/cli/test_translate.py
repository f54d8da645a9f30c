"""``bulkwise translate``, and a translator through ``train`` and ``predict``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from anndata import read_h5ad

from bulkwise import bundle

Run = Callable[..., Any]

WHAT = ("--column", "condition", "--from", "normal", "--to", "tumour", "--tissue", "tissue",
        "--pairs", "patient")  # fmt: skip


@pytest.fixture
def file(pairs_cohort, tmp_path):
    path = tmp_path / "pairs.h5ad"
    pairs_cohort.write_h5ad(path)
    return path


def test_translate_writes_figures_and_a_report(run: Run, file, tmp_path):
    (tmp_path / "stroma.gmt").write_text("stroma\tdescription\tG1\tG2\tG3\n")
    purity = ("--purity", tmp_path / "stroma.gmt")
    done = run("translate", file, *WHAT, *purity, "--folds", 3, "-o", tmp_path / "out")
    assert done.code == 0
    assert "slope and ridge" in done.out
    document = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert document["models"]["translator"]["metrics"]["error"]["value"] > 0
    assert document["purity"]["genes"] == ["G1", "G2", "G3"]
    listed = json.loads((tmp_path / "out" / "run.json").read_text())["files"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == listed
    assert "report.html" in listed
    assert run("report", tmp_path / "out", "-o", tmp_path / "again.html").code == 0
    assert "Against the simple rules" in (tmp_path / "again.html").read_text()


def test_without_pairs_the_report_can_be_drawn_again(run: Run, file, tmp_path):
    done = run("translate", file, *WHAT[:-2], "--folds", 3, "-o", tmp_path / "out")
    assert done.code == 0
    assert "can't be known" in done.out
    assert run("report", tmp_path / "out", "-o", tmp_path / "again.html").code == 0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (("--to", "metastasis"), "There is no sample whose 'condition' is 'metastasis'"),
        (("--tissue", "organ"), "There is no column 'organ'"),
        (("--folds", "40"), "Too few patients for 40 folds"),
    ],
)
def test_wrong_input_is_named(run: Run, file, tmp_path, changed, message):
    done = run("translate", file, *WHAT, *changed, "-o", tmp_path / "out")
    assert done.code == 2
    assert message in done.err
    assert not (tmp_path / "out").exists()


def test_train_and_predict_translate_every_sample(run: Run, file, tmp_path, pairs_cohort):
    model, made = tmp_path / "m.zip", tmp_path / "translated.h5ad"
    train = ("train", file, "--task", "translate", *WHAT, "-o", model)
    done = run(*train)
    assert done.code == 0
    assert "means and slopes only" in done.err
    assert "--allow-training-data" in done.err
    assert not any("personal" in key for key in bundle.load(model).model.forward_)
    assert run(*train, "--allow-training-data").code == 0
    assert any("personal" in key for key in bundle.load(model).model.forward_)
    done = run("predict", model, file, "-o", made)
    assert done.code == 0
    cohort = read_h5ad(made)
    assert list(cohort.obs_names) == list(pairs_cohort.obs_names)
    assert list(cohort.var_names) == list(pairs_cohort.var_names)
    assert (cohort.obs["condition"] != pairs_cohort.obs["condition"]).all()
    assert cohort.uns["unit"] == "log2_tpm"
    assert run("predict", model, file, "-o", tmp_path / "p.csv").code == 2


def test_new_samples_may_lack_genes_and_be_of_a_new_tissue(run: Run, file, tmp_path, pairs_cohort):
    model = tmp_path / "m.zip"
    run("train", file, "--task", "translate", *WHAT, "--floor", 0, "--allow-training-data",
        "-o", model)  # fmt: skip
    new = pairs_cohort[:5, ::-1][:, :57].copy()
    new.obs["tissue"] = ["lung", *new.obs["tissue"][1:]]
    new.X[0, 0] = np.nan
    new.write_h5ad(tmp_path / "new.h5ad")
    done = run("predict", model, tmp_path / "new.h5ad", "-o", tmp_path / "out.h5ad")
    assert done.code == 0
    assert "'lung'" in done.err
    assert "3 of the model's 60 genes" in done.err
    made = read_h5ad(tmp_path / "out.h5ad")
    assert list(made.var_names) == list(new.var_names)
    assert np.isfinite(made.X).all()
    del new.obs["condition"]
    new.write_h5ad(tmp_path / "new.h5ad")
    done = run("predict", model, tmp_path / "new.h5ad", "-o", tmp_path / "none.h5ad")
    assert done.code == 2
    assert "no column 'condition'" in done.err


def test_options_of_another_task_are_refused(run: Run, file, tmp_path):
    done = run("train", file, "--task", "translate", "--column", "condition", "-o", tmp_path / "m")
    assert done.code == 2
    assert "--from" in done.err
    done = run("train", file, "--target", "tissue", "--tissue", "tissue", "-o", tmp_path / "m")
    assert done.code == 2
    assert "--tissue" in done.err
