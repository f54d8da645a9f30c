"""The embedded cohort is small, is what its papers say, and is close to its origin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bulkwise.datasets import bladder


def test_it_is_small_and_has_its_papers_beside_it() -> None:
    assert bladder.FILE.stat().st_size <= 1_500_000
    assert "Artistic License 2.0" in (bladder.FILE.parent / "LICENSE.txt").read_text()
    readme = (bladder.FILE.parent / "README.md").read_text()
    for word in ("bladderbatch", "1/32", "tools/make_bladder.py", "Dyrskjot"):
        assert word in readme


def test_what_it_holds() -> None:
    cohort = bladder.read()
    assert cohort.shape == (57, 22283)
    assert cohort.X.dtype == np.float32
    assert cohort.uns["unit"] == "log2_rma"
    assert cohort.obs_names.is_unique
    assert cohort.var_names.is_unique
    assert cohort.obs["cancer"].value_counts().to_dict() == {
        "Cancer": 40,
        "Biopsy": 9,
        "Normal": 8,
    }
    assert set(cohort.obs["batch"]) == {"1", "2", "3", "4", "5"}
    assert np.array_equal(cohort.X * 32, np.round(cohort.X * 32))


def test_it_is_the_file_that_was_released(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert bladder.problem() is None
    other = tmp_path / "bladder.h5ad"
    other.write_bytes(bladder.FILE.read_bytes()[:-1])
    monkeypatch.setattr(bladder, "FILE", other)
    assert "is damaged" in (bladder.problem() or "")


@pytest.mark.real
def test_it_is_the_published_matrix_but_for_the_rounding(data_folder: Path) -> None:
    import anndata

    full = anndata.read_h5ad(data_folder / "bladderbatch.h5ad")
    cohort = bladder.read()
    assert list(cohort.obs_names) == list(full.obs_names)
    assert list(cohort.var_names) == list(full.var_names)
    assert np.abs(cohort.X - full.X).max() <= 1 / 64 + 1e-4
    for column in ("cancer", "outcome", "batch"):
        assert list(cohort.obs[column]) == list(full.obs[column].astype(str))
