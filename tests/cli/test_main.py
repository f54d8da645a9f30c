"""Help, versions, exit codes and messages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from bulkwise import __version__
from bulkwise.cli import main

Run = Callable[..., Any]
COMMANDS = ("check", "data", "demo", "evaluate", "predict", "report", "train")


def test_version(run: Run) -> None:
    done = run("--version")
    assert (done.code, done.out) == (0, f"bulkwise {__version__}\n")


def test_help_lists_the_commands(run: Run) -> None:
    done = run("--help")
    assert done.code == 0
    assert all(f" {command} " in done.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_an_example(run: Run, command: str) -> None:
    done = run(*command.split(), "--help")
    assert done.code == 0
    assert "Usage: bulkwise" in done.out
    assert command == "data" or f"bulkwise {command} " in done.out.split("Usage:")[1][20:]


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys; sys.argv = ['bulkwise', 'evaluate', '--help']\n"
        "from bulkwise.cli.main import run\n"
        "try: run()\n"
        "except SystemExit: pass\n"
        "heavy = ('torch', 'sklearn', 'pandas', 'anndata', 'plotly', 'scipy')\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("evaluate",), "Missing argument 'INPUT'"),
        (("evaluate", "bladder", "-o", "x"), "a target column (target=..., --target)"),
        (("evaluate", "bladder", "--target", "a", "-o", "x", "--folds", "1"), "'--folds'"),
        (("nonsense",), "No such command 'nonsense'"),
        (("check", "bladder", "--nonsense"), "No such option"),
    ],
)
def test_wrong_usage_is_one_sentence_and_code_2(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert words in done.err
    assert "Traceback" not in done.err


def test_a_fault_of_ours_is_said_so_and_debug_shows_where(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(main, "app", broken)
    done = run("anything")
    assert done.code == 1
    assert "Unexpected ZeroDivisionError: oh" in done.err
    with pytest.raises(ZeroDivisionError):
        run("anything", "--debug")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "Interrupted; what was finished before is kept"),
        (SystemExit(130), 130, "Interrupted; what was finished before is kept"),
        (SystemExit(143), 143, "Terminated; what was finished before is kept"),
        (MemoryError("3 GiB"), 1, "Out of memory (3 GiB)"),
    ],
)
def test_interruptions(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, words: str
) -> None:
    def stopped(**_: object) -> None:
        raise error

    monkeypatch.setattr(main, "app", stopped)
    done = run("anything")
    assert done.code == code
    assert words in done.err
