"""Looking at a file before it is opened."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bulkwise.errors import InputError
from bulkwise.io.base import look_at, name_of_format, open_bytes, read_head, unchanged


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "m.tsv.gz"
    path.write_bytes(gzip.compress(b"gene\tS1\n" + b"TP53\t1\n" * 1000))
    return path


def test_a_file_is_known_by_its_content_not_its_name(tmp_path: Path, text: Path) -> None:
    renamed = text.rename(tmp_path / "m.h5ad")
    file = look_at(renamed)
    assert (file.kind, file.gzipped, file.size) == ("text", True, renamed.stat().st_size)


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"\x89HDF\r\n\x1a\n..", "h5ad"), (b"PAR1..", "parquet"), (b"#1.2\n", "text")],
)
def test_formats_by_their_first_bytes(head: bytes, kind: str) -> None:
    assert name_of_format(head, Path("x")) == kind


def test_concatenated_gzip_members_are_read_as_one(tmp_path: Path) -> None:
    path = tmp_path / "two.gz"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    with open_bytes(look_at(path)) as stream:
        assert stream.read() == b"one\ntwo\n"


def test_the_head_holds_whole_lines_and_says_whether_it_is_all(text: Path) -> None:
    file = look_at(text)
    head, whole = read_head(file, size=4, lines=3)
    assert head.count(b"\n") >= 3
    assert not whole
    everything, whole = read_head(file, size=1 << 20)
    assert everything.count(b"\n") == 1001
    assert whole


def test_a_file_of_fewer_lines_is_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "short"
    path.write_bytes(b"one line only")
    assert read_head(look_at(path), size=4) == (b"one line only", True)


def test_a_change_is_seen(text: Path) -> None:
    file = look_at(text)
    text.write_bytes(text.read_bytes() + gzip.compress(b"more"))
    with pytest.raises(InputError, match="changed while it was read"):
        unchanged(file)
