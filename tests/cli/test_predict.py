"""``bulkwise predict``: what it writes, what it leaves empty, what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from bulkwise import bundle, io
from bulkwise.models import RowSpaceLogistic
from bulkwise.preprocess import Standardize

Run = Callable[..., Any]


def test_another_unit_is_refused(run: Run, options: tuple[object, ...], tmp_path: Path) -> None:
    run("train", *options, "--target", "condition", "-o", tmp_path / "m.zip")
    done = run(
        "predict", tmp_path / "m.zip", options[0], "--unit", "log2_tpm", "-o", tmp_path / "p.csv"
    )
    assert done.code == 2
    assert "'log2'" in done.err
    assert "'log2_tpm'" in done.err
    assert not (tmp_path / "p.csv").exists()


def test_a_bundle_that_is_none(run: Run, options: tuple[object, ...], tmp_path: Path) -> None:
    (tmp_path / "m.zip").write_bytes(b"nothing")
    done = run("predict", tmp_path / "m.zip", *options, "-o", tmp_path / "p.csv")
    assert done.code == 3
    assert "m.zip" in done.err


@pytest.fixture
def saved(options: tuple[object, ...], tmp_path: Path) -> Path:
    """A bundle of logistic regression, sooner made than a network's."""
    cohort = io.read(options[0], samples=options[2], unit="log2")
    model = make_pipeline(Standardize(), RowSpaceLogistic(Cs=3, folds=2))
    model.fit(cohort.to_df(), cohort.obs["condition"].to_numpy())
    return bundle.save(model, tmp_path / "saved.zip", cohort=cohort, target="condition")


def test_the_table_is_that_of_python_and_what_was_left_empty_is_counted(
    run: Run, saved: Path, options: tuple[object, ...], tmp_path: Path
) -> None:
    from bulkwise import prediction

    out = tmp_path / "p.csv"
    done = run("predict", saved, *options, "--abstain-below", 0.95, "-o", out)
    assert (done.code, done.out) == (0, "")
    table = pd.read_csv(out, keep_default_na=False)
    matrix = options[0]
    expected = prediction.predict(saved, matrix, unit="log2", abstain_below=0.95)
    assert table["predicted"].tolist() == expected["predicted"].tolist()
    np.testing.assert_allclose(table["p(tumour)"], expected["p(tumour)"])
    empty = int((table["predicted"] == "").sum())
    assert 0 < empty < 40
    assert f"40 samples predicted, {empty} of them left empty" in done.err
    assert "names that the model was trained on" in done.err
    everyone = run("predict", saved, *options, "--abstain-below", 0, "-o", out)
    assert "40 samples predicted, 0 of them left empty" in everyone.err


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("-o", "p.h5ad"), 2, ".csv"),
        (("-o", "p.csv", "--abstain-below", 2), 2, "less than or equal to 1"),
        (("-o", "p.csv", "--genes-in", "columns"), 2, "gene"),
    ],
)
def test_wrong_options_are_refused_and_nothing_written(
    run: Run,
    saved: Path,
    options: tuple[object, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[object, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("predict", saved, *options, *more)
    assert done.code == code
    assert said in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["saved.zip"]
