"""``bulkwise demo``: what was planted is found."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bulkwise.datasets as datasets

Run = Callable[..., Any]


def test_demo(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = datasets.simulate(204, 800, 3, n_causal=5)
    monkeypatch.setattr(datasets, "load", lambda name: small)
    done = run("demo", "-o", tmp_path / "demo")
    assert done.code == 0
    assert (tmp_path / "demo" / "report.html").is_file()
    found = re.findall(r"(\d+) of \d+ marker genes .* \(by chance ([\d.]+)\)", done.out)
    assert len(found) == 3
    assert sum(int(n) for n, _ in found) > 5 * sum(float(chance) for _, chance in found)
    page = (tmp_path / "demo" / "report.html").read_text(encoding="utf-8")
    assert "What was planted, what was found" in page


def test_demo_of_an_unknown_cohort(run: Run, tmp_path: Path) -> None:
    done = run("demo", "--cohort", "nothing", "-o", tmp_path / "demo")
    assert done.code == 2
    assert "No cohort is called 'nothing'" in done.err
