"""One interface to progress and log lines.

The library reports through :func:`track` and :func:`say`; what becomes of it is up to whoever
runs it. By default nothing is drawn and log lines go to the ``bulkwise`` logger. The command
line installs rich bars with :func:`use_rich`; they are written to stderr only, because stdout is
for what programs read.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

__all__ = ["Reporter", "Task", "say", "task", "track", "use_rich"]

T = TypeVar("T")
logger = logging.getLogger("bulkwise")


class Task(Protocol):
    """One piece of long work."""

    def advance(self, n: float = 1, note: str | None = None) -> None:
        """Say that ``n`` more units are done, with a short note (a loss, a file name)."""


class Reporter(Protocol):
    """Where progress goes."""

    def start(self, description: str, total: float | None) -> Task:
        """Open a task."""

    def stop(self, task: Task) -> None:
        """Close a task."""

    def say(self, message: str) -> None:
        """Show a line."""


class _SilentTask:
    def advance(self, n: float = 1, note: str | None = None) -> None:
        pass


class _Log:
    def start(self, description: str, total: float | None) -> Task:
        logger.debug("%s (%s steps)", description, total)
        return _SilentTask()

    def stop(self, task: Task) -> None:
        pass

    def say(self, message: str) -> None:
        logger.info(message)


class _RichTask:
    def __init__(self, bars: Progress, description: str, total: float | None) -> None:
        self.bars = bars
        self.id = bars.add_task(description, total=total, note="")

    def advance(self, n: float = 1, note: str | None = None) -> None:
        if note is not None:
            self.bars.update(self.id, note=note)
        self.bars.advance(self.id, n)


class _Rich:
    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.said: set[str] = set()

    def start(self, description: str, total: float | None) -> Task:
        return _RichTask(self.bars, description, total)

    def stop(self, task: Task) -> None:
        if isinstance(task, _RichTask):
            self.bars.remove_task(task.id)

    def say(self, message: str) -> None:
        if message not in self.said:  # many fits may say the same
            self.said.add(message)
            self.bars.console.print(message, markup=False, highlight=False)


_reporter: ContextVar[Reporter | None] = ContextVar("bulkwise_reporter", default=None)
_LOG: Reporter = _Log()


def _current() -> Reporter:
    return _reporter.get() or _LOG


@contextmanager
def use_rich(console: Console) -> Iterator[None]:
    """Draw bars on ``console`` (which must write to stderr) while the context is open."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as bars:
        token = _reporter.set(_Rich(bars))
        try:
            yield
        finally:
            _reporter.reset(token)


@contextmanager
def task(description: str, total: float | None = None) -> Iterator[Task]:
    """Open a piece of long work; call ``advance`` on what it yields."""
    reporter = _current()
    opened = reporter.start(description, total)
    try:
        yield opened
    finally:
        reporter.stop(opened)


def track(items: Iterable[T], description: str, total: float | None = None) -> Iterator[T]:
    """Iterate over ``items`` and report each as it is done."""
    if total is None and isinstance(items, Sized):
        total = len(items)
    with task(description, total) as bar:
        for item in items:
            yield item
            bar.advance()


def say(message: str) -> None:
    """Show one line to whoever watches (stderr on the command line, a log record elsewhere)."""
    _current().say(message)
