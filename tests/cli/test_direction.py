import json

import anndata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

WORDS = ["--column", "condition", "--contrast", "tumour:normal"]


@pytest.fixture
def files(tmp_path):
    """Three cohorts and a small one, as h5ad."""
    made = {}
    for seed, (name, n) in enumerate((("BRCA", 16), ("KIRC", 16), ("PRAD", 16), ("small", 3))):
        rng = np.random.default_rng(seed)
        first = np.arange(2 * n) < n
        change = np.repeat([1.5, -1.5, 0.0], 30)
        levels = rng.normal(6, 1, 90) + rng.normal(size=(2 * n, 90)) + first[:, None] * change
        cohort = AnnData(
            X=levels.astype(np.float32),
            obs=pd.DataFrame(
                {"condition": np.where(first, "tumour", "normal")},
                index=[f"{name}{i}" for i in range(2 * n)],
            ),
            var=pd.DataFrame(index=[f"G{j}" for j in range(90)]),
            uns={"unit": "log2"},
        )
        cohort.write_h5ad(tmp_path / f"{name}.h5ad")
        made[name] = str(tmp_path / f"{name}.h5ad")
    return made


def test_without_a_model_the_closed_form_answers(files, run, tmp_path):
    sets = tmp_path / "sets.gmt"
    sets.write_text("rising\t\t" + "\t".join(f"G{j}" for j in range(25)) + "\n")
    out = tmp_path / "out"
    done = run("direction", files["small"], *WORDS, "--genesets", sets, "-o", out)
    assert done.code == 0
    assert "tumour (3 samples) against normal (3 samples), closed form, 90 genes" in done.out
    table = pd.read_csv(out / "directions.csv")
    assert list(table) == ["gene", "predicted", "down", "neutral", "up"]
    assert (table["up"] > table["down"])[:30].mean() > 0.8
    assert "Where they differ" in (out / "report.html").read_text()
    assert json.loads((out / "run.json").read_text())["method"] == "closed form"
    assert (out / "over_representation.csv").exists()


def test_a_trained_bundle_predicts_and_direction_takes_it(files, run, tmp_path):
    place = tmp_path / "m.zip"
    cohorts = [files[name] for name in ("BRCA", "KIRC", "PRAD")]
    done = run("train", "--task", "direction", *cohorts, *WORDS, "-o", place)
    assert done.code == 0
    done = run("direction", files["small"], *WORDS, "--model", place, "-o", tmp_path / "out")
    assert done.code == 0
    assert "model, 90 genes" in done.out
    done = run("predict", place, files["small"], "-o", tmp_path / "p.csv")
    assert done.code == 0
    both = [pd.read_csv(tmp_path / name) for name in ("p.csv", "out/directions.csv")]
    pd.testing.assert_frame_equal(*both)
    run_file = json.loads((tmp_path / "out" / "run.json").read_text())
    assert run_file["trained_on"] == ["BRCA", "KIRC", "PRAD"]

    turned = anndata.read_h5ad(files["small"])
    turned.obs["condition"] = turned.obs["condition"].to_numpy()[::-1]
    turned.write_h5ad(tmp_path / "turned.h5ad")
    turned.var_names = [f"unknown{j}" for j in range(90)]
    turned.write_h5ad(tmp_path / "unknown.h5ad")

    def ask(source, name, *more):
        return run("direction", source, *WORDS, "--model", place, *more, "-o", tmp_path / name)

    said = " ".join(ask(tmp_path / "turned.h5ad", "turned").err.split())
    assert "probably swapped" in said
    said = " ".join(ask(tmp_path / "unknown.h5ad", "unknown").err.split())
    assert "None of the cohort's genes is known" in said
    neutral = []
    for reference in (4, 9):
        assert ask(files["small"], f"r{reference}", "--reference", reference).code == 0
        folder = tmp_path / f"r{reference}"
        neutral.append(pd.read_csv(folder / "directions.csv")["neutral"].mean())
        assert json.loads((folder / "run.json").read_text())["reference"] == reference
    assert neutral[1] < neutral[0]


@pytest.mark.parametrize("reference", ["0", "-5", "nan", "inf"])
def test_a_reference_that_is_no_number_of_samples_is_refused(files, run, tmp_path, reference):
    out = tmp_path / "out"
    done = run("direction", files["small"], *WORDS, "--reference", reference, "-o", out)
    assert done.code == 2
    assert "must be a number above 0" in done.err
    assert not out.exists()


def test_one_sample_of_a_condition_is_refused_and_nothing_written(files, run, tmp_path):
    cohort = anndata.read_h5ad(files["small"])[[0, 3, 4]].copy()
    cohort.write_h5ad(tmp_path / "one.h5ad")
    out = tmp_path / "out"
    done = run("direction", tmp_path / "one.h5ad", *WORDS, "-o", out)
    assert done.code == 2
    assert "two samples" in done.err.lower()
    assert not out.exists()


def test_a_bundle_for_another_task_is_refused(files, run, tmp_path):
    place = tmp_path / "c.zip"
    done = run("train", files["BRCA"], "--target", "condition", "-o", place)
    assert done.code == 0
    done = run("direction", files["small"], *WORDS, "--model", place, "-o", tmp_path / "out")
    assert done.code == 2
    assert "is for the task 'classify'" in done.err


@pytest.fixture
def labelled(files, tmp_path):
    """A cohort whose genes have levels of their own, so that its samples are alike."""
    cohort = anndata.read_h5ad(files["BRCA"])
    cohort.X += np.random.default_rng(5).normal(0, 3, size=90).astype(np.float32)
    cohort.write_h5ad(tmp_path / "alike.h5ad")
    return tmp_path / "alike.h5ad"


def test_degnext_learns_from_a_cohorts_own_labels_and_a_list(labelled, run, tmp_path):
    known = tmp_path / "known.gmt"
    known.write_text("disease\t\t" + "\t".join(f"G{j}" for j in range(0, 60, 3)) + "\n")
    place = tmp_path / "m.zip"
    given = ["--method", "degnext", "--validated", known]
    done = run("train", "--task", "direction", labelled, *WORDS, *given, "-o", place)
    assert done.code == 0, done.err
    out = tmp_path / "out"
    done = run("direction", labelled, *WORDS, "--model", place, "-o", out)
    assert done.code == 0, done.err
    assert "normal (16 samples), DEGnext, 90 genes" in done.out
    assert "trained on rows of samples of alike" in (out / "report.html").read_text()
    done = run("predict", place, labelled, "-o", tmp_path / "p.csv")
    both = [pd.read_csv(path) for path in (tmp_path / "p.csv", out / "directions.csv")]
    pd.testing.assert_frame_equal(*both)


def test_methods_and_lists_that_do_not_fit_are_refused(labelled, run, tmp_path):
    known = tmp_path / "known.txt"
    known.write_text("ENSG1\nENSG2\n")
    train = ["train", "--task", "direction", labelled, *WORDS, "-o", tmp_path / "m.zip"]
    done = run(*train, "--validated", known)
    assert done.code == 2
    assert "--method degnext" in done.err
    done = run(*train, "--method", "degnext", "--validated", known)
    assert done.code == 2
    assert "None of the 2 validated genes" in done.err
    done = run(*train, "--method", "resnet")
    assert done.code == 2
    assert "order-free or degnext" in done.err
