"""What the subcommands share: options, the console, and how a result is announced."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bulkwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anndata import AnnData
    from rich.console import Console

    from bulkwise.bundle import Bundle
    from bulkwise.checks.base import Finding

__all__ = [
    "Address",
    "Column",
    "Duplicates",
    "Engine",
    "Event",
    "Floor",
    "Folds",
    "Freeze",
    "From",
    "GenesIn",
    "Groups",
    "HoldoutBy",
    "Input",
    "Output",
    "Pairs",
    "Pretrained",
    "Processes",
    "Repeats",
    "Samples",
    "Seed",
    "Source",
    "Target",
    "TargetOrTime",
    "Time",
    "TimeUnit",
    "Tissue",
    "To",
    "Unit",
    "Unmatched",
    "Years",
    "fine_tuned_for",
    "listed",
    "network_for",
    "network_named",
    "open_cohort",
    "plain_command",
    "say_report",
    "show_findings",
    "stderr",
    "write_line",
]

Input = Annotated[
    str,
    typer.Argument(
        metavar="INPUT",
        help="A matrix (csv, tsv, parquet, GCT or h5ad, gzip'd or not) or a cohort's name "
        "(see `bulkwise data list`).",
        show_default=False,
    ),
]
Output = Annotated[
    Path,
    typer.Option("-o", "--output", help="The folder for results and report.", show_default=False),
]
Target = Annotated[
    str,
    typer.Option("--target", help="The column of the sample sheet to predict.", show_default=False),
]
TargetOrTime = Annotated[
    str | None,
    typer.Option(
        "--target",
        help="The column of the sample sheet to predict (or --time, --event and --years).",
        show_default=False,
    ),
]
Time = Annotated[
    str | None,
    typer.Option("--time", help="The column with the follow-up.", show_default=False),
]
Event = Annotated[
    str | None,
    typer.Option(
        "--event",
        help="The column that says whether follow-up ended with the event (yes or no, 1 or 0, "
        "...).",
        show_default=False,
    ),
]
Years = Annotated[
    float | None,
    typer.Option(
        "--years",
        help="Predict the event within so many years; who left earlier has no label and is judged "
        "by the measures that can take censored patients in.",
        show_default=False,
    ),
]
TimeUnit = Annotated[
    str, typer.Option("--time-unit", help="Of the follow-up: days, months or years.")
]
Groups = Annotated[
    str | None,
    typer.Option(
        "--groups",
        help="The column that names the patient; a patient never stands on both sides of a "
        "split. Without it: `patient` if there is such a column, else each sample for itself.",
        show_default=False,
    ),
]
Samples = Annotated[
    Path | None,
    typer.Option(
        "--samples",
        help="The sample sheet (csv or tsv), joined to the matrix by sample name.",
        show_default=False,
    ),
]
Unit = Annotated[
    str | None,
    typer.Option(
        "--unit",
        help="What the values are: counts, normalized_counts, cpm, tpm, fpkm, fpkm_harmonised, "
        "rsem, log2, log2_counts, log2_cpm, log2_tpm, log2_fpkm, log2_rsem, log2_rma, microarray "
        "or log_ratio. An h5ad file may say it itself; it is never guessed.",
        show_default=False,
    ),
]
GenesIn = Annotated[
    str,
    typer.Option(
        "--genes-in",
        help="Where the genes stand in a text file: auto, rows or columns.",
    ),
]
Duplicates = Annotated[
    str,
    typer.Option(
        "--duplicates",
        help="What to do with a gene that stands in several rows: refuse, sum, mean, max or first.",
    ),
]
Unmatched = Annotated[
    str,
    typer.Option(
        "--unmatched",
        help="What to do with samples that stand in the matrix or the sheet only: refuse or drop.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same numbers.")]
Pretrained = Annotated[
    Path | None,
    typer.Option(
        "--pretrained",
        metavar="BUNDLE",
        help="Classify with the network of this bundle, fine-tuned; it may have learnt other "
        "classes in another unit. For few samples.",
        show_default=False,
    ),
]
Freeze = Annotated[
    int | None,
    typer.Option(
        "--freeze",
        min=0,
        help="How many of the first hidden layers of --pretrained stay as they are (0 if not "
        "given).",
        show_default=False,
    ),
]
Folds = Annotated[int, typer.Option("--folds", min=2, help="How many folds.")]
Repeats = Annotated[
    int | None,
    typer.Option(
        "--repeats",
        min=1,
        help="How often to repeat the folds; by default 10 times for small cohorts, else once.",
        show_default=False,
    ),
]
HoldoutBy = Annotated[
    str | None,
    typer.Option(
        "--holdout-by",
        help="Train on all values of this column but one and test on that one, in turn.",
        show_default=False,
    ),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--source",
        help="The column that names the batch or source, for the controls; by default "
        "`source` or `batch` if there is one.",
        show_default=False,
    ),
]
Engine = Annotated[str, typer.Option("--engine", help="Where to compute: local or ray.")]
Processes = Annotated[
    int | None,
    typer.Option(
        "--processes",
        min=1,
        help="local: how many processes; by default one for each processor.",
        show_default=False,
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        "--address",
        help="ray: the address of a running cluster; by default one is started here.",
        show_default=False,
    ),
]
Column = Annotated[
    str,
    typer.Option("--column", help="The column that holds the conditions.", show_default=False),
]
From = Annotated[
    str,
    typer.Option("--from", help="The condition to translate, such as normal.", show_default=False),
]
To = Annotated[
    str,
    typer.Option("--to", help="The condition to translate to, such as tumour.", show_default=False),
]
Tissue = Annotated[
    str | None,
    typer.Option(
        "--tissue",
        help="The column of the tissue or cancer, which a translation keeps.",
        show_default=False,
    ),
]
Pairs = Annotated[
    str | None,
    typer.Option(
        "--pairs",
        help="The column that names the patient: who has a sample of both conditions is a pair.",
        show_default=False,
    ),
]
Floor = Annotated[
    float | None,
    typer.Option(
        "--floor",
        help="Set values below this, and missing ones, to this: for logs of zeros.",
        show_default=False,
    ),
]


def stderr() -> Console:
    """The console for people: progress, colour and messages go to stderr only."""
    from rich.console import Console

    return Console(stderr=True)


def write_line(text: str = "") -> None:
    """Write one plain line to stdout, for programs to read."""
    sys.stdout.write(text + "\n")


_MARKS = {"error": ("bold red", "error"), "warning": ("yellow", "warning"), "note": ("dim", "note")}


def show_findings(findings: Iterable[Finding], console: Console) -> None:
    """Print findings, the grave ones first."""
    from rich.text import Text

    order = list(_MARKS)
    for finding in sorted(findings, key=lambda item: order.index(item.level)):
        style, word = _MARKS[finding.level]
        console.print(Text.assemble((f"{word}: ", style), finding.message))


def say_report(console: Console, path: Path) -> None:
    """Say where the report is, the last line of a command that draws one."""
    console.print(f"Report: {path}", markup=False, highlight=False, soft_wrap=True)


def open_cohort(
    name: str,
    *,
    samples: Path | None,
    unit: str | None,
    genes_in: str = "auto",
    duplicates: str = "refuse",
    unmatched: str = "refuse",
    **more: Any,
) -> AnnData:
    """Load a catalogue cohort or read a file, with the options of the command line.

    Options left at their defaults, and ``more``, are handed on for files only.
    """
    from bulkwise.datasets import load
    from bulkwise.datasets.catalog import CATALOG

    words = {"duplicates": duplicates, "unmatched": unmatched}
    options: dict[str, Any] = {key: word for key, word in words.items() if word != "refuse"}
    if genes_in != "auto":
        options["genes_in"] = genes_in
    if name not in CATALOG:
        options |= more
    return load(name, samples=samples, unit=unit, **options)


def network_named(name: str) -> str:
    """Check ``--network`` against the table of architectures that classify.

    Raises
    ------
    InputError
        If there is no such network.
    """
    from bulkwise.recipes import CLASSIFIERS

    if name not in CLASSIFIERS:
        known = ", ".join(CLASSIFIERS)
        raise InputError(f"There is no network {name!r}: expected one of {known}.")
    return name


def network_for(targets: list[str], name: str | None) -> str:
    """The architecture: the one named, else the default for as many targets.

    Raises
    ------
    InputError
        If there is no such network, it learns one target only and there are several, or a target
        stands there twice.
    """
    from bulkwise.recipes import MULTITASK

    if len(set(targets)) < len(targets):
        raise InputError(f"A target is named twice; got {', '.join(targets)}.")
    if name is None:
        return "mlp" if len(targets) < 2 else MULTITASK[0]
    network_named(name)
    if len(targets) > 1 and name not in MULTITASK:
        raise InputError(
            f"The network {name!r} learns one target; got {', '.join(targets)}: name one, or take "
            f"--network {MULTITASK[0]}."
        )
    return name


def fine_tuned_for(
    cohort: AnnData,
    targets: list[str],
    *,
    pretrained: Path,
    freeze: int | None,
    network: str | None,
    seed: int,
) -> tuple[Any, Bundle]:
    """A classifier that starts from a bundle, and the bundle.

    Raises
    ------
    InputError
        If there are several targets, or a network was named too.
    """
    from bulkwise.bundle import load
    from bulkwise.recipes import fine_tuned

    if len(targets) > 1:
        raise InputError(f"--pretrained goes with one --target; got {', '.join(targets)}.")
    if network is not None:
        raise InputError("--pretrained brings its own network; leave --network out.")
    source = load(pretrained)
    return fine_tuned(source, cohort, freeze=freeze or 0, random_state=seed), source


def listed(text: str) -> list[str]:
    """The parts of an option that takes several, with commas between them."""
    return [part.strip() for part in text.split(",") if part.strip()]


def plain_command(arguments: list[str]) -> str:
    """The command as a user would type it again, quoted where a shell needs it."""
    import shlex

    words = ["bulkwise", *arguments]
    return " ".join(
        word if re.fullmatch(r"[\w@%+=:,./-]+", word) else shlex.quote(word) for word in words
    )
