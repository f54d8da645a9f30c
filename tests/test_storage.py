"""Nothing half-written, nothing of the user's lost."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkwise import storage
from bulkwise.errors import InputError


def test_git_blob_id_is_gits(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"hello\n")  # git hash-object of this content
    assert storage.git_blob_id(path) == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_sha256_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert storage.sha256_file(path) == known


def test_hash_array_sees_values_type_shape_and_names() -> None:
    array = np.arange(600, dtype=np.float32).reshape(300, 2)
    other = array.copy()
    other[299, 1] += 1
    hashes = {
        storage.hash_array(array),
        storage.hash_array(other),
        storage.hash_array(array.astype(np.float64)),
        storage.hash_array(array.reshape(2, 300)),
        storage.hash_array(array, ["a", "b"]),
    }
    assert len(hashes) == 5
    assert storage.hash_array(array) == storage.hash_array(np.asfortranarray(array))


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "result.csv"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt), storage.atomic_path(target) as partial:
        partial.write_text("half")
        raise KeyboardInterrupt
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["result.csv"]


def test_a_file_where_a_folder_is_expected(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a part of the path is a file"):
        storage.write_text(tmp_path / "file" / "below", "text")
    with pytest.raises(InputError, match="it is a folder"):
        storage.write_text(tmp_path, "text")


def test_a_full_disk_is_said_so() -> None:
    with pytest.raises(InputError, match="the disk is full"), storage.atomic_path("/tmp/x"):
        raise OSError(28, "No space left on device")


def test_folder_is_replaced_whole_and_keeps_the_users_own_files(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for text in ("one", "two"):
        with storage.atomic_folder(target, marker="run.json") as stage:
            (stage / "table.csv").write_text(text)
            if text == "one":
                (stage / "old.csv").write_text(text)
            files = sorted(path.name for path in stage.iterdir())
            storage.write_json(stage / "run.json", {"files": files}, schema="run", version=1)
        (target / "notes.txt").write_text("mine")
    assert (target / "table.csv").read_text() == "two"
    assert not (target / "old.csv").exists()
    assert (target / "notes.txt").read_text() == "mine"
    assert os.listdir(tmp_path) == ["out"]


def test_a_failed_folder_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with storage.atomic_folder(target, marker="run.json") as stage:
        (stage / "run.json").write_text("{}")
    with pytest.raises(ValueError, match="no"), storage.atomic_folder(target, marker="run.json"):
        raise ValueError("no")
    assert os.listdir(target) == ["run.json"]
    assert os.listdir(tmp_path) == ["out"]


def test_somebody_elses_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with (
        pytest.raises(InputError, match=r"holds other files \(no run.json among them\)"),
        storage.atomic_folder(tmp_path, marker="run.json"),
    ):
        pass
    assert os.listdir(tmp_path) == ["thesis.docx"]


def test_json_round_trip_with_numpy_and_nan(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    content = {"a": np.float32(0.5), "b": np.array([1, 2]), "c": float("nan"), "d": {"e": {3, 1}}}
    storage.write_json(path, content, schema="thing", version=2)
    document = storage.read_json(path, schema="thing", newest=2)
    assert document["schema"] == "bulkwise/thing"
    assert (document["a"], document["b"], document["c"]) == (0.5, [1, 2], None)
    assert document["d"] == {"e": [1, 3]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected a JSON document"),
        ("[1]", "expected a document of schema"),
        (json.dumps({"schema": "bulkwise/other", "format": 1}), "got 'bulkwise/other'"),
        (json.dumps({"schema": "bulkwise/thing", "format": 9}), "install a newer bulkwise"),
        (json.dumps({"schema": "bulkwise/thing", "format": "1"}), "its format number is '1'"),
    ],
)
def test_json_of_another_kind_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        storage.read_json(path, schema="thing", newest=2)


def test_a_missing_json_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        storage.read_json(tmp_path / "x.json", schema="thing", newest=1)


WRITER = """
import sys
from pathlib import Path
from bulkwise import storage
target = Path(sys.argv[1])
print("ready", flush=True)
number = 0
while True:
    number += 1
    with storage.atomic_folder(target, marker="run.json") as stage:
        for name in ("a", "b"):
            (stage / name).write_text(str(number))
        storage.write_json(stage / "run.json", {"files": ["a", "b"]}, schema="run", version=1)
"""


def test_a_killed_writer_leaves_a_whole_folder(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for round_number in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            while not (target / "a").exists():
                pass
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(0.02 + 0.013 * round_number)
            writer.send_signal(signal.SIGKILL)
        assert (target / "a").read_text() == (target / "b").read_text()
        storage.read_json(target / "run.json", schema="run", newest=1)


@given(st.text())
def test_a_guarded_cell_reads_back_and_never_starts_a_formula(text: str) -> None:
    guarded = storage.guard_cell(text)
    assert storage.unguard_cell(guarded) == text
    if guarded[:1] in ("=", "@", "+", "-"):
        assert np.isfinite(float(guarded))


def test_a_table_runs_nothing_in_a_spreadsheet(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "=gene": ["=1+1", "-12.5", "'5", "+cmd|' /C calc'!A0"],
            "kind": pd.Categorical(["@SUM", "a", "a", "-inf"]),
            "p": [1e-300, 0.1 + 0.2, np.nan, -1.0],
            "sure": [True, None, False, True],
        }
    )
    before = table.copy()
    storage.write_csv(tmp_path / "t.csv", table)
    again = pd.read_csv(tmp_path / "t.csv", dtype={"'=gene": str}, float_precision="round_trip")
    assert again["'=gene"].tolist() == ["'=1+1", "-12.5", "''5", "'+cmd|' /C calc'!A0"]
    assert again["kind"].tolist() == ["'@SUM", "a", "a", "'-inf"]
    np.testing.assert_array_equal(again["p"], table["p"])
    assert again["sure"].isna().tolist() == [False, True, False, False]
    pd.testing.assert_frame_equal(table, before)
    with pytest.raises(InputError, match="Can't write"):
        storage.write_csv(tmp_path / "t.csv" / "u.csv", table)


def test_two_writers_of_one_folder_leave_one_of_their_results_whole(tmp_path: Path) -> None:
    target, torn = tmp_path / "out", []
    done = threading.Event()

    def write(mark: str) -> None:
        for i in range(30):
            with storage.atomic_folder(target, marker="run.json") as stage:
                for name in ("run.json", "a.txt", "b.txt"):
                    (stage / name).write_text(
                        f'{{"files": ["run.json", "a.txt", "b.txt"], "by": "{mark}{i}"}}'
                    )

    def look() -> None:
        while not done.is_set():
            try:
                folder = os.open(target, os.O_RDONLY)
            except FileNotFoundError:
                continue
            names = ("run.json", "a.txt", "b.txt")
            try:  # one folder, whatever is swapped in meanwhile
                texts = {
                    Path(f"/proc/self/fd/{folder}/{name}").read_text(encoding="utf-8")
                    for name in names
                }
                torn.extend(texts if len(texts) > 1 else [])
            except FileNotFoundError:
                pass  # the folder looked at is an old one that is being removed
            finally:
                os.close(folder)

    watcher = threading.Thread(target=look)
    writers = [threading.Thread(target=write, args=(mark,)) for mark in "xy"]
    watcher.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    watcher.join()
    assert torn == []
    assert len({(target / name).read_text() for name in ("run.json", "a.txt", "b.txt")}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_cohort_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import anndata

    obs = pd.DataFrame({"label": pd.Categorical(["a", "b"]), "note": ["x", "ü"]}, index=["S", "T"])
    cohort = anndata.AnnData(np.ones((2, 3), np.float32), obs, uns={"unit": "log2"})
    target = tmp_path / "c.h5ad"
    storage.write_cohort(target, cohort)
    found = anndata.read_h5ad(target)
    assert found.obs.equals(cohort.obs)
    assert (found.X == 1).all()
    assert found.uns["unit"] == "log2"
    before = target.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="the disk is full"):
        storage.write_cohort(target, cohort)
    monkeypatch.undo()
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["c.h5ad"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_process_left_is_swept_a_day_later(tmp_path: Path, kind: str) -> None:
    target, day = tmp_path / "a[1].json", 86_400
    names = {
        "stale": f".{target.name}.{'0a' * 6}.partial",
        "fresh": f".{target.name}.{'1b' * 6}.partial",
        "of another": f".b.json.{'2c' * 6}.partial",
        "the only copy": f".{target.name}.{'3d' * 6}.old",
        "a person's": f".{target.name}.draft.partial",
    }
    for word, name in names.items():
        path = tmp_path / name
        if kind == "folder":
            path.mkdir()
            (path / "half").write_text("half")
        else:
            path.write_text("half")
        if word != "fresh":
            os.utime(path, (time.time() - 1.1 * day,) * 2)
    storage.write_text(target, "whole")
    left = {word for word, name in names.items() if (tmp_path / name).exists()}
    assert left == set(names) - {"stale"}
