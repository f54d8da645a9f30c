"""What a user asks for, without a command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from anndata import AnnData

from bulkwise import progress
from bulkwise.cli.training.base import Request

Ask = Callable[..., Request]


@pytest.fixture
def ask() -> Ask:
    """A request with the options of a task."""

    def made(*cohorts: AnnData, groups: str | None = None, allow: bool = False, **options: Any):
        return Request(list(cohorts), groups, 7, allow, options)

    return made


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said to the user."""
    lines: list[str] = []

    class Reporter:
        def start(self, description: str, total: int | None) -> Any:
            return progress._SilentTask()

        def stop(self, task: Any) -> None:
            pass

        def say(self, message: str) -> None:
            lines.append(message)

    token = progress._reporter.set(Reporter())
    yield lines
    progress._reporter.reset(token)
