"""``bulkwise data``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULKWISE_CACHE", str(tmp_path / "cache"))


def test_list_is_tab_separated(run: Run) -> None:
    lines = [line.split("\t") for line in run("data", "list").out.splitlines()]
    assert {line[0] for line in lines} >= {"bladder", "simulated", "rnaseqdb"}
    assert {len(line) for line in lines} == {4}


def test_list_as_json(run: Run) -> None:
    entries = json.loads(run("data", "list", "--json").out)
    assert {"name", "unit", "ready", "licence"} <= set(entries[0])


def test_path_and_verify_of_the_embedded_cohort(run: Run) -> None:
    done = run("data", "path", "bladder")
    assert Path(done.out.strip()).is_file()
    assert "1 files are as they should be" in run("data", "verify", "bladder").out


def test_a_cohort_that_is_not_there(run: Run) -> None:
    done = run("data", "path", "blader")
    assert done.code == 2
    assert "did you mean 'bladder'?" in done.err


def test_an_empty_mirror_is_a_failed_download(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    done = run("data", "fetch", "rnaseqdb", "--mirror", tmp_path / "mirror")
    assert done.code == 3
    assert "has none of the 52 files" in done.err


@pytest.mark.real
def test_fetch_from_a_mirror(run: Run, data_folder: Path) -> None:
    done = run("data", "fetch", "rnaseqdb-counts", "--mirror", data_folder / "mirror")
    assert done.code == 0
    assert Path(done.out.strip()).is_file()
    assert "the cohort is made of the rest" in done.err
