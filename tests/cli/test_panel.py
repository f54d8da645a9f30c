"""``bulkwise panel``: genes that tell the others, in the order chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

Run = Callable[..., Any]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Fourteen genes of four kinds, five to two of a kind alike; kinds have nothing in common."""
    rng = np.random.default_rng(0)
    own = rng.normal(size=(30, 4))
    own = np.linalg.qr(own - own.mean(axis=0))[0].T
    copies = {"d": 2, "a": 5, "c": 3, "b": 4}
    values = 8 + 4 * np.repeat(own, list(copies.values()), axis=0)
    names = [f"{kind}{copy}" for kind, n in copies.items() for copy in range(n)]
    path = tmp_path / "matrix.csv"
    columns = [f"s{i}" for i in range(30)]
    pd.DataFrame(values, index=pd.Index(names, name="gene"), columns=columns).to_csv(path)
    return path


def test_one_gene_of_each_kind_is_chosen_the_largest_kind_first(
    run: Run, table: Path, tmp_path: Path
) -> None:
    out = tmp_path / "panel.csv"
    done = run("panel", table, "--unit", "log2", "-k", 4, "-o", out)
    assert (done.code, done.out) == (0, "")
    panel = pd.read_csv(out)
    assert [name[0] for name in panel["gene"]] == list("abcd")
    assert panel["explained"].is_monotonic_increasing
    shares = panel["explained"].tolist()
    assert shares[2] < 0.9 < 0.94 < shares[3]  # the fourth kind holds a seventh of the genes
    assert f"4 of 14 genes explain {shares[-1]:.0%}" in done.err
    assert "30 samples" in done.err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("-o", "panel.txt"), "end it in .csv"),
        (("-k", 15, "-o", "panel.csv"), "15"),
        (("-k", 0, "-o", "panel.csv"), "greater than or equal to 1"),
    ],
)
def test_what_cant_be_chosen_is_refused_and_nothing_written(
    run: Run, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: Any, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("panel", table, "--unit", "log2", *more)
    assert (done.code, said in done.err) == (2, True), done.err
    assert [path.name for path in tmp_path.iterdir()] == ["matrix.csv"]
