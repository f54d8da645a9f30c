"""``bulkwise study``: looked at, resumed, drawn again."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulkwise.study import Plan, Store, Unit
from bulkwise.study.base import Done


def begun(folder: Path, *command: str) -> None:
    """A study of three units: one done, one failed."""
    units = tuple(Unit(f"unit-{i}", {}) for i in range(3))
    plan = Plan(
        kind="search", settings={}, data="d", seed=0, code="c", threads=1, units=units,
        command=command,
    )  # fmt: skip
    with Store(folder, plan) as store:
        store.append(Done("unit-0", 1, "", 4.0))
        store.append(Done("unit-1", None, "diverged", 2.0))


def test_a_study_is_looked_at_resumed_and_drawn_again(run, search_words, tmp_path):
    out = tmp_path / "out"
    first = run(*search_words)
    results = out / "study" / "results.jsonl"
    results.write_bytes(results.read_bytes()[:-9])
    status = run("study", "status", out)
    facts = dict(line.split("\t") for line in status.out.splitlines())
    assert facts["units done"] == "1 of 2"
    assert facts["command"].startswith("bulkwise search")
    resumed = run("study", "resume", out)
    assert resumed.code == 0
    assert resumed.out == first.out
    assert "units done\t2 of 2" in run("study", "status", out).out
    (out / "report.html").unlink()
    drawn = run("study", "report", out)
    assert drawn.out.strip() == str(out / "report.html")
    assert (out / "report.html").is_file()


def test_status_counts_what_is_done_and_what_it_will_take(run, tmp_path):
    begun(tmp_path, "search", "my matrix.csv", "-o", "x")
    done = run("study", "status", tmp_path)
    facts = dict(line.split("\t") for line in done.out.splitlines())
    assert facts["kind"] == "search"
    assert facts["units done"] == "1 of 3"
    assert facts["units failed"] == "1"
    assert facts["seconds computing"] == "6.0"
    assert facts["seconds left in one process"] == "6"  # two units at the mean of three seconds
    assert facts["command"] == "bulkwise search 'my matrix.csv' -o x"
    assert "unit-1 failed: diverged" in done.err


def test_a_study_from_python_has_no_command_to_go_on_with(run, tmp_path):
    begun(tmp_path)
    assert "(from Python)" in run("study", "status", tmp_path).out
    done = run("study", "resume", tmp_path)
    assert (done.code, "was begun from Python; call the same function" in done.err) == (3, True)


@pytest.mark.parametrize("named", [("-o", "x"), ("--output", "x"), ("--output=x",), ("-ox",), ()])
def test_a_study_that_was_moved_is_not_begun_anew_elsewhere(run, tmp_path, monkeypatch, named):
    monkeypatch.chdir(tmp_path)
    begun(tmp_path / "moved", "search", "m.csv", *named)
    done = run("study", "resume", tmp_path / "moved")
    assert done.code == 3
    assert f"begun as `-o {'x' if named else None}`, which is another folder" in done.err
    assert not (tmp_path / "x").exists()


def test_a_folder_without_a_study_is_named(run, tmp_path):
    for what in ("status", "resume"):
        done = run("study", what, tmp_path / "nowhere")
        assert (done.code, "no study in" in done.err) == (2, True)
