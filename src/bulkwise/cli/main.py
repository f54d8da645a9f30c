"""``bulkwise``: the entry point, its error messages and exit codes."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bulkwise import __version__
from bulkwise.cli import (
    check,
    compare,
    curve,
    data,
    demo,
    diff,
    direction,
    evaluate,
    infer,
    outliers,
    overlap,
    panel,
    patient,
    predict,
    report,
    reproduce,
    search,
    select,
    study,
    train,
    transfer,
    translate,
    validate,
)
from bulkwise.errors import BulkwiseError, InputError

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["app", "run"]

OK, UNEXPECTED, BAD_INPUT, FAILED, INTERRUPTED, TERMINATED = 0, 1, 2, 3, 130, 143

_STOPPED = {INTERRUPTED: "Interrupted", TERMINATED: "Terminated"}

app = typer.Typer(
    name="bulkwise",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    demo,
    data,
    check,
    diff,
    outliers,
    direction,
    overlap,
    evaluate,
    compare,
    validate,
    select,
    translate,
    train,
    predict,
    patient,
    infer,
    panel,
    report,
    search,
    curve,
    transfer,
    study,
    reproduce,
):
    command.register(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"bulkwise {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show the traceback of an error (anywhere on the line)."),
    ] = False,
) -> None:
    """Deep learning on bulk gene expression that says when something simpler does as well.

    Start with `bulkwise demo`, then look at your own matrix:

        bulkwise check expression.tsv.gz --samples samples.csv --unit fpkm

        bulkwise evaluate expression.tsv.gz --samples samples.csv --unit fpkm --target tissue -o out

    What a program may read goes to stdout, progress and messages to stderr.
    Exit codes: 0 done; 1 an unexpected error; 2 wrong usage or an input that can't be used;
    3 a fit, a model file or a download that failed; 130 interrupted; 143 terminated.
    """


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(TERMINATED)


def _complain(message: str) -> None:
    from rich.text import Text

    from bulkwise.cli.base import stderr

    stderr().print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True)


def _refuse_own_input(arguments: list[str]) -> None:
    """Refuse to write over a file that the same command reads.

    Raises
    ------
    InputError
        If ``--output`` is a file that is named elsewhere on the line, or a folder around one.
    """
    words = [part for word in arguments for part in _parts(word)]
    at = next((i for i, word in enumerate(words[:-1]) if word in {"-o", "--output"}), None)
    if at is None:
        return
    target = Path(words[at + 1])
    for word in words[:at] + words[at + 2 :]:
        if _is_or_holds(target, Path(word)):
            raise InputError(
                f"Can't write to {str(target)!r}: the command reads {word!r}, which would be lost; "
                "choose another place for the output."
            )


def _is_or_holds(target: Path, read: Path) -> bool:
    """Whether a file is the target, or stands in it."""
    try:
        file = read.resolve()
        return file.is_file() and target.exists() and target.resolve() in {file, *file.parents}
    except (OSError, ValueError):  # a word that can't be a path
        return False


def _parts(word: str) -> list[str]:
    name, equals, value = word.partition("=")
    return [name, value] if equals and name.startswith("--") else [word]


def _run(arguments: list[str]) -> int:
    _refuse_own_input(arguments)
    try:
        code: Any = app(args=arguments, prog_name="bulkwise", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except Exception as error:
        # Usage errors come from click or from the copy of it inside Typer, by Typer's version.
        usage = getattr(error, "format_message", None)
        if usage is None:
            raise
        _complain(f"{usage().rstrip('.')}; see `bulkwise --help`.")
        return BAD_INPUT
    return code if isinstance(code, int) else OK


def run() -> NoReturn:
    """Run the command line and exit with a documented code."""
    arguments = [word for word in sys.argv[1:] if word != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    logging.getLogger("bulkwise").addHandler(logging.NullHandler())
    signal.signal(signal.SIGTERM, _terminate)
    code = UNEXPECTED
    try:
        code = _run(arguments)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SystemExit as stopped:  # SIGTERM; or SIGINT, which some versions of Typer turn into it
        code = stopped.code if isinstance(stopped.code, int) else UNEXPECTED
    except BrokenPipeError:  # the reader of stdout went away (| head)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = OK
    except Exception as error:
        if debug:
            raise
        code = _explain(error)
    if code in _STOPPED:
        _complain(f"{_STOPPED[code]}; what was finished before is kept, nothing is half-written.")
    sys.exit(code)


def _explain(error: Exception) -> int:
    if isinstance(error, BulkwiseError):
        _complain(str(error))
        return BAD_INPUT if isinstance(error, InputError) else FAILED
    if isinstance(error, MemoryError):
        _complain(f"Out of memory ({error}); use fewer samples or genes, or more memory.")
        return UNEXPECTED
    kind = type(error).__name__
    _complain(
        f"Unexpected {kind}: {error} (this is a fault in bulkwise; add --debug to see where)."
    )
    return UNEXPECTED
