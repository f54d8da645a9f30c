"""``bulkwise data``: public cohorts, where they come from and whether they are whole."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from bulkwise.cli.base import stderr, write_line
from bulkwise.errors import DownloadError

__all__ = ["register"]

data = typer.Typer(
    name="data",
    help="List, fetch and verify cohorts that have a name.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="The cohort's name, as `bulkwise data list` prints it.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group of subcommands."""
    app.add_typer(data)


@data.command("list")
def list_cohorts(
    as_json: Annotated[bool, typer.Option("--json", help="Write the catalogue as JSON.")] = False,
) -> None:
    """List the cohorts: name, whether it is ready, unit, and what it is, tab-separated.

    bulkwise data list
    """
    from bulkwise import datasets

    cohorts = datasets.list_cohorts()
    if as_json:
        entries = [{**info.to_dict(), "ready": datasets.is_fetched(info.name)} for info in cohorts]
        write_line(json.dumps(entries, indent=2, ensure_ascii=False))
        return
    for info in cohorts:
        ready = "ready" if datasets.is_fetched(info.name) else "to fetch"
        write_line("\t".join((info.name, ready, info.unit, info.title)))


@data.command()
def fetch(
    name: Name,
    mirror: Annotated[
        str | None,
        typer.Option(
            "--mirror",
            help="A folder or address with the layout owner/repository/commit/path; by default "
            "`mirror/` in the folder that BULKWISE_DATA names, else the public repository.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Download a public cohort, verify every file, and cache it as h5ad.

    An interrupted download goes on where it stopped. Files that a mirror lacks are listed, and
    the cohort is made of the rest. Prints where the cohort lies.

        bulkwise data fetch rnaseqdb
    """
    from bulkwise import datasets
    from bulkwise.progress import use_rich

    console = stderr()
    with use_rich(console):
        fetched = datasets.fetch(name, mirror=mirror)
    for note in fetched.notes:
        console.print(f"note: {note}", markup=False, highlight=False)
    if fetched.lacking:
        console.print(
            f"note: {len(fetched.lacking)} of {len(fetched.files) + len(fetched.lacking)} files "
            f"aren't in {fetched.mirror}: {', '.join(fetched.lacking)}; the cohort is made of the "
            "rest.",
            markup=False,
            highlight=False,
        )
    console.print(f"{name}: {fetched.n_samples} samples x {fetched.n_genes} genes", highlight=False)
    if fetched.path is not None:
        write_line(str(fetched.path))


@data.command()
def path(name: Name) -> None:
    """Print where the h5ad file of a cohort lies.

    bulkwise data path rnaseqdb
    """
    from bulkwise import datasets

    write_line(str(datasets.path(name)))


@data.command()
def verify(name: Name) -> None:
    """Compare all files of a cohort with their checksums; exit code 3 if one differs.

    bulkwise data verify rnaseqdb
    """
    from bulkwise import datasets
    from bulkwise.progress import use_rich

    with use_rich(stderr()):
        verified = datasets.verify(name)
    if verified.problems:
        raise DownloadError(" ".join(verified.problems))
    write_line(f"{name}: {len(verified.checked)} files are as they should be")
