"""``bulkwise overlap``: what several comparisons, or lists of genes, share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bulkwise.cli.base import (
    Output,
    plain_command,
    say_report,
    show_findings,
    stderr,
    write_line,
)
from bulkwise.errors import InputError

if TYPE_CHECKING:
    from bulkwise.evaluation.overlaps import Agreement

__all__ = ["register"]

_FORMAT = 1
_MARKER = "run.json"


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(overlap)


def overlap(
    tables: Annotated[
        list[Path],
        typer.Argument(
            metavar="TABLE",
            help="Two or more: de.csv of `bulkwise diff`, a table of limma, edgeR or DESeq2 (csv "
            "or tsv), or text files with a gene a line.",
            show_default=False,
        ),
    ],
    output: Output,
    names: Annotated[
        str,
        typer.Option(
            "--names",
            help="What to call them, such as kich,chol; by default after their files or folders.",
            show_default=False,
        ),
    ] = "",
    alpha: Annotated[
        float, typer.Option("--alpha", help="The false discovery rate at which genes are called.")
    ] = 0.05,
    fold_change: Annotated[
        float, typer.Option("--fold-change", min=1, help="The least change of a called gene.")
    ] = 2.0,
    universe: Annotated[
        Path | None,
        typer.Option(
            "--universe",
            help="A gene a line: all that could have been called. By default those that all "
            "tables tested; lists need it for a P-value.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Compare the genes that several comparisons call, up and down apart, and their rankings.

    Writes pairs.csv (shared genes, chance, Jaccard, DeeP4med's true positive rate), regions.csv
    (every intersection with its genes), ranks.csv and top.csv (rank correlation and concordance
    at the top, with intervals), run.json and report.html: a Venn diagram of two or three, an UpSet
    plot of more.

        bulkwise overlap results/kich/de.csv results/chol/de.csv -o results/both

        bulkwise overlap ours.txt theirs.txt --universe measured.txt -o results/lists
    """
    from bulkwise.evaluation import agreement
    from bulkwise.io import read_changes

    if not 0 < alpha < 1:
        raise InputError(
            f"The false discovery rate must be between 0 and 1, got --alpha {alpha:g}."
        )
    called = _named(tables, names)
    read: dict[str, Any] = {}
    for name, path in called.items():
        table = read_changes(path)
        read[name] = table if "log2_fold_change" in table else table["gene"].tolist()
    measured = None if universe is None else read_changes(universe)["gene"].tolist()
    result = agreement(read, alpha=alpha, fold_change=fold_change, universe=measured)
    _save(result, {name: str(path) for name, path in called.items()}, output)
    write_line(_summary(result))
    console = stderr()
    show_findings(result.findings, console)
    say_report(console, output / "report.html")


def _named(tables: list[Path], names: str) -> dict[str, Path]:
    given = [part.strip() for part in names.split(",") if part.strip()]
    if len(tables) < 2:
        raise InputError(
            f"There is nothing to compare: expected two or more tables, got {len(tables)}."
        )
    if given and len(given) != len(tables):
        raise InputError(
            f"There are {len(tables)} tables and {len(given)} --names; give one a table, parted by "
            "commas."
        )
    if not given:
        # results/kich/de.csv is called kich, lists/kich.txt too
        given = [
            path.resolve().parent.name if path.name == "de.csv" else path.name.split(".")[0]
            for path in tables
        ]
        if len(set(given)) < len(given):
            given = [str(path) for path in tables]
    if len(set(given)) < len(given):
        raise InputError(
            f"Two tables have the same name ({', '.join(given)}); give each file once, and each a "
            "name of its own with --names."
        )
    return dict(zip(given, tables, strict=True))


def _save(result: Agreement, files: dict[str, str], output: Path) -> None:
    import pandas as pd

    from bulkwise import __version__
    from bulkwise.reporting import write
    from bulkwise.reporting.overlap import overlap as page
    from bulkwise.storage import atomic_folder, write_csv, write_json

    run = {"command": plain_command(sys.argv[1:]), "bulkwise": __version__, "tables": files}
    regions = [table.assign(direction=way) for way, table in result.regions.items()]
    late = ("ranks.csv", "top.csv", "report.html")
    with atomic_folder(output, marker=_MARKER, drop=late) as stage:
        write_csv(stage / "pairs.csv", result.pairs)
        write_csv(stage / "regions.csv", pd.concat(regions, ignore_index=True))
        if len(result.ranks):
            write_csv(stage / "ranks.csv", result.ranks)
            write_csv(stage / "top.csv", result.top)
        write(page(result, run=run), stage / "report.html")
        document = run | {
            "rule": result.rule,
            "findings": [item.to_dict() for item in result.findings],
            "files": sorted({_MARKER, *(path.name for path in stage.iterdir())}),
        }
        write_json(stage / _MARKER, document, schema="overlap", version=_FORMAT)


def _summary(result: Agreement) -> str:
    lines = []
    for row in result.pairs.to_dict("records"):
        known = row["p_value"] == row["p_value"]
        chance = f" ({row['expected']:.1f} by chance)" if known else ""
        lines.append(
            f"{row['first']} and {row['second']}, {row['direction']}: {row['shared']} "
            f"shared{chance} of {row['first_size']} and {row['second_size']}, Jaccard "
            f"{row['jaccard']:.3f}, true positive rate {row['true_positive_rate']:.3f}"
        )
    lines += [
        f"{row['first']} and {row['second']}: rank correlation {row['spearman']:.3f} "
        f"[{row['low']:.3f}, {row['high']:.3f}] over {row['genes']} genes"
        for row in result.ranks.to_dict("records")
    ]
    return "\n".join(lines)
