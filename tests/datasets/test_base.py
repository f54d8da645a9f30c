"""Results as documents, and where things lie."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bulkwise.datasets.base import (
    Fetched,
    RemoteFile,
    Verified,
    cache_folder,
    local_mirror,
    refuse_options,
)
from bulkwise.errors import InputError


def test_results_are_json() -> None:
    fetched = Fetched(name="a", path=Path("x") / "a.h5ad", files=("f",), lacking=("g", "h"))
    document = json.loads(json.dumps(fetched.to_dict()))
    assert document["path"] == str(Path("x") / "a.h5ad")
    assert (document["files"], document["lacking"]) == (["f"], ["g", "h"])
    bad = Verified(name="a", checked=("f",), problems=("f is damaged",))
    assert json.loads(json.dumps(bad.to_dict()))["ok"] is False
    assert Verified(name="a", checked=("f",)).ok


def test_the_layout_of_a_mirror() -> None:
    file = RemoteFile("owner/name", "abc", "data/x.gz", "0")
    assert file.location == "owner/name/abc/data/x.gz"
    assert file.name == "x.gz"


def test_folders_follow_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULKWISE_CACHE", str(tmp_path / "c"))
    assert cache_folder() == tmp_path / "c"
    monkeypatch.delenv("BULKWISE_CACHE")
    assert cache_folder().name == "bulkwise"
    monkeypatch.setenv("BULKWISE_DATA", str(tmp_path))
    assert local_mirror() is None
    (tmp_path / "mirror").mkdir()
    assert local_mirror() == tmp_path / "mirror"
    monkeypatch.delenv("BULKWISE_DATA")
    assert local_mirror() is None


def test_unknown_options_are_named() -> None:
    refuse_options("a", {"b": 1}, ("b",))
    with pytest.raises(InputError, match="'a' doesn't take the option 'c'; expected b"):
        refuse_options("a", {"b": 1, "c": 2}, ("b",))
