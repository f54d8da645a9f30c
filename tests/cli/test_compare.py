"""``bulkwise compare``: rivals by name on the same folds, and what is wrong said at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bulkwise.baselines import BASELINES
from bulkwise.cli import compare

Run = Callable[..., Any]
FEW = ("--folds", 3, "--repeats", 1, "--permutations", 0)


def test_the_help_names_every_rival() -> None:
    from typing import get_type_hints

    said = get_type_hints(compare.compare, include_extras=True)["models"].__metadata__[0].help
    assert all(name in said for name in BASELINES)


def test_results_folder(run: Run, options: tuple[object, ...], tmp_path: Path) -> None:
    done = run(
        "compare", *options, "--target", "condition", *FEW, "--models", "lasso,logistic,lda",
        "--tries", 6, "-o", tmp_path / "out",
    )  # fmt: skip
    assert done.code == 0
    assert "tries" in done.out
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert list(metrics["models"]) == ["lasso", "majority", "logistic", "lda"]
    tries = {name: one["tries"] for name, one in metrics["models"].items()}
    assert tries["majority"] == 1
    assert all(1 < tries[name] <= 20 for name in ("lasso", "logistic", "lda"))
    rows = [row for row in metrics["comparisons"] if row["decides"]]
    assert {row["rival"] for row in rows} == {"majority", "logistic", "lda"}
    assert (tmp_path / "out" / "report.html").stat().st_size > 1e5
    assert "bulkwise compare" in (tmp_path / "out" / "run.json").read_text()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--models", "svm"), "'svm' isn't known: expected all, or some of mlp, "),
        (("--front-end", "umap", "--models", "lda"), "'umap' isn't known: expected own, pca"),
        (("--metric", "auc"), "'auc' isn't known"),
        (("--tries", 1), "--tries"),
    ],
)
def test_what_cannot_be_asked(
    run: Run, options: tuple[object, ...], tmp_path: Path, wrong: tuple[object, ...], said: str
) -> None:
    done = run("compare", *options, "--target", "condition", *wrong, "-o", tmp_path / "out")
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "out").exists()
