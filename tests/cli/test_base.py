"""What the subcommands share."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bulkwise.checks.base import Finding
from bulkwise.cli.base import network_named, plain_command, show_findings
from bulkwise.errors import InputError


def test_plain_command_can_be_pasted() -> None:
    words = ["evaluate", "my file.csv", "--target", "x", "-o", "out/a"]
    assert plain_command(words) == "bulkwise evaluate 'my file.csv' --target x -o out/a"


def test_findings_are_shown_gravest_first_and_never_as_markup() -> None:
    stream = io.StringIO()
    findings = [
        Finding("a", "note", "a note about [bold]gene[/bold]"),
        Finding("b", "error", "an error"),
    ]
    show_findings(findings, Console(file=stream, width=80))
    assert stream.getvalue() == "error: an error\nnote: a note about [bold]gene[/bold]\n"


def test_unknown_network() -> None:
    assert network_named("mlp") == "mlp"
    with pytest.raises(InputError, match="There is no network 'cnn': expected one of mlp"):
        network_named("cnn")
