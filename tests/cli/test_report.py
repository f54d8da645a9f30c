"""``bulkwise report``: the kind of results decides who draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bulkwise import reporting
from bulkwise.reporting import external, translation

Run = Callable[..., Any]


def test_report_of_a_folder_without_results(run: Run, tmp_path: Path) -> None:
    done = run("report", tmp_path)
    assert done.code == 2
    assert "results folder" in done.err


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Path, Path]]:
    """Who drew what, and where."""
    calls: list[tuple[str, Path, Path]] = []

    def drawer(name: str) -> Callable[[Path, Path], Path]:
        def draw(folder: Path, page: Path) -> Path:
            calls.append((name, folder, page))
            return page

        return draw

    for name, room in (
        ("evaluation", reporting),
        ("external", external),
        ("translation", translation),
    ):
        monkeypatch.setattr(room, "report", drawer(name), raising=False)
    return calls


@pytest.mark.parametrize(
    ("files", "who"),
    [
        (("metrics.json",), "evaluation"),
        (("metrics.json", "external.json"), "external"),
        (("metrics.json", "patients.csv"), "translation"),
    ],
)
def test_the_files_of_a_folder_say_whose_results_they_are(
    run: Run, tmp_path: Path, drawn: list[Any], files: tuple[str, ...], who: str
) -> None:
    for name in files:
        (tmp_path / name).write_text("{}")
    done = run("report", tmp_path)
    assert drawn == [(who, tmp_path, tmp_path / "report.html")]
    assert (done.code, done.out.strip()) == (0, str(tmp_path / "report.html"))
    run("report", tmp_path, "-o", tmp_path / "other.html")
    assert drawn[1] == (who, tmp_path, tmp_path / "other.html")
