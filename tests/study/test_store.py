"""The store loses nothing, repeats nothing, and never mixes two studies."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bulkwise.errors import InputError, StudyError
from bulkwise.study import Store
from bulkwise.study.base import Done

from .conftest import plan_of


def done(number: int, result=None, error: str = "") -> Done:
    return Done(f"unit-{number}", result, error, 0.5)


def results(folder: Path) -> Path:
    return folder / "study" / "results.jsonl"


def test_what_was_added_is_there_again(tmp_path, plan):
    with Store(tmp_path / "s", plan) as store:
        store.append(done(2, {"a": [1.5, None]}))
        store.append(done(0, None, "diverged"))
        assert store.left == ["unit-0", "unit-1", "unit-3"]
    with Store(tmp_path / "s", plan) as store:
        assert store.results == {"unit-2": {"a": [1.5, None]}}
        assert store.failed == {"unit-0": "diverged"}
        store.append(done(0, 1))
        assert store.failed == {}
    looked = Store.look(tmp_path / "s")
    assert looked.results["unit-0"] == 1
    assert looked.plan == plan


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_line_that_was_cut_short_is_dropped_and_the_others_stay(tmp_path, plan, cut):
    with Store(tmp_path, plan) as store:
        store.append(done(0, [1]))
        store.append(done(1, [2]))
    whole = results(tmp_path).read_bytes()
    results(tmp_path).write_bytes(whole[:-cut])
    assert set(Store.look(tmp_path).results) == {"unit-0"}
    with Store(tmp_path, plan) as store:
        assert store.left == ["unit-1", "unit-2", "unit-3"]
        store.append(done(1, [2]))
    assert results(tmp_path).read_bytes() == whole


def test_damage_in_the_middle_is_refused(tmp_path, plan):
    with Store(tmp_path, plan) as store:
        store.append(done(0, [1]))
        store.append(done(1, [2]))
    content = results(tmp_path).read_bytes()
    results(tmp_path).write_bytes(content.replace(b"[1]", b"[9]"))
    with pytest.raises(StudyError, match="line 1 doesn't match"), Store(tmp_path, plan):
        pass


def test_a_unit_is_never_added_twice(tmp_path, plan):
    with Store(tmp_path, plan) as store:
        store.append(done(0, 1))
        with pytest.raises(StudyError, match="has a result already"):
            store.append(done(0, 2))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("data", "e" * 64, r"other data \(SHA-256\): expected d{64}, got e{64}"),
        ("seed", 1, "other seeds: expected 0, got 1"),
        ("code", "f" * 64, "versions of bulkwise"),
        ("settings", {"times": 3}, "other settings"),
    ],
)
def test_another_study_is_refused_with_both_values(tmp_path, plan, name, value, words):
    with Store(tmp_path, plan) as store:
        store.append(done(0, 1))
    before = results(tmp_path).read_bytes()
    with pytest.raises(StudyError, match=words), Store(tmp_path, plan_of(**{name: value})):
        pass
    assert results(tmp_path).read_bytes() == before


def test_two_drivers_dont_work_on_one_store(tmp_path, plan):
    with Store(tmp_path, plan) as store:
        store.append(done(0, 1))
        with pytest.raises(StudyError, match=f"process {os.getpid()} on"), Store(tmp_path, plan):
            pass
        store.append(done(1, 1))
    with Store(tmp_path, plan) as store:
        assert len(store.results) == 2


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path, plan, monkeypatch):
    write = os.write

    def half(handle, data):
        if data.startswith(b"unit") or len(data) < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, data[:-10])

    with Store(tmp_path, plan) as store:
        store.append(done(0, 1))
        before = results(tmp_path).read_bytes()
        monkeypatch.setattr(os, "write", half)
        with pytest.raises(StudyError, match="the disk is full"):
            store.append(done(1, list(range(50))))
        monkeypatch.undo()
        assert results(tmp_path).read_bytes() == before
        assert store.left[0] == "unit-1"
        store.append(done(1, 1))
    assert len(Store.look(tmp_path).results) == 2


def test_a_folder_with_other_files_is_refused(tmp_path, plan):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match=r"other files \('thesis.txt'\)"), Store(tmp_path, plan):
        pass
    with pytest.raises(InputError, match="no study"):
        Store.look(tmp_path)


DRIVER = """
import sys; sys.path.insert(0, sys.argv[2])
import numpy as np
from study.conftest import plan_of
from study.work import slow
from bulkwise.study import Local, carry_out
carry_out(plan_of(40), slow, {"x": np.ones(3)}, sys.argv[1], engine=Local(1))
"""


def test_a_driver_that_is_killed_loses_nothing_and_repeats_nothing(tmp_path):
    tests = str(Path(__file__).parents[1])
    words = [sys.executable, "-c", DRIVER, str(tmp_path), tests]
    with subprocess.Popen(words) as driver:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            lines = results(tmp_path).read_bytes().count(b"\n") if results(tmp_path).exists() else 0
            if lines >= 3:
                break
            time.sleep(0.05)
        driver.send_signal(signal.SIGKILL)
    first = Store.look(tmp_path)
    assert 3 <= len(first.results) < 40
    with Store(tmp_path, plan_of(40)) as store:
        assert len(store.left) == 40 - len(first.results)
