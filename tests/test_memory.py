"""Memory that there is, and one sentence where there isn't."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bulkwise import memory
from bulkwise.errors import InputError


def test_what_there_is_is_less_than_the_machine_has() -> None:
    there = memory.available()
    if not Path("/proc/meminfo").exists():
        pytest.skip("this system doesn't tell")
    total = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    assert there is not None
    assert 0 < there <= total


@pytest.mark.parametrize(
    ("limit", "used", "expected"), [("max", "5", 1000), ("600", "100", 500), ("600", "700", 1)]
)
def test_a_container_may_have_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, used: str, expected: int
) -> None:
    (tmp_path / "memory.max").write_text(limit + "\n")
    (tmp_path / "memory.current").write_text(used + "\n")
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable: 1000 kB\n")
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    there = memory.available()
    assert there == (1000 * 1024 if limit == "max" else expected)


def test_a_process_may_have_a_limit_of_its_own() -> None:
    code = (
        "import resource; from bulkwise import memory; "
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31)); print(memory.available())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0 < int(done.stdout) < 1 << 31


def test_too_much_is_refused_with_both_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 2_000_000_000)
    memory.require(2_000_000_000, "It", "take less")
    with pytest.raises(InputError, match=r"^It needs 3\.5 GB of memory, and 2\.0 GB are free; tak"):
        memory.require(3_500_000_000, "It", "take less")
    monkeypatch.setattr(memory, "available", lambda: None)
    memory.require(10**18, "It", "take less")
