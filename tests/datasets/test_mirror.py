"""Files from folders and servers, good and bad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bulkwise.datasets import mirror
from bulkwise.datasets.base import RemoteFile
from bulkwise.datasets.mirror import gather, present
from bulkwise.errors import DownloadError, InputError
from bulkwise.storage import git_blob_id

NAME = "kich-rsem-fpkm-tcga-t.txt.gz"


@pytest.fixture
def store(cache_home: Path) -> Path:
    return cache_home / "mirror"


def test_a_folder_gives_its_own_files_and_names_what_it_lacks(
    small_mirror: dict[str, RemoteFile], tmp_path: Path, store: Path
) -> None:
    files = list(small_mirror.values())
    (tmp_path / "mirror" / files[1].location).unlink()
    got = gather(files, tmp_path / "mirror", store)
    assert got.lacking == (files[1].name,)
    assert {path.parents[5] for path in got.found.values()} == {tmp_path / "mirror"}
    assert present(files, tmp_path / "mirror", None) == set(got.found)
    assert not store.exists()


def test_a_damaged_copy_in_a_folder_is_refused(
    small_mirror: dict[str, RemoteFile], tmp_path: Path, store: Path
) -> None:
    file = small_mirror[NAME]
    copy = tmp_path / "mirror" / file.location
    copy.write_bytes(copy.read_bytes()[:-1])
    with pytest.raises(DownloadError, match=f"expected the git blob id {file.blob_id}"):
        gather([file], tmp_path / "mirror", store)


@pytest.mark.parametrize("address", ["nowhere", "ftp://127.0.0.1", "file:///tmp"])
def test_what_is_neither_folder_nor_web_address_is_refused(
    small_mirror: dict[str, RemoteFile], store: Path, address: str
) -> None:
    with pytest.raises(InputError, match="expected a folder that is there, or an address"):
        gather([small_mirror[NAME]], address, store)


def test_a_server_gives_files_once(
    server: Any, small_mirror: dict[str, RemoteFile], store: Path
) -> None:
    files = list(small_mirror.values())
    server.behaviour[files[0].name] = ["404"]
    got = gather(files, server.address + "/", store)
    assert got.lacking == (files[0].name,)
    assert all(git_blob_id(got.found[file.name]) == file.blob_id for file in files[1:])
    server.asked.clear()
    again = gather(files, server.address, store)
    assert again == got
    assert [name for name, _ in server.asked] == [files[0].name]


def test_a_cut_download_goes_on_where_it_stopped(
    server: Any, small_mirror: dict[str, RemoteFile], store: Path
) -> None:
    file = small_mirror[NAME]
    size = (server.root / file.location).stat().st_size
    server.behaviour[NAME] = ["cut", "503", "cut", "fine"]
    assert NAME in gather([file], server.address, store).found
    first = size // 2
    second = first + (size - first) // 2
    ranges = [f"bytes={first}-", f"bytes={first}-", f"bytes={second}-"]
    assert server.asked == [(NAME, None), *((NAME, asked) for asked in ranges)]


def test_what_never_comes_whole_is_an_error_and_is_resumed_by_the_next_call(
    server: Any, small_mirror: dict[str, RemoteFile], store: Path
) -> None:
    file = small_mirror[NAME]
    server.behaviour[NAME] = ["cut"]
    with pytest.raises(DownloadError, match=r"cut at [\d,]+ of [\d,]+ bytes; run the same command"):
        gather([file], server.address, store)
    part = store / (file.location + ".part")
    kept = part.stat().st_size
    assert not (store / file.location).exists()
    server.behaviour[NAME] = ["fine"]
    server.asked.clear()
    assert NAME in gather([file], server.address, store).found
    assert server.asked == [(NAME, f"bytes={kept}-")]
    assert not part.exists()


@pytest.mark.parametrize("way", ["no ranges", "fine"])
def test_a_stale_part_is_replaced(
    server: Any, small_mirror: dict[str, RemoteFile], store: Path, way: str
) -> None:
    file = small_mirror[NAME]
    part = store / (file.location + ".part")
    part.parent.mkdir(parents=True)
    part.write_bytes(b"something else")
    server.behaviour[NAME] = [way]
    assert git_blob_id(gather([file], server.address, store).found[NAME]) == file.blob_id


@pytest.mark.parametrize("longer", [0, 7])
def test_a_part_with_nothing_after_it_is_judged_by_its_content(
    server: Any, small_mirror: dict[str, RemoteFile], store: Path, longer: int
) -> None:
    file = small_mirror[NAME]
    part = store / (file.location + ".part")
    part.parent.mkdir(parents=True)
    part.write_bytes((server.root / file.location).read_bytes() + b"x" * longer)
    assert git_blob_id(gather([file], server.address, store).found[NAME]) == file.blob_id
    assert len(server.asked) == (2 if longer else 1)


def test_a_corrupted_download_is_refused_at_once(
    server: Any, small_mirror: dict[str, RemoteFile], store: Path
) -> None:
    server.behaviour[NAME] = ["corrupt"]
    with pytest.raises(DownloadError, match="isn't the one that was asked for"):
        gather([small_mirror[NAME]], server.address, store)
    assert len(server.asked) == 1
    assert not list(store.rglob("*.gz*"))


@pytest.mark.parametrize("way", ["endless", "huge"])
def test_a_download_without_end_is_stopped(
    server: Any,
    small_mirror: dict[str, RemoteFile],
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    monkeypatch.setattr(mirror, "_MOST_BYTES", 50_000)
    server.behaviour[NAME] = [way]
    with pytest.raises(DownloadError, match="goes on beyond 50,000 bytes"):
        gather([small_mirror[NAME]], server.address, store)
    assert not list(store.rglob("*.gz*"))


def test_a_creeping_download_is_stopped(
    server: Any,
    small_mirror: dict[str, RemoteFile],
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mirror, "_WINDOW", 0.1)
    monkeypatch.setattr(mirror, "_ATTEMPTS", 2)
    server.behaviour[NAME] = ["creeping"]
    with pytest.raises(DownloadError, match="bytes came in"):
        gather([small_mirror[NAME]], server.address, store)


def test_a_silent_server_is_left_and_asked_again(
    server: Any,
    small_mirror: dict[str, RemoteFile],
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mirror, "_SILENCE", 0.1)
    server.behaviour[NAME] = ["stall", "fine"]
    assert NAME in gather([small_mirror[NAME]], server.address, store).found
    assert server.asked[1][1] is not None


def test_a_long_download_is_watched_window_by_window(
    server: Any,
    small_mirror: dict[str, RemoteFile],
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mirror, "_WINDOW", 0.0)
    monkeypatch.setattr(mirror, "_SLOWEST", 1)
    assert NAME in gather([small_mirror[NAME]], server.address, store).found
    assert len(server.asked) == 1


@pytest.mark.parametrize("way", ["elsewhere", "somewhere"])
def test_a_server_that_goes_on_elsewhere_is_not_believed(
    server: Any, small_mirror: dict[str, RemoteFile], store: Path, way: str
) -> None:
    server.behaviour[NAME] = ["cut", way, "fine"]
    got = gather([small_mirror[NAME]], server.address, store)
    assert git_blob_id(got.found[NAME]) == small_mirror[NAME].blob_id


def test_a_refusal_is_an_error_with_its_code(
    server: Any, small_mirror: dict[str, RemoteFile], store: Path
) -> None:
    server.behaviour[NAME] = ["403"]
    with pytest.raises(DownloadError, match="answered 403"):
        gather([small_mirror[NAME]], server.address, store)


def test_no_server_at_all(
    small_mirror: dict[str, RemoteFile], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(mirror, "_PAUSE", 0.0)
    with pytest.raises(DownloadError, match="Connection refused"):
        gather([small_mirror[NAME]], "http://127.0.0.1:1", store)


def test_a_store_that_cannot_be_written_is_named(
    server: Any, small_mirror: dict[str, RemoteFile], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match="BULKWISE_CACHE"):
        gather([small_mirror[NAME]], server.address, tmp_path / "file")
