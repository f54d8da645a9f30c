"""``bulkwise validate``: train in one cohort, test in another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

Run = Callable[..., Any]
FOLLOW_UP = ("--time", "days", "--event", "relapse", "--years", 5)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two cohorts as csv files: expression and sample sheet each."""
    folder = tmp_path_factory.mktemp("two")
    for seed, name in enumerate(("home", "away")):
        rng = np.random.default_rng(seed)
        names = [f"{name}-{i:02d}" for i in range(60)]
        values = rng.normal(8, 1, size=(60, 30))
        failing = rng.exponential(3000 * np.exp(-2 * (values[:, 0] - 8)))
        leaving = rng.uniform(500, 6000, 60)
        genes = pd.Index([f"GENE{j:03d}" for j in range(30)], name="gene")
        pd.DataFrame(values.T.round(3), index=genes, columns=names).to_csv(folder / f"{name}.csv")
        pd.DataFrame(
            {
                "sample": names,
                "days": np.ceil(np.minimum(failing, leaving)).astype(int),
                "relapse": np.where(failing <= leaving, 1, 0),
                "grade": rng.integers(1, 4, 60),
                "er": rng.choice(["positive", "negative"], 60),
            }
        ).to_csv(folder / f"{name}_samples.csv", index=False)
    return folder


def given(two: Path, unit: str = "log2_tpm", test_unit: str = "log2_tpm") -> tuple[object, ...]:
    return (
        two / "home.csv", two / "away.csv",
        "--samples", two / "home_samples.csv", "--test-samples", two / "away_samples.csv",
        "--unit", unit, "--test-unit", test_unit,
    )  # fmt: skip


def test_results_folder(run: Run, two: Path, tmp_path: Path) -> None:
    done = run(
        "validate", *given(two), *FOLLOW_UP, "--clinical", "grade", "--strata", "er",
        "--platform", "array", "--test-platform", "array", "-o", tmp_path / "out",
    )  # fmt: skip
    assert done.code == 0
    assert "relapse within 5 years, trained on home (" in done.out
    assert "AUROC within er positive" in done.out
    assert "left before 5 years" in done.err
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())["models"]
    assert list(metrics) == ["mlp", "mlp + clinical", "majority", "logistic", "knn", "grade"]
    assert metrics["mlp"]["metrics"]["auroc"]["value"] > 0.6
    assert 0 < metrics["mlp"]["metrics"]["c_index"]["low"] < 1
    made = json.loads((tmp_path / "out" / "run.json").read_text())
    assert set(made["files"]) == {path.name for path in (tmp_path / "out").iterdir()}
    external = json.loads((tmp_path / "out" / "external.json").read_text())["external"]
    assert external["train"]["platform"] == "array"
    drawn = run("report", tmp_path / "out", "-o", tmp_path / "again.html")
    assert drawn.code == 0
    first, again = tmp_path / "out" / "report.html", tmp_path / "again.html"
    assert first.read_bytes() == again.read_bytes()


def test_two_units_only_where_said(run: Run, two: Path, tmp_path: Path) -> None:
    units = given(two, "log2_tpm", "log2_rma")
    done = run("validate", *units, *FOLLOW_UP, "-o", tmp_path / "out")
    assert done.code == 2
    assert "--scaling within" in done.err
    assert not (tmp_path / "out").exists()
    done = run("validate", *units, *FOLLOW_UP, "--scaling", "within", "-o", tmp_path / "out")
    assert done.code == 0
    assert "standardised within each cohort" in done.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--time", "days", "--event", "relapse"), "all three"),
        (("--target", "er", "--years", 5), "not both"),
        (("--target", "stage"), "no column 'stage'"),
        ((*FOLLOW_UP, "--time-unit", "weeks"), "'weeks' isn't known"),
        ((*FOLLOW_UP[:-1], 50), "Nobody is followed for 50 years"),
        ((*FOLLOW_UP, "--network", "resnet"), "no network 'resnet'"),
        ((*FOLLOW_UP, "--scaling", "both"), "expected 'training' or 'within'"),
    ],
)
def test_what_cannot_be_done(
    run: Run, two: Path, tmp_path: Path, options: tuple[object, ...], says: str
) -> None:
    done = run("validate", *given(two), *options, "-o", tmp_path / "out")
    assert done.code == 2
    assert says in done.err
    assert not (tmp_path / "out").exists()
