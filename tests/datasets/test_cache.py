"""What is kept is whole, or is as if it weren't there."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pytest

from bulkwise.datasets import cache


def cohort(value: float) -> anndata.AnnData:
    return anndata.AnnData(np.full((2, 3), value, np.float32))


def test_what_is_kept_is_found(cache_home: Path) -> None:
    assert cache.find("a") is None
    kept = cache.keep("a", cohort(1), {"x.gz": "id"}, ["a note"])
    assert cache.find("a") == kept
    assert kept.path.parent == cache_home / "cohorts"
    assert (kept.n_samples, kept.n_genes, kept.notes) == (2, 3, ("a note",))
    assert cache.problem(kept) is None
    assert cache.find("b") is None


def test_a_newer_one_takes_the_place_of_the_older(cache_home: Path) -> None:
    older = cache.keep("a", cohort(1), {"x.gz": "id"}, [])
    newer = cache.keep("a", cohort(2), {"x.gz": "id", "y.gz": "id2"}, [])
    assert newer.path != older.path
    assert not older.path.exists()
    assert anndata.read_h5ad(newer.path).X[0, 0] == 2
    same = cache.keep("a", cohort(3), newer.files, [])
    assert same.path == newer.path
    assert anndata.read_h5ad(same.path).X[0, 0] == 3
    assert sorted(path.name for path in (cache_home / "cohorts").iterdir()) == [
        same.path.name,
        "a.json",
    ]


@pytest.mark.parametrize("damage", ["no record", "no file", "cut file", "text", "no key", "newer"])
def test_what_is_damaged_is_as_if_it_were_not_there(cache_home: Path, damage: str) -> None:
    kept = cache.keep("a", cohort(1), {"x.gz": "id"}, [])
    record = cache_home / "cohorts" / "a.json"
    text = record.read_text()
    if damage == "no record":
        record.unlink()
    elif damage == "no file":
        kept.path.unlink()
    elif damage == "cut file":
        kept.path.write_bytes(kept.path.read_bytes()[:-1])
    elif damage == "text":
        record.write_text(text[:40])
    elif damage == "no key":
        record.write_text(text.replace('"notes"', '"other"'))
    else:
        record.write_text(text.replace('"format": 1', '"format": 2'))
    assert cache.find("a") is None


def test_a_record_cannot_point_outside_its_folder(cache_home: Path, tmp_path: Path) -> None:
    kept = cache.keep("a", cohort(1), {}, [])
    kept.path.rename(tmp_path / kept.path.name)
    record = cache_home / "cohorts" / "a.json"
    record.write_text(record.read_text().replace(kept.path.name, f"../../{kept.path.name}"))
    assert cache.find("a") is None


def test_a_changed_file_is_noticed(cache_home: Path) -> None:
    kept = cache.keep("a", cohort(1), {"x.gz": "id"}, [])
    content = bytearray(kept.path.read_bytes())
    content[-1] ^= 1
    kept.path.write_bytes(content)
    assert cache.find("a") == kept
    assert "has changed since it was built" in (cache.problem(kept) or "")


def test_nothing_is_left_of_a_write_that_fails(
    cache_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = cache.keep("a", cohort(1), {"x.gz": "id"}, [])

    def fail(path: Path, content: bytes) -> None:
        with path.open("wb") as handle:
            handle.write(bytes(content)[:99])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(KeyboardInterrupt):
        cache.keep("a", cohort(2), {"y.gz": "id"}, [])
    assert cache.find("a") == kept
    assert len(list((cache_home / "cohorts").iterdir())) == 2
