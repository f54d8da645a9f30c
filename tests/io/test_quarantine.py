"""Files made to crash, fill or stall their reader harm nobody but the helper process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest

import bulkwise as bw
from bulkwise import memory
from bulkwise.errors import InputError
from bulkwise.io import quarantine
from bulkwise.io.base import look_at
from bulkwise.io.containers import read_h5ad
from bulkwise.io.quarantine import Reader


@pytest.fixture
def path(tmp_path: Path) -> Path:
    cohort = anndata.AnnData(
        np.ones((3, 2), np.float32), pd.DataFrame(index=list("abc")), pd.DataFrame(index=["X", "Y"])
    )
    cohort.uns["unit"] = "log2"
    cohort.write_h5ad(tmp_path / "cohort.h5ad")
    return tmp_path / "cohort.h5ad"


def _rows(columns: list[str], rows: list[str]):
    return "rows"


def test_one_process_serves_many_files(path: Path) -> None:
    bw.read(path)
    first = quarantine._reader
    bw.read(path)
    assert quarantine._reader is first


def test_a_path_is_read_from_where_its_asker_is(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bw.read(path)  # the helper runs
    other = tmp_path / "other"
    other.mkdir()
    path.rename(other / path.name)
    monkeypatch.chdir(other)
    assert bw.read(path.name).n_obs > 0


def test_a_reader_that_dies_is_told_and_replaced(path: Path) -> None:
    reader = Reader()
    file = look_at(path)
    assert reader.read(file, _rows).X.shape == (3, 2)
    os.kill(reader._process.pid, signal.SIGSTOP)  # it can't answer before it is killed
    killer = threading.Timer(0.2, os.kill, (reader._process.pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(InputError, match=r"made its reader stop \(signal 9\)"):
        reader.read(file, _rows)
    assert not reader.alive
    assert bw.read(path).shape == (3, 2)


def test_a_reader_that_never_ends_is_stopped(path: Path) -> None:
    reader = Reader()
    reader.read(look_at(path), _rows)
    os.kill(reader._process.pid, signal.SIGSTOP)
    with pytest.raises(InputError, match=r"still busy after 1 seconds"):
        reader.read(look_at(path), _rows, seconds=1.0)
    assert not reader.alive


def test_an_interruption_leaves_no_reader_in_the_middle(path: Path, tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["A"], "S1": [1.0]})
    frame.to_parquet(tmp_path / "m.parquet")
    reader = Reader()

    def interrupted(columns: list[str], rows: list[str]):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reader.read(look_at(tmp_path / "m.parquet"), interrupted)
    assert not reader.alive


def test_a_declared_shape_that_the_file_cannot_hold(path: Path) -> None:
    with h5py.File(path, "r+") as store:
        del store["X"]
        store.create_dataset("X", shape=(10**6, 10**8), dtype="f4", chunks=(1, 1000))
    with pytest.raises(InputError, match=r"'X' declares 100,000,000,000,000 values and holds 0 b"):
        bw.read(path)
    with h5py.File(path, "r+") as store:
        del store["obs"]["_index"]
        store["obs"].create_dataset("_index", shape=(10**9,), dtype=h5py.string_dtype())
    with pytest.raises(InputError, match=r"declares|is damaged"):
        bw.read(path)


def test_what_memory_cannot_hold_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with h5py.File(path, "r+") as store:  # zeros pack well: 64 MB in some kilobytes
        del store["X"]
        store.create_dataset(
            "X", data=np.zeros((4000, 4000), np.float32), compression="gzip", chunks=(4000, 4000)
        )
    monkeypatch.setattr(memory, "available", lambda: 1 << 25)
    with pytest.raises(InputError, match=r"4,000 samples x 4,000 genes\) needs 64\.0 MB of memory"):
        read_h5ad(look_at(path))


def test_a_file_that_fills_the_memory_is_stopped(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with h5py.File(path, "r+") as store:  # a gigabyte of numbers beside the genes
        numbers = np.zeros(1 << 27)
        store["var"].create_dataset("zeros", data=numbers, compression="gzip", chunks=(1 << 24,))
        store["var"].attrs["column-order"] = ["zeros"]
    monkeypatch.setattr(memory, "available", lambda: 1 << 28)
    monkeypatch.setattr(quarantine, "_LEAST_MEMORY", 1 << 28)
    assert path.stat().st_size < 4e6
    with pytest.raises(InputError, match=r"more memory than there is|is damaged|reader stop"):
        Reader().read(look_at(path), _rows)


def test_a_module_beside_the_file_is_not_run(path: Path) -> None:
    for name in ("json", "h5py", "resource", "numpy"):
        (path.parent / f"{name}.py").write_text("raise SystemExit('taken over')")
    code = f"import bulkwise as bw; print(bw.read({str(path)!r}).shape)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=path.parent, capture_output=True, text=True
    )
    assert done.stdout.strip() == "(3, 2)", done.stderr


def test_the_helper_ends_with_its_asker(path: Path) -> None:
    code = (
        "import os; import bulkwise as bw; from bulkwise.io import quarantine; "
        f"bw.read({str(path)!r}); print(quarantine._reader._process.pid, flush=True); "
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    pid = int(done.stdout)
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            break
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()
