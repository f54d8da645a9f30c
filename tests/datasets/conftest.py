"""A small repository of RNAseqDB's layout, and a server that can misbehave."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bulkwise.datasets import mirror, rnaseqdb
from bulkwise.datasets.base import RemoteFile
from bulkwise.storage import git_blob_id

TABLES = {
    "data/normalized/kich-rsem-fpkm-tcga-t.txt.gz": (
        ["TCGA-KM-8639-01A-11R-2403-07", "TCGA-KL-8339-01A-11R-2315-07"],
        {"TP53": (7157, 1.5, 2.25), "XIST": (7503, 0, 5.0), "EGFR": (1956, 3.0, 4.5)},
    ),
    "data/normalized/kich-rsem-fpkm-tcga.txt.gz": (
        ["TCGA-KL-8339-11A-01R-2315-07"],
        {"EGFR": (1956, 8.0), "TP53": (7157, 7.5), "XIST": (7503, 0.5), "ABC1": (0, 1.0)},
    ),
    "data/normalized/esophagus_gas-rsem-fpkm-gtex.txt.gz": (
        ["GTEX-13NYB-1726-SM-5N9G2"],
        {"XIST": (7503, 9.0), "TP53": (7157, 6693e6), "EGFR": (1956, 0.01)},
    ),
    "data/expected_count/kich-rsem-count-tcga.txt.gz": (
        ["TCGA-KL-8339-11A-01R-2315-07"],
        {"EGFR": ("    1956", 8.5), "TP53": ("    7157", 12390198.26), "XIST": ("    7503", 1.51)},
    ),
}


def table_bytes(samples: list[str], rows: dict[str, tuple[object, ...]]) -> bytes:
    lines = ["\t".join(["Hugo_Symbol", "Entrez_Gene_Id", *samples])]
    lines += ["\t".join(map(str, (gene, *cells))) for gene, cells in rows.items()]
    return gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0)


@pytest.fixture
def cache_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the test's own, and no folder of real data."""
    monkeypatch.setenv("BULKWISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BULKWISE_DATA", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def small_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_home: Path
) -> dict[str, RemoteFile]:
    """The small repository as the folder ``mirror`` in tmp_path, known by its blob ids."""
    files = {}
    for path, (samples, rows) in TABLES.items():
        target = tmp_path / "mirror" / rnaseqdb.REPOSITORY / rnaseqdb.COMMIT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(table_bytes(samples, rows))
        files[target.name] = RemoteFile(
            rnaseqdb.REPOSITORY, rnaseqdb.COMMIT, path, git_blob_id(target)
        )
    monkeypatch.setattr(rnaseqdb, "_all_files", lambda: tuple(files.values()))
    return files


class Server(ThreadingHTTPServer):
    """Serves a folder; ``behaviour`` maps a file's name to a list of ways, one a request."""

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.root = root
        self.behaviour: dict[str, list[str]] = {}
        self.asked: list[tuple[str, str | None]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what the tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        path = self.server.root / self.path.lstrip("/")
        self.server.asked.append((path.name, self.headers.get("Range")))
        ways = self.server.behaviour.get(path.name, [])
        way = ways.pop(0) if len(ways) > 1 else (ways[0] if ways else "fine")
        if way.isdigit() or not path.is_file():
            self.send_error(int(way) if way.isdigit() else 404)
            return
        content = path.read_bytes()
        if way == "corrupt":
            content = bytes([content[0] ^ 1]) + content[1:]
        if way in {"endless", "creeping"}:
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b"x" * (4096 if way == "endless" else 1))
                time.sleep(0.0 if way == "endless" else 0.02)
        start = 0
        asked = self.headers.get("Range")
        if asked and way != "no ranges":
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206)
            shown = start + (way == "elsewhere")
            shown_range = f"bytes {shown}-{len(content) - 1}/{len(content)}"
            self.send_header("Content-Range", "" if way == "somewhere" else shown_range)
        else:
            self.send_response(200)
        body = content[start:]
        length = 10**12 if way == "huge" else len(body)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if way in {"cut", "stall"} else body)
        if way == "stall":
            self.wfile.flush()
            time.sleep(0.5)


@pytest.fixture
def server(
    tmp_path: Path, small_mirror: dict[str, RemoteFile], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """The small repository on 127.0.0.1; attempts follow each other at once."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(mirror, "_PAUSE", 0.0)
    with Server(tmp_path / "mirror") as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join()
