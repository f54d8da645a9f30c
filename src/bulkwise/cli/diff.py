"""``bulkwise diff``: which genes differ between two conditions."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from bulkwise.cli.base import (
    Column,
    Duplicates,
    GenesIn,
    Input,
    Output,
    Samples,
    Seed,
    Unit,
    Unmatched,
    open_cohort,
    plain_command,
    say_report,
    show_findings,
    stderr,
    write_line,
)
from bulkwise.errors import InputError

if TYPE_CHECKING:
    from bulkwise.checks.base import Finding
    from bulkwise.stats.enrichment import Enrichment
    from bulkwise.stats.gsea import RankedEnrichment
    from bulkwise.stats.results import ContrastResult

__all__ = ["register"]

_METHODS = ("auto", "limma", "voom", "wilcoxon", "pydeseq2")
_FORMAT = 1
_MARKER = "run.json"
_LATE = ("report.html", "enrichment.csv", "over_representation.csv")
_ALPHA = 0.05
_FOLD_CHANGE = 2.0
_RULE = "a false discovery rate of 5% and a change of at least twofold"


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(diff)


def diff(
    source: Input,
    column: Column,
    contrast: Annotated[
        str,
        typer.Option(
            "--contrast",
            help="first:second, such as tumour:normal; positive changes are higher in the first.",
            show_default=False,
        ),
    ],
    output: Output,
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
    block: Annotated[
        str | None,
        typer.Option(
            "--block",
            help="The column that names the patient, as a random effect: samples of a patient are "
            "alike, whatever their condition (limma and voom).",
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
    set_sizes: Annotated[
        str,
        typer.Option(
            "--set-sizes", help="Least and most genes of a tested set, among the tested genes."
        ),
    ] = "10:500",
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    seed: Seed = 0,
) -> None:
    """Compare two conditions gene by gene, with a check of the design.

    Writes de.csv, run.json and report.html into the output folder and prints a summary. Every gene
    of INPUT is in de.csv unless --filter leaves it out. --genesets adds enrichment.csv (along all
    ranked genes) and over_representation.csv (among the genes at a false discovery rate of 5 % and
    a change of at least twofold, up and down apart, against all tested genes).

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
    sizes = _sizes(set_sizes)
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
                block=block,
                covariates=[part.strip() for part in covariates.split(",") if part.strip()],
                method=cast(Any, method),
                filter_genes=filter_genes,
            )
        with stages("enrich"):
            enriched = _enrich(result, libraries, sizes, seed) if libraries else None
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
        _save(result, enriched, run, output)
    write_line(_summary(result, enriched))
    show_findings([*result.findings, *(enriched.findings if enriched else ())], console)
    say_report(console, output / "report.html")


@dataclass(frozen=True)
class _Enriched:
    """What the gene sets gave, along the ranking and in the lists of called genes."""

    libraries: list[Any]
    ranked: RankedEnrichment
    listed: Enrichment | None
    findings: tuple[Finding, ...]


def _sizes(text: str) -> tuple[int, int]:
    parts = text.split(":")
    if len(parts) == 2 and all(part.strip().isdecimal() for part in parts):
        least, most = (int(part) for part in parts)
        if 1 <= least <= most:
            return least, most
    raise InputError(
        f"Can't read --set-sizes {text!r}: expected the least and the most genes of a set with a "
        "colon between them, as in 10:500."
    )


def _enrich(
    result: ContrastResult, libraries: list[Any], sizes: tuple[int, int], seed: int
) -> _Enriched:
    from bulkwise.checks.base import Finding
    from bulkwise.stats import over_representation, preranked, signed_lists

    least, most = sizes
    tested = result.table[result.table["p_value"].notna()]
    ranked = preranked(
        tested["gene"],
        tested["statistic"],
        libraries,
        smallest=least,
        largest=most,
        random_state=seed,
    )
    said = [*(item for library in libraries for item in library.findings), *ranked.findings]
    called = signed_lists(tested, alpha=_ALPHA, fold_change=_FOLD_CHANGE)
    lists = {name: genes for name, genes in called.items() if genes}
    listed = None
    if lists:
        listed = over_representation(
            lists, libraries, universe=tested["gene"], smallest=least, largest=most
        )
        said += listed.findings
    else:
        message = f"No gene is called ({_RULE}), so that no list was tested for gene sets."
        said.append(Finding("nothing-called", "note", message))
    return _Enriched(
        libraries, ranked, listed, tuple({item.message: item for item in said}.values())
    )


def _save(
    result: ContrastResult, enriched: _Enriched | None, run: dict[str, Any], output: Path
) -> None:
    from bulkwise.reporting import write
    from bulkwise.reporting.differential import differential
    from bulkwise.reporting.enrichment import enrichment, over_represented
    from bulkwise.storage import atomic_folder, write_csv, write_json

    sections, tables = [], {}
    if enriched is not None:
        sections.append(enrichment(result, enriched.ranked, enriched.libraries))
        tables["enrichment.csv"] = enriched.ranked.table
        if enriched.listed is not None:
            sections.append(over_represented(enriched.listed, rule=_RULE))
            tables["over_representation.csv"] = enriched.listed.table
    findings = enriched.findings if enriched else ()
    page = differential(result, sections=sections, findings=findings, run=run)
    with atomic_folder(output, marker=_MARKER, drop=_LATE) as stage:
        write_csv(stage / "de.csv", result.table.sort_values("p_value", kind="stable"))
        for name, table in tables.items():
            write_csv(stage / name, table)
        write(page, stage / "report.html")
        files = sorted({_MARKER, *(path.name for path in stage.iterdir())})
        document = run | {
            "comparison": result.to_dict(),
            "gene_set_findings": [item.to_dict() for item in findings],
            "files": files,
        }
        write_json(stage / _MARKER, document, schema="differential", version=_FORMAT)


def _summary(result: ContrastResult, enriched: _Enriched | None) -> str:
    found = result.discoveries(alpha=_ALPHA)
    up = int((found["log2_fold_change"] > 0).sum())
    tested = int(result.table["p_value"].notna().sum())
    lines = [
        f"{result.column}: {result.first} ({result.n_first} samples) against {result.second} "
        f"({result.n_second} samples), {result.method}, {tested} genes tested",
        f"up: {up}",
        f"down: {len(found) - up}",
    ]
    if enriched is not None:
        lines.append(f"gene sets along the ranking: {len(enriched.ranked.significant())}")
    if enriched is not None and enriched.listed is not None:
        called = enriched.listed.significant()["list"].value_counts()
        lines += [f"gene sets {name}: {int(called.get(name, 0))}" for name in ("up", "down")]
    return "\n".join(lines)
