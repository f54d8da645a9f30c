"""Two cohorts on one matrix: genes by name, units and platforms stated, scales told apart.

Values of two units are never mixed as they are. Where the user says so, each gene is standardised
within each cohort by itself, which takes away differences of unit and platform, and with them any
real difference between the cohorts' means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import make_pipeline

from bulkwise.checks.base import Finding, log_values, name_some, require_unit
from bulkwise.checks.genes import without_version
from bulkwise.errors import InputError, LeakageError, UnitError
from bulkwise.io import align
from bulkwise.preprocess import for_unit

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["VAGUE_UNITS", "WITHIN_UNIT", "Pair", "Scaling", "pair", "refuse_shared_patients"]

Scaling: TypeAlias = Literal["training", "within"]

VAGUE_UNITS = ("log2", "microarray")
"""Units that state the scale only: two cohorts in one of them needn't be comparable."""

WITHIN_UNIT = "log_ratio"
"""What values are once each cohort was standardised by itself: logarithms around zero."""

_FAR = 0.5
_FEW_GENES = 20
_FEW_TO_SCALE = 30


@dataclass(frozen=True, eq=False)
class Pair:
    """Two cohorts on the genes that both have.

    Attributes
    ----------
    train, test
        Samples x shared genes, in the order of the training cohort's genes.
    genes
        Names, as the training cohort writes them.
    unit
        Of both matrices: the cohorts' own, or ``"log_ratio"`` if they were scaled apart.
    shift
        Median over genes of the distance between the cohorts' means, in standard deviations of
        the training cohort, on log values; NaN if the units differ.
    findings
        What was assumed and what may be wrong.
    """

    train: NDArray[Any]
    test: NDArray[Any]
    genes: tuple[str, ...]
    unit: str
    scaling: Scaling
    shift: float
    findings: tuple[Finding, ...]


def pair(train: AnnData, test: AnnData, *, scaling: Scaling = "training") -> Pair:
    """Bring two cohorts onto one matrix, or say why that can't be done.

    Parameters
    ----------
    train, test
        Samples x genes with ``uns["unit"]``, and ``uns["platform"]`` where it is known. Not
        changed.
    scaling
        ``"training"``: the values stay as they are and whatever learns a scale learns it from
        the training cohort. ``"within"``: each cohort gets its unit's logarithm and each gene is
        standardised within each cohort; needs no label, but the whole test cohort at once.

    Raises
    ------
    UnitError
        If the units differ, or are vague and the platforms differ, and ``scaling`` isn't
        ``"within"``.
    GeneError
        If the cohorts have no gene in common.
    InputError
        If ``scaling`` isn't known.
    """
    if scaling not in ("training", "within"):
        raise InputError(f"The scaling {scaling!r} isn't known: expected 'training' or 'within'.")
    units = tuple(
        require_unit(cohort.uns.get("unit"), where=f"the {side} cohort")
        for side, cohort in (("training", train), ("test", test))
    )
    platforms = tuple(_platform(cohort) for cohort in (train, test))
    if scaling == "training":
        _refuse_mixed(units, platforms)
    genes = _shared(train, test)
    own, other = align(train, genes, least_share=0.0), align(test, genes, least_share=0.0)
    alike = units[0] == units[1]
    shift = _shift(np.asarray(own.X), np.asarray(other.X), units[0]) if alike else float("nan")
    findings = _findings(units, platforms, scaling, shift, len(genes), test.n_obs)
    if scaling == "training":
        return Pair(
            _dense(own.X), _dense(other.X), tuple(genes), units[0], scaling, shift, findings
        )
    scaled = [_standardised(cohort, genes) for cohort in (train, test)]
    return Pair(scaled[0], scaled[1], tuple(genes), WITHIN_UNIT, scaling, shift, findings)


def _platform(cohort: AnnData) -> str:
    return str(cohort.uns.get("platform") or "")


def _dense(values: Any) -> NDArray[Any]:
    array = np.asarray(values)
    return array if array.dtype.kind == "f" else array.astype(np.float32)


def _refuse_mixed(units: tuple[str, ...], platforms: tuple[str, ...]) -> None:
    remedy = (
        "bring both to one unit, or let each gene be standardised within each cohort "
        "(scaling='within', or --scaling within)"
    )
    if units[0] != units[1]:
        raise UnitError(
            f"The training cohort is in unit {units[0]!r} and the test cohort in {units[1]!r}, "
            f"and values of two units aren't mixed as they are; {remedy}."
        )
    if units[0] in VAGUE_UNITS and all(platforms) and platforms[0] != platforms[1]:
        raise UnitError(
            f"Both cohorts are in unit {units[0]!r}, which states the scale only, and their "
            f"platforms differ ({platforms[0]} and {platforms[1]}); {remedy}."
        )


def _shared(train: AnnData, test: AnnData) -> list[str]:
    """Genes that both have, as the training cohort writes them and in its order."""
    there = {without_version(str(name)) for name in test.var_names}
    genes = [str(name) for name in train.var_names if without_version(str(name)) in there]
    if not genes:
        align(test, [str(name) for name in train.var_names], least_share=0.0)
    return genes


def _standardised(cohort: AnnData, genes: list[str]) -> NDArray[Any]:
    """The unit's default preprocessing fitted to this cohort, library sizes from all its genes."""
    frame = pd.DataFrame(_dense(cohort.X), columns=[str(name) for name in cohort.var_names])
    steps = make_pipeline(*for_unit(str(cohort.uns["unit"])))
    scaled = cohort.copy()
    scaled.X = np.asarray(steps.fit_transform(frame))
    return np.asarray(align(scaled, genes, least_share=0.0).X)


def _shift(own: NDArray[Any], other: NDArray[Any], unit: str) -> float:
    mine, theirs = (log_values(values, unit).astype(np.float64) for values in (own, other))
    spread = mine.std(axis=0)
    varies = spread > 0
    if not varies.any():
        return float("nan")
    gap = np.abs(theirs.mean(axis=0) - mine.mean(axis=0))
    return float(np.median(gap[varies] / spread[varies]))


def _findings(
    units: tuple[str, ...],
    platforms: tuple[str, ...],
    scaling: Scaling,
    shift: float,
    n_genes: int,
    n_test: int,
) -> tuple[Finding, ...]:
    found: list[Finding] = []
    if n_genes < _FEW_GENES:
        found.append(
            Finding(
                "few-shared-genes",
                "warning",
                f"The cohorts have {n_genes} genes in common; are their gene names of one kind?",
            )
        )
    if scaling == "within":
        found.append(_of_within(units, n_test))
        return tuple(found)
    if units[0] in VAGUE_UNITS and not all(platforms):
        found.append(
            Finding(
                "vague-unit",
                "warning",
                f"Both cohorts are in unit {units[0]!r}, which states the scale only, and no "
                "platform is stated, so nothing says that their values mean the same; state the "
                "platforms (--platform, --test-platform, or uns['platform']).",
            )
        )
    if shift > _FAR:
        found.append(
            Finding(
                "cohorts-shifted",
                "warning",
                f"Half of the genes have means that lie more than {shift:.2f} training standard "
                "deviations apart in the two cohorts, so probabilities are likely to be off; see "
                "the calibration, and what becomes of it with scaling='within' (--scaling within).",
            )
        )
    return tuple(found)


def _of_within(units: tuple[str, ...], n_test: int) -> Finding:
    which = f"from {units[0]!r} and {units[1]!r}" if units[0] != units[1] else f"in {units[0]!r}"
    few = n_test < _FEW_TO_SCALE
    return Finding(
        "scaled-within-cohort",
        "warning" if few or units[0] != units[1] else "note",
        f"Each gene was standardised within each cohort by itself (values {which}): this assumes "
        "that both hold the same mix of patients, and a single new patient can't be scaled so"
        + (f"; {n_test} test samples are few to learn a scale from." if few else "."),
    )


def refuse_shared_patients(train: NDArray[np.str_], test: NDArray[np.str_]) -> None:
    """Refuse cohorts that have patients in common.

    Parameters
    ----------
    train, test
        Patients (or sample names, where no column names the patient) of the two cohorts.

    Raises
    ------
    LeakageError
        Names some of them.
    """
    shared = np.intersect1d(train, test)
    if len(shared):
        raise LeakageError(
            f"{len(shared)} patients or samples stand in both cohorts: {name_some(shared)}; the "
            "test cohort must hold other people: leave them out of one of the two, or, if only "
            "their names are alike, rename them."
        )
