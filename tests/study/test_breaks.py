"""A search that is killed, run twice, or left without room loses nothing and mixes nothing."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import anndata
import pytest

from bulkwise.errors import StudyError
from bulkwise.study import Local, Store, search
from bulkwise.study.random_search import networks, verb

ASKED = {"target": "kind", "trials": 24, "epochs": 4}
DRIVER = """
import sys
import anndata
from bulkwise.study import Local, search
from bulkwise.study.random_search import networks
networks.NETWORKS_OF_A_UNIT = 4
whole = networks.compute
def slowly(*given):
    import time
    time.sleep(0.5)
    return whole(*given)
networks.compute = slowly
cohort = anndata.read_h5ad(sys.argv[1])
search(cohort, folder=sys.argv[2], engine=Local(1), target="kind", trials=24, epochs=4)
"""


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(networks, "NETWORKS_OF_A_UNIT", 4)


def lines(folder: Path) -> int:
    path = folder / "study" / "results.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_a_driver_that_is_killed_and_a_second_one_beside_it(cohort, tmp_path):
    cohort.write_h5ad(tmp_path / "cohort.h5ad")
    read = anndata.read_h5ad(tmp_path / "cohort.h5ad")
    whole = search(read, folder=tmp_path / "whole", engine=Local(1), **ASKED)
    words = [sys.executable, "-c", DRIVER, str(tmp_path / "cohort.h5ad"), str(tmp_path / "s")]
    with subprocess.Popen(words) as driver:
        deadline = time.monotonic() + 120
        while lines(tmp_path / "s") < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        with pytest.raises(StudyError, match=f"process {driver.pid} on .* is at work on it"):
            search(read, folder=tmp_path / "s", engine=Local(1), **ASKED)
        os.kill(driver.pid, signal.SIGKILL)
    left = Store.look(tmp_path / "s").left
    assert 0 < len(left) < 6
    assert not (tmp_path / "s" / "search.json").exists()
    resumed = search(read, folder=tmp_path / "s", engine=Local(1), **ASKED)
    assert resumed.run["resumed_units"] == 6 - len(left)
    assert resumed.trials.equals(whole.trials)
    assert resumed.models == whole.models


def test_no_room_on_the_disk_is_told_and_what_was_done_is_kept(cohort, tmp_path):
    whole = search(cohort, folder=tmp_path / "whole", engine=Local(1), **ASKED)
    plan = (tmp_path / "whole" / "study" / "plan.json").stat().st_size
    first = len((tmp_path / "whole" / "study" / "results.jsonl").read_bytes().splitlines()[0])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(plan, 2 * first) + 500, before[1]))
    try:
        with pytest.raises(StudyError, match="the disk is full; what was finished before is kept"):
            search(cohort, folder=tmp_path / "s", engine=Local(1), **ASKED)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert 0 < len(Store.look(tmp_path / "s").left) < 6
    assert search(cohort, folder=tmp_path / "s", engine=Local(1), **ASKED).trials.equals(
        whole.trials
    )


def test_another_version_of_the_code_is_refused_with_both_hashes(cohort, tmp_path, monkeypatch):
    asked = {**ASKED, "trials": 4}
    search(cohort, folder=tmp_path, engine=Local(1), **asked)
    old, new = Store.look(tmp_path).plan.code, "f" * 64
    monkeypatch.setattr(verb, "code_hash", lambda: new)
    words = rf"versions of bulkwise.*: expected {re.escape(old)}, got {new}"
    with pytest.raises(StudyError, match=words):
        search(cohort, folder=tmp_path, engine=Local(1), **asked)
