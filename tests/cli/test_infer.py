"""``bulkwise train --task infer``, ``infer`` and ``panel``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest

Run = Callable[..., Any]

GENES = [f"GENE{j:03d}" for j in range(60)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """expression.csv (60 genes that follow 5 sources; the last is noise) and landmarks.txt."""
    folder = tmp_path_factory.mktemp("inference")
    rng = np.random.default_rng(0)
    sources = rng.normal(size=(80, 5))
    logs = 6 + sources @ rng.normal(size=(5, 60)) + 0.2 * rng.normal(size=(80, 60))
    logs[:, -1] = rng.normal(6, 1, 80)
    names = [f"s{i}" for i in range(80)]
    values = np.maximum(np.exp2(logs) - 1, 0).round(4)
    table = pd.DataFrame(values.T, index=pd.Index(GENES, name="gene"), columns=names)
    table.iloc[:, :60].to_csv(folder / "expression.csv")
    table.iloc[:, 60:].to_csv(folder / "new.csv")
    table.iloc[:20, 60:61].to_csv(folder / "one.csv")
    (folder / "landmarks.txt").write_text("\n".join(GENES[:20]) + "\n")
    return folder


@pytest.fixture(scope="module")
def bundles(folder: Path) -> dict[str, Path]:
    return {name: folder / f"{name}.zip" for name in ("kernels", "ridge", "dgex")}


def _train(run: Run, folder: Path, *more: object) -> Any:
    return run("train", folder / "expression.csv", "--unit", "fpkm", "--task", "infer", *more)


@pytest.mark.parametrize("method", ["kernels", "ridge"])
def test_train_then_infer(run: Run, folder: Path, tmp_path: Path, method: str) -> None:
    made = tmp_path / "m.zip"
    options = ("--landmarks", folder / "landmarks.txt", "--method", method)
    done = _train(run, folder, *options, "--allow-training-data", "-o", made)
    assert (done.code, done.out.strip()) == (0, str(made))
    new = (folder / "new.csv", "--unit", "fpkm", "--model", made)
    done = run("infer", *new, "-o", tmp_path / "i.h5ad")
    assert done.code == 0, done.err
    inferred = anndata.read_h5ad(tmp_path / "i.h5ad")
    truth = pd.read_csv(folder / "new.csv", index_col=0).T
    assert list(inferred.var_names) == GENES[20:]
    assert inferred.uns["unit"] == "fpkm"
    missed = np.abs(np.log2(inferred.X + 1) - np.log2(truth[GENES[20:]] + 1)).mean(axis=0)
    assert np.median(missed) < 0.35
    expected = inferred.var["expected_error"]
    assert np.corrcoef(expected, missed)[0, 1] > 0.6
    if method == "kernels":
        assert list(inferred.var_names[~inferred.var["inferable"]]) == ["GENE059"]
        assert "1 of them can't be inferred well" in done.err


def test_a_single_sample_and_missing_landmarks(run: Run, folder: Path, tmp_path: Path) -> None:
    made = tmp_path / "m.zip"
    _train(run, folder, "--landmarks", folder / "landmarks.txt", "--method", "ridge", "-o", made)
    whole = run(
        "infer", folder / "one.csv", "--unit", "fpkm", "--model", made, "-o", tmp_path / "a.h5ad"
    )
    assert whole.code == 0
    lacking = pd.read_csv(folder / "one.csv", index_col=0)
    lacking.drop(["GENE003", "GENE007"]).to_csv(tmp_path / "lacking.csv")
    done = run(
        "infer",
        tmp_path / "lacking.csv",
        "--unit",
        "fpkm",
        "--model",
        made,
        "-o",
        tmp_path / "b.h5ad",
    )
    assert done.code == 0
    assert "2 of the model's 20 landmarks aren't in the matrix (GENE003, GENE007)" in done.err
    first, second = (anndata.read_h5ad(tmp_path / f"{name}.h5ad").X for name in "ab")
    moved = np.abs(np.log2(first + 1) - np.log2(second + 1))
    assert 0 < np.median(moved) < 0.3
    lacking.iloc[:17].to_csv(tmp_path / "few.csv")
    done = run(
        "infer", tmp_path / "few.csv", "--unit", "fpkm", "--model", made, "-o", tmp_path / "c.h5ad"
    )
    assert done.code == 2
    assert "17 of the 20 genes expected" in done.err
    assert not (tmp_path / "c.h5ad").exists()


def test_what_cant_be_inferred_is_refused(run: Run, folder: Path, tmp_path: Path) -> None:
    made = tmp_path / "m.zip"
    landmarks = ("--landmarks", folder / "landmarks.txt")
    refused = _train(run, folder, *landmarks, "--method", "kernels", "-o", made)
    assert refused.code == 3
    assert "--allow-training-data" in refused.err
    plain = _train(run, folder, *landmarks, "-o", tmp_path / "plain.zip")
    assert plain.code == 0
    assert "The model is ridge regression" in plain.err
    done = _train(run, folder, "-o", made)
    assert "needs --landmarks" in done.err
    done = _train(run, folder, "--landmarks", "dgex", "--method", "ridge", "-o", made)
    assert done.code == 2
    assert "0 of the 943 genes expected" in done.err
    done = _train(run, folder, "--landmarks", "auto:61", "--method", "ridge", "-o", made)
    assert "from 1 to 60 genes" in done.err
    done = _train(run, folder, *landmarks, "--method", "magic", "-o", made)
    assert "no method 'magic'" in done.err
    counts = run(
        "train",
        folder / "expression.csv",
        "--unit",
        "counts",
        "--task",
        "infer",
        *landmarks,
        "-o",
        made,
    )
    assert counts.code == 2
    assert not made.exists()
    _train(run, folder, *landmarks, "--method", "ridge", "-o", made)
    done = run(
        "infer", folder / "new.csv", "--unit", "tpm", "--model", made, "-o", tmp_path / "i.h5ad"
    )
    assert done.code == 2
    assert "'fpkm'" in done.err
    done = run(
        "infer", folder / "new.csv", "--unit", "fpkm", "--model", made, "-o", tmp_path / "i.csv"
    )
    assert "end it in .h5ad" in done.err


def test_a_panel_is_a_file_of_landmarks(run: Run, folder: Path, tmp_path: Path) -> None:
    panel = tmp_path / "panel.csv"
    done = run("panel", folder / "expression.csv", "--unit", "fpkm", "-k", 8, "-o", panel)
    assert done.code == 0
    table = pd.read_csv(panel)
    assert list(table.columns) == ["gene", "explained"]
    assert table["explained"].is_monotonic_increasing
    assert table["explained"].iloc[-1] > 0.9
    made = tmp_path / "m.zip"
    done = _train(run, folder, "--landmarks", panel, "--method", "ridge", "-o", made)
    assert done.code == 0
    done = run("panel", folder / "expression.csv", "--unit", "fpkm", "-o", tmp_path / "p.txt")
    assert "end it in .csv" in done.err


@pytest.fixture
def ridge(run: Run, folder: Path) -> Path:
    """A bundle of ridge regression, trained with a gene that is constant."""
    table = pd.read_csv(folder / "expression.csv", index_col=0)
    table.loc["GENE030"] = 7.0
    table.to_csv(folder / "constant.csv")
    made = folder / "constant.zip"
    listed = ("--landmarks", folder / "landmarks.txt")
    done = run(
        "train", folder / "constant.csv", "--unit", "fpkm", "--task", "infer", *listed, "-o", made
    )
    assert done.code == 0, done.err
    return made


def _infer(run: Run, folder: Path, table: pd.DataFrame, model: Path) -> Any:
    table.to_csv(folder / "given.csv")
    given = (folder / "given.csv", "--unit", "fpkm", "--model", model)
    return run("infer", *given, "-o", folder / "out.h5ad")


def test_a_gene_constant_in_training_is_inferred_as_it_was(
    run: Run, folder: Path, tmp_path: Path, ridge: Path
) -> None:
    new = pd.read_csv(folder / "new.csv", index_col=0).iloc[:20]
    assert _infer(run, tmp_path, new, ridge).code == 0
    inferred = anndata.read_h5ad(tmp_path / "out.h5ad")
    np.testing.assert_allclose(inferred[:, "GENE030"].X, 7.0, rtol=1e-5)
    assert inferred.var.loc["GENE030", "expected_error"] == pytest.approx(0, abs=1e-6)


def test_ids_of_another_kind_say_so(run: Run, folder: Path, tmp_path: Path, ridge: Path) -> None:
    new = pd.read_csv(folder / "new.csv", index_col=0).iloc[:20]
    other = new.set_axis([f"ENSG{number:011d}" for number in range(20)])
    done = _infer(run, tmp_path, other, ridge)
    assert done.code == 2
    assert "its genes are named like 'ENSG00000000000'" in done.err
    done = _infer(run, tmp_path, new.iloc[:12], ridge)
    assert "12 of the 20 genes expected" in done.err
    assert "another case" not in done.err


def test_another_platform_is_named(run: Run, folder: Path, tmp_path: Path, ridge: Path) -> None:
    rng = np.random.default_rng(0)
    new = pd.read_csv(folder / "new.csv", index_col=0).iloc[:20] * 500 * rng.random((20, 1))
    done = _infer(run, tmp_path, new, ridge)
    assert done.code == 0
    assert "20 of the 20 samples are unlike the training data" in done.err


def test_a_gene_that_is_landmark_and_target_is_named(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "targets.txt").write_text("GENE003\nGENE040\n")
    done = run(
        "reproduce",
        "egex",
        folder / "expression.csv",
        "--unit",
        "fpkm",
        "--landmarks",
        folder / "landmarks.txt",
        "--targets",
        tmp_path / "targets.txt",
        "--no-networks",
        "-o",
        tmp_path / "page",
    )
    assert done.code == 2
    assert "'GENE003' is a landmark and a target" in done.err
    assert not (tmp_path / "page").exists()
