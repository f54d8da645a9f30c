"""Progress goes to whoever listens, and never to stdout."""

from __future__ import annotations

import io
import logging

import pytest
from rich.console import Console

from bulkwise import progress


def test_the_library_alone_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(progress.track([1, 2, 3], "counting")) == [1, 2, 3]
    progress.say("a line")
    assert capfd.readouterr() == ("", "")


def test_lines_go_to_the_logger(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="bulkwise"):
        progress.say("a line")
    assert "a line" in caplog.text


def test_rich_bars_write_to_their_console_only(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100)
    with progress.use_rich(console), progress.task("folds", total=2) as bar:
        bar.advance(note="loss 0.1")
        progress.say("[not markup]")
        bar.advance()
    assert "folds" in stream.getvalue()
    assert "[not markup]" in stream.getvalue()
    assert capsys.readouterr().out == ""


def test_a_failure_inside_a_task_passes_through() -> None:
    with pytest.raises(KeyError), progress.task("work"):
        raise KeyError("x")


def test_what_many_fits_say_is_shown_once_a_command() -> None:
    heard = io.StringIO()
    console = Console(file=heard)
    with progress.use_rich(console):
        for line in ("few samples", "few samples", "no gene is neutral", "few samples"):
            progress.say(line)
    assert heard.getvalue().split("\n")[:-1] == ["few samples", "no gene is neutral"]
    with progress.use_rich(console):
        progress.say("few samples")
    assert heard.getvalue().count("few samples") == 2
