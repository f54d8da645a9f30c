"""Five files, in a folder or a zip, whole or not at all."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from bulkwise.bundle.container import FILES, MAIN, SUMS, read_files, write_files
from bulkwise.errors import BundleError

CONTENTS = {name: f"what {name} holds".encode() for name in FILES if name != SUMS}


@pytest.fixture(params=["bundle", "bundle.zip"])
def path(request, tmp_path: Path) -> Path:
    return write_files(tmp_path / request.param, CONTENTS)


def test_there_and_back(path: Path):
    found = read_files(path)
    assert {name: found[name] for name in CONTENTS} == CONTENTS
    assert path.is_dir() == (path.suffix != ".zip")


def test_the_sums_are_those_of_sha256sum(tmp_path: Path):
    path = write_files(tmp_path / "bundle", CONTENTS)
    lines = (path / SUMS).read_text().splitlines()
    assert len(lines) == 4
    assert lines[0].split("  ")[1] == MAIN


def test_equal_contents_are_equal_bytes(tmp_path: Path):
    first, second = (write_files(tmp_path / f"{i}.zip", CONTENTS) for i in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_a_bundle_is_replaced(path: Path):
    write_files(path, CONTENTS | {MAIN: b"new"})
    assert read_files(path)[MAIN] == b"new"


def test_other_peoples_files_are_not(tmp_path: Path):
    bundle = write_files(tmp_path / "bundle", CONTENTS)
    (bundle / "notes.txt").write_text("mine")
    with pytest.raises(BundleError, match=r"notes\.txt"):
        write_files(bundle, CONTENTS)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("mine")
    with pytest.raises(BundleError, match=r"chapter\.tex"):
        write_files(tmp_path / "thesis", CONTENTS)
    (tmp_path / "data.zip").write_text("mine")
    with pytest.raises(BundleError, match="isn't a bundle"):
        write_files(tmp_path / "data.zip", CONTENTS)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("photo.jpg", "mine")
    with pytest.raises(BundleError, match="isn't a bundle"):
        write_files(tmp_path / "photos.zip", CONTENTS)
    assert (tmp_path / "data.zip").read_text() == "mine"


def test_a_zip_packed_by_somebody_else_opens(tmp_path: Path):
    path = write_files(tmp_path / "bundle", CONTENTS)
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in reversed(FILES):
            archive.write(path / name, name)
    assert read_files(packed) == read_files(path)


def test_nothing_there(tmp_path: Path):
    with pytest.raises(BundleError, match="There is no bundle"):
        read_files(tmp_path / "absent")
    with pytest.raises(BundleError, match="isn't a bundle"):
        read_files(tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_needed(tmp_path: Path, name: str):
    path = write_files(tmp_path / "bundle", CONTENTS)
    (path / name).unlink()
    with pytest.raises(BundleError, match=name):
        read_files(path)


@pytest.mark.parametrize("name", [name for name in FILES if name != SUMS])
def test_every_file_is_summed(tmp_path: Path, name: str):
    path = write_files(tmp_path / "bundle", CONTENTS)
    (path / name).write_bytes(CONTENTS[name][:-1] + b"!")
    with pytest.raises(BundleError, match=f"changed.*{name}"):
        read_files(path)


def test_links_and_folders_are_refused(tmp_path: Path):
    path = write_files(tmp_path / "bundle", CONTENTS)
    (tmp_path / "elsewhere").write_bytes((path / "card.md").read_bytes())
    (path / "card.md").unlink()
    (path / "card.md").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match="link"):
        read_files(path)
    (path / "card.md").unlink()
    (path / "card.md").mkdir()
    with pytest.raises(BundleError, match="folder"):
        read_files(path)
