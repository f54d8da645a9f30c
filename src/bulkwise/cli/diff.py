"""``bulkwise diff``: which genes differ between two conditions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from bulkwise.cli.base import (
    Duplicates,
    GenesIn,
    Input,
    Samples,
    Seed,
    Unit,
    Unmatched,
    open_cohort,
    plain_command,
    show_findings,
    stderr,
    write_line,
)
from bulkwise.errors import InputError

if TYPE_CHECKING:
    from bulkwise.checks.base import Finding
    from bulkwise.stats.gsea import RankedEnrichment
    from bulkwise.stats.results import ContrastResult

__all__ = ["register"]

_METHODS = ("auto", "limma", "voom", "wilcoxon", "pydeseq2")
_FORMAT = 1
_MARKER = "run.json"
_ALPHA = 0.05


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(diff)


def diff(
    source: Input,
    column: Annotated[
        str,
        typer.Option("--column", help="The column that holds the conditions.", show_default=False),
    ],
    contrast: Annotated[
        str,
        typer.Option(
            "--contrast",
            help="first:second, such as tumour:normal; positive changes are higher in the first.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="The folder for results and report.", show_default=False
        ),
    ],
    samples: Samples = None,
    unit: Unit = None,
    paired: Annotated[
        str | None,
        typer.Option(
            "--paired",
            help="The column that names the patient: differences are taken within patients.",
            show_default=False,
        ),
    ] = None,
    covariates: Annotated[
        str,
        typer.Option(
            "--covariates", help="Columns to adjust for, such as source,age.", show_default=False
        ),
    ] = "",
    method: Annotated[
        str,
        typer.Option(
            "--method",
            help="limma, voom, wilcoxon or pydeseq2; auto takes Wilcoxon from 30 samples a group "
            "on where nothing is adjusted for (Li et al., Genome Biology 2022), else voom for "
            "counts and limma for the rest.",
        ),
    ] = "auto",
    filter_genes: Annotated[
        bool,
        typer.Option("--filter", help="Leave out genes with too few counts, or no variation."),
    ] = False,
    genesets: Annotated[
        list[Path] | None,
        typer.Option(
            "--genesets",
            help="A GMT file to test for enrichment; may be given several times.",
            show_default=False,
        ),
    ] = None,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    seed: Seed = 0,
) -> None:
    """Compare two conditions gene by gene, with a check of the design.

    Writes de.csv, run.json and report.html (with --genesets also enrichment.csv) into the output
    folder and prints a summary.

        bulkwise diff counts.csv --samples samples.csv --unit counts --column condition \\
            --contrast tumour:normal --paired patient -o results/de

        bulkwise diff rnaseqdb --column condition --contrast tumour:normal \\
            --covariates source --genesets hallmark.gmt -o results/de
    """
    from bulkwise.evaluation.runinfo import Stages, run_info
    from bulkwise.io.genesets import read_gmt
    from bulkwise.progress import use_rich
    from bulkwise.stats import differential_expression

    if method not in _METHODS:
        raise InputError(f"There is no method {method!r}: expected one of {', '.join(_METHODS)}.")
    console, stages = stderr(), Stages()
    with use_rich(console):
        with stages("read"):
            libraries = [read_gmt(path) for path in genesets or ()]
            cohort = open_cohort(
                source,
                samples=samples,
                unit=unit,
                genes_in=genes_in,
                duplicates=duplicates,
                unmatched=unmatched,
            )
        with stages("compare"):
            result = differential_expression(
                cohort,
                column=column,
                contrast=contrast,
                paired=paired,
                covariates=[part.strip() for part in covariates.split(",") if part.strip()],
                method=cast(Any, method),
                filter_genes=filter_genes,
            )
        with stages("enrich"):
            enriched = _enrich(result, libraries, seed)
        run = run_info(
            stages,
            X=cohort.X,
            samples=cohort.obs_names.to_numpy(dtype=str),
            genes=cohort.var_names.tolist(),
            seed=seed,
            command=plain_command(sys.argv[1:]),
            seconds_of_fit={},
            reductions={},
        )
        _save(result, enriched, libraries, run, output)
    write_line(_summary(result, enriched))
    show_findings([*result.findings, *_beside(enriched, libraries)], console)
    console.print(f"Report: {output / 'report.html'}", markup=False, highlight=False)


def _enrich(result: ContrastResult, libraries: list[Any], seed: int) -> RankedEnrichment | None:
    from bulkwise.stats import preranked

    if not libraries:
        return None
    return preranked(result.table["gene"], result.table["statistic"], libraries, random_state=seed)


def _beside(enriched: RankedEnrichment | None, libraries: list[Any]) -> list[Finding]:
    """What is said of the gene sets."""
    said = [item for library in libraries for item in library.findings]
    return [*said, *(enriched.findings if enriched else ())]


def _save(
    result: ContrastResult,
    enriched: RankedEnrichment | None,
    libraries: list[Any],
    run: dict[str, Any],
    output: Path,
) -> None:
    from bulkwise.reporting import write
    from bulkwise.reporting.differential import differential
    from bulkwise.reporting.enrichment import enrichment
    from bulkwise.storage import atomic_folder, write_csv, write_json

    sections = [] if enriched is None else [enrichment(result, enriched, libraries)]
    findings = _beside(enriched, libraries)
    page = differential(result, sections=sections, findings=findings, run=run)
    late = ("report.html", "enrichment.csv")
    with atomic_folder(output, marker=_MARKER, drop=late) as stage:
        write_csv(stage / "de.csv", result.table.sort_values("p_value", kind="stable"))
        if enriched is not None:
            write_csv(stage / "enrichment.csv", enriched.table)
        write(page, stage / "report.html")
        files = sorted({_MARKER, *(path.name for path in stage.iterdir())})
        said = [item.to_dict() for item in findings]
        document = run | {
            "comparison": result.to_dict(),
            "gene_set_findings": said,
            "files": files,
        }
        write_json(stage / _MARKER, document, schema="differential", version=_FORMAT)


def _summary(result: ContrastResult, enriched: RankedEnrichment | None) -> str:
    found = result.discoveries(alpha=_ALPHA)
    up = int((found["log2_fold_change"] > 0).sum())
    tested = int(result.table["p_value"].notna().sum())
    lines = [
        f"{result.column}: {result.first} ({result.n_first} samples) against {result.second} "
        f"({result.n_second} samples), {result.method}, {tested} genes tested",
        f"up: {up}",
        f"down: {len(found) - up}",
        *(item.message for item in result.findings if item.code == "design"),
    ]
    if enriched is not None:
        lines.append(f"enriched gene sets: {len(enriched.significant(alpha=_ALPHA))}")
    return "\n".join(lines)
