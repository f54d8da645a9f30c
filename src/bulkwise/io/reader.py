"""From a file of any of the formats, and a sample sheet, to a checked cohort."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from bulkwise.checks.base import Finding, name_some, refuse, require_unit
from bulkwise.checks.genes import TALLIES, check_genes, check_transposed, looks_like_genes
from bulkwise.checks.samples import check_samples
from bulkwise.checks.values import check_finite, check_unit
from bulkwise.errors import GeneError, InputError, SampleError, UnitError
from bulkwise.io.base import GenesIn, InputFile, Matrix, Orient, look_at, read_head
from bulkwise.io.genes import Duplicates, join_duplicates, without_versions
from bulkwise.io.layout import sniff
from bulkwise.io.matrices import read_text
from bulkwise.io.quarantine import read_container
from bulkwise.io.samples import Sheet, Unmatched, join, read_sheet, typed
from bulkwise.io.units import settle_unit
from bulkwise.storage import PathLike

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["read", "read_matrix"]


def read(
    path: PathLike,
    *,
    samples: PathLike | pd.DataFrame | None = None,
    unit: str | None = None,
    genes_in: Literal["auto", "rows", "columns"] = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    missing: Literal["refuse", "keep"] = "refuse",
    expected_genes: Sequence[str] | None = None,
    name: str | None = None,
) -> AnnData:
    """Read a matrix of expression and its sample sheet.

    Parameters
    ----------
    path
        A csv, tsv, GCT (1.2, 1.3), parquet or h5ad file, gzip'd or not; recognised by content.
    samples
        The sample sheet: a csv or tsv file, or a DataFrame with the names in its index. The
        column that holds the matrix's sample names is found by itself; the join is by name.
    unit
        One of :data:`bulkwise.checks.base.UNITS`. Needed unless the file says it (``.uns["unit"]``
        of an h5ad file); never guessed. Counts must be whole numbers.
    genes_in
        Whether a gene is a row or a column of the file. ``"auto"`` goes by the names in the
        sample sheet, else by ``expected_genes``, else by which names look like gene ids, else
        takes a text or parquet file to have genes in rows. GCT files have genes in rows and h5ad
        files in columns by definition.
    duplicates
        What to do with genes of the same name: ``"refuse"``, or join them by ``"sum"`` (linear
        units), ``"mean"``, ``"max"`` (in each sample) or ``"first"``.
    unmatched
        ``"refuse"``: every sample must be in the matrix and in the sheet. ``"drop"``: go on with
        those that are, and say so in ``.uns["findings"]``.
    missing
        ``"refuse"``: a missing or infinite value is an error that names its place. ``"keep"``
        leaves them as they are, to be filled or reported.
    expected_genes
        Genes that the matrix should have (a model's), to tell which way round it is.
    name
        A short name for titles, ``.uns["cohort"]``; by default the file's.

    Returns
    -------
    anndata.AnnData
        Samples x genes, dense float32, in the order of the file. ``.obs`` is the sheet (and
        further columns of the file), ``.var`` what the file says of its genes, ``.uns["unit"]``
        the unit, and ``.uns["findings"]``, if there, what was changed or left out (code ->
        sentence). Versions of Ensembl ids are dropped (the full ids are in ``.var["id"]``).

    Raises
    ------
    UnitError
        If the unit is missing, unknown, differs from the file's or contradicts the values.
    GeneError, SampleError
        If names are empty, duplicated, mangled, or don't match the sheet's.
    InputError
        If the file is broken, of another format, or holds text where a number is expected.
    """
    _require_choices(genes_in, missing)
    file = look_at(path)
    where = repr(str(file.path))
    if unit is not None or file.kind != "h5ad":
        require_unit(unit, where=where)
    sheet = None if samples is None else read_sheet(samples)
    matrix = read_matrix(file.path, genes_in=genes_in, sheet=sheet, expected_genes=expected_genes)
    unit = settle_unit(unit, matrix.uns.get("unit"), where=where)
    refuse(check_samples(matrix.samples, where=where), SampleError)
    _drop_tallies(matrix)
    _refuse_long(matrix, where)
    _tidy_genes(matrix, duplicates, where)
    if missing == "refuse":
        refuse(check_finite(matrix.X, matrix.genes, matrix.samples))
    expected_counts = bool(matrix.uns.get("expected_counts", False))
    refuse(
        check_unit(matrix.X, unit, matrix.genes, matrix.samples, expected_counts=expected_counts),
        UnitError,
    )
    _join_genes(matrix, duplicates, unit)
    columns = _join_samples(matrix, sheet, unmatched)
    title = name or str(matrix.uns.get("cohort") or _stem(file.path))
    return _to_cohort(matrix, columns, {"unit": unit, "cohort": title})


def _require_choices(genes_in: str, missing: str) -> None:
    if genes_in not in ("auto", *get_args(GenesIn)):
        raise InputError(f"Expected genes_in='auto', 'rows' or 'columns', got {genes_in!r}.")
    if missing not in ("refuse", "keep"):
        raise InputError(f"Expected missing='refuse' or 'keep', got {missing!r}.")


def read_matrix(
    path: PathLike,
    *,
    genes_in: Literal["auto", "rows", "columns"] = "auto",
    sheet: Sheet | None = None,
    expected_genes: Sequence[str] | None = None,
) -> Matrix:
    """Read a matrix alone, with its names as they are and without asking for its unit.

    Parameters
    ----------
    path, genes_in, expected_genes
        As for :func:`read`.
    sheet
        The sample sheet, for the names in it.

    Raises
    ------
    InputError
        If the file is broken, the wrong way round, or holds text where a number is expected.
    """
    file = look_at(path)
    orient = _orientation(file, genes_in, sheet, expected_genes)
    if file.kind != "text":
        matrix = read_container(file, orient)
    else:
        head, whole = read_head(file)
        known = {name for column in sheet.columns for name in sheet.names(column)} if sheet else ()
        layout = sniff(head, file.path, samples=known, whole=whole)
        matrix = read_text(file, layout, orient)
    if sheet is None or sheet.share(matrix.samples) < sheet.share(matrix.genes):
        refuse(_wrong_way_round(matrix, sheet, file))
    return matrix


def _wrong_way_round(matrix: Matrix, sheet: Sheet | None, file: InputFile) -> list[Finding]:
    if sheet is None:
        return check_transposed(matrix.genes, matrix.samples)
    return [
        Finding(
            "transposed",
            "error",
            f"The matrix {str(file.path)!r} is the wrong way round: the samples of the sheet stand "
            f"where its genes should be ({name_some(matrix.genes, 3)}), and genes are taken to be "
            f"in its {matrix.genes_in}; transpose it or say genes_in otherwise.",
        )
    ]


def _orientation(
    file: InputFile,
    genes_in: Literal["auto", "rows", "columns"],
    sheet: Sheet | None,
    expected_genes: Sequence[str] | None,
) -> Orient:
    """The function that tells from column names and first row names where the genes are."""
    wanted = set(expected_genes or ())

    def orient(columns: list[str], rows: list[str]) -> GenesIn:
        if genes_in != "auto":
            return genes_in
        if sheet is not None:
            above, beside = sheet.share(columns), sheet.share(rows)
            if above != beside:
                return "rows" if above > beside else "columns"
        if wanted:
            above = len(wanted.intersection(columns)) / max(1, len(columns))
            beside = len(wanted.intersection(rows)) / max(1, len(rows))
            if above != beside:
                return "columns" if above > beside else "rows"
        return "columns" if looks_like_genes(columns) > looks_like_genes(rows) else "rows"

    return orient


def _drop_tallies(matrix: Matrix) -> None:
    """Leave out the rows in which HTSeq and STAR count the reads of no gene."""
    dropped = [name for name in matrix.genes if name in TALLIES]
    if dropped:
        _take_genes(matrix, [j for j, name in enumerate(matrix.genes) if name not in TALLIES])
        matrix.findings["tallies-dropped"] = (
            f"{name_some(dropped)} count reads of no gene and were left out."
        )


def _refuse_long(matrix: Matrix, where: str) -> None:
    """Refuse a table with a row for each gene of each sample."""
    genes = set(matrix.genes)
    if len(matrix.samples) > 1 or len(genes) == len(matrix.genes):
        return
    for title, notes in matrix.gene_notes.items():
        others = set(map(str, notes))
        if len(others) > 1 and len(genes) * len(others) == len(matrix.genes):
            raise InputError(
                f"There is a row for each gene and each {title!r} in {where}, and a matrix with a "
                "column a sample is expected; bring it into that form (pandas: table.pivot)."
            )


def _take_genes(matrix: Matrix, kept: list[int]) -> None:
    matrix.X = matrix.X[:, kept]
    matrix.genes = [matrix.genes[j] for j in kept]
    matrix.gene_notes = {
        title: [values[j] for j in kept] for title, values in matrix.gene_notes.items()
    }
    if matrix.gene_places is not None:
        matrix.gene_places = [matrix.gene_places[j] for j in kept]


def _tidy_genes(matrix: Matrix, duplicates: Duplicates, where: str) -> None:
    """Drop versions; refuse empty and mangled names, and duplicates unless they will be joined."""
    plain, n_versions = without_versions(matrix.genes)
    if n_versions:
        matrix.gene_notes.setdefault("id", matrix.genes)
        matrix.findings["versions-dropped"] = (
            f"The versions of {n_versions:,} Ensembl ids were dropped ({matrix.genes[0]!r}); the "
            "full ids are in .var['id']."
        )
        matrix.genes = plain
    places = matrix.gene_places if matrix.genes_in == "rows" else None
    findings = check_genes(matrix.genes, rows=places, where=where)
    if duplicates != "refuse":
        findings = [finding for finding in findings if finding.code != "duplicate-genes"]
    refuse(findings, GeneError)


def _join_genes(matrix: Matrix, duplicates: Duplicates, unit: str) -> None:
    if len(set(matrix.genes)) == len(matrix.genes):
        return
    n_before = len(matrix.genes)
    matrix.X, first = join_duplicates(matrix.X, matrix.genes, duplicates, unit)
    matrix.genes = [matrix.genes[j] for j in first]
    matrix.gene_notes = {
        title: [values[j] for j in first] for title, values in matrix.gene_notes.items()
    }
    matrix.findings["duplicates-joined"] = (
        f"{n_before - len(first):,} of {n_before:,} genes had the name of another one and were "
        f"joined with it (rule: {duplicates})."
    )


def _join_samples(matrix: Matrix, sheet: Sheet | None, unmatched: Unmatched) -> dict[str, Any]:
    """The columns of ``.obs``; the sheet's stand before the file's own of the same name."""
    columns = {title: typed(values) for title, values in matrix.sample_notes.items() if title}
    if sheet is None:
        return columns
    kept, joined, said = join(sheet, matrix.samples, unmatched=unmatched)
    if len(kept) < len(matrix.samples):
        matrix.X = matrix.X[kept]
        matrix.samples = [matrix.samples[i] for i in kept]
        columns = {title: [values[i] for i in kept] for title, values in columns.items()}
    if said:
        matrix.findings["samples-dropped"] = said
    return columns | joined


def _stem(path: Path) -> str:
    name = path.name
    for ending in (".gz", ".tsv", ".csv", ".txt", ".gct", ".parquet", ".h5ad"):
        if name.lower().endswith(ending) and len(name) > len(ending):
            name = name[: -len(ending)]
    return name


def _to_cohort(matrix: Matrix, columns: dict[str, Any], uns: dict[str, Any]) -> AnnData:
    import pandas as pd
    from anndata import AnnData

    uns = {**{k: v for k, v in matrix.uns.items() if k not in uns}, **uns}
    if matrix.findings:
        uns["findings"] = dict(matrix.findings)
    obs = pd.DataFrame(columns, index=pd.Index(matrix.samples, dtype=object, name="sample"))
    notes = {title: typed(values) for title, values in matrix.gene_notes.items() if title}
    var = pd.DataFrame(notes, index=pd.Index(matrix.genes, dtype=object, name="gene"))
    return AnnData(X=matrix.X, obs=obs, var=var, uns=uns)
