"""One condition against another in a cohort: from a sample sheet's columns to a table of genes.

This is the room's conductor: it builds and checks the design, and hands the numbers to limma's
models, to Wilcoxon's tests or to PyDESeq2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, is_linear, log_values, name_some
from bulkwise.checks.linear_model import check_confounding, check_residual_df
from bulkwise.errors import InputError
from bulkwise.stats.base import Floats, LinearFit, adjust, lm_fit
from bulkwise.stats.blocking import duplicate_correlation
from bulkwise.stats.comparison import Comparison, pick_samples
from bulkwise.stats.deseq import negative_binomial
from bulkwise.stats.design import Design, treatment_design
from bulkwise.stats.differential import ModeratedFit, e_bayes, top_table
from bulkwise.stats.methods import COUNT_UNITS, choose_method
from bulkwise.stats.normalization import filter_by_expr, log_cpm, tmm_factors, voom_log_cpm
from bulkwise.stats.precision import Voom, array_weights, voom, voom_with_quality_weights
from bulkwise.stats.results import ContrastResult, MeanVariance
from bulkwise.stats.wilcoxon import RankTest, rank_sum, signed_rank

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["differential_expression"]

_TOP_GENES = 50
_ROUNDING = 1e-12
_BATCH_COLUMNS = ("batch", "source", "study", "site", "centre", "center", "platform", "plate")


@dataclass
class _Outcome:
    table: pd.DataFrame
    log_values: NDArray[Any]
    design: pd.DataFrame | None = None
    mean_variance: MeanVariance | None = None
    numbers: dict[str, Any] = field(default_factory=dict)


def differential_expression(
    cohort: Any,
    *,
    column: str,
    contrast: str | tuple[str, str],
    paired: str | None = None,
    block: str | None = None,
    covariates: Sequence[str] = (),
    method: str = "auto",
    filter_genes: bool = False,
    robust: bool = False,
    trend: bool = False,
    quality_weights: bool = False,
) -> ContrastResult:
    """Compare two conditions of a cohort, gene by gene.

    Parameters
    ----------
    cohort
        AnnData, samples x genes, with ``.uns["unit"]``.
    column
        Column of the sample sheet that holds the conditions.
    contrast
        ``"tumour:normal"``, or a pair: the first against the second.
    paired
        Column of the patients: the difference within patients (a fixed effect each; for
        Wilcoxon, the signed-rank test). Patients with one condition only are left out.
    block
        Column of the patients as a random effect: samples of a patient are correlated.
    covariates
        Columns to adjust for; numbers as they are, anything else as categories.
    method
        ``"limma"`` for logarithms and linear units, ``"voom"`` and ``"pydeseq2"`` for counts,
        ``"wilcoxon"`` for any; ``"auto"`` as :func:`suggest_method` says.
    filter_genes
        Leave out genes with too few counts (edgeR's rule), or without any variation. By default
        every gene is in the table; voom gives those with too few counts no P-value, because it
        would take the libraries' depths for differences of theirs.
    robust, trend
        As in ``e_bayes`` (limma and voom).
    quality_weights
        Weigh samples by their quality (limma and voom). For samples known to be poor: the weights
        are learnt from the same data, and with 12 normals a side, divided at random, they doubled
        the share of P-values below 0.05 (``benchmarks/differential.py``).

    Returns
    -------
    ContrastResult

    Raises
    ------
    SampleError
        If a column, a condition or a pair is missing.
    UnitError
        If the method doesn't take the unit, or the values contradict it.
    InputError
        If the design isn't of full rank, the difference can't be estimated, or nothing varies.
    """
    task = pick_samples(
        cohort, column=column, contrast=contrast, paired=paired, block=block, covariates=covariates
    )
    adjusted = bool(task.paired or task.block or task.covariates)
    chosen, said = choose_method(method, task.unit, task.sizes, adjusted=adjusted)
    task.findings += said
    design = _design(task, chosen)
    if filter_genes:
        task.keep_genes(*_enough(task, design))
    elif chosen == "voom":
        # without counts, voom sees the depths of the libraries as differences of the gene
        task.set_aside(*_enough(task, design))
    if design is None:
        outcome = _by_ranks(task)
    elif chosen == "pydeseq2":
        outcome = _by_deseq(task, design)
    else:
        outcome = _by_model(task, design, chosen, robust, trend, quality_weights)
    _watch_batches(task)
    n_first, n_second = task.sizes
    top = np.argsort(outcome.table["p_value"].fillna(np.inf).to_numpy(), kind="stable")[:_TOP_GENES]
    return ContrastResult(
        task.complete(outcome.table),
        chosen,
        column,
        *task.pair,
        n_first,
        n_second,
        outcome.design,
        tuple(task.findings),
        outcome.mean_variance,
        _frame(outcome.log_values[:, top], task.samples, [task.genes[k] for k in top]),
        tuple(map(str, task.sheet[column])),
        outcome.numbers,
    )


def _frame(values: NDArray[Any], index: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(values, index=list(index), columns=list(columns))


def _design(task: Comparison, method: str) -> Design | None:
    if method == "wilcoxon":
        if task.block or task.covariates:
            raise InputError(
                "Wilcoxon's tests adjust for nothing but pairs; leave "
                f"{name_some([*task.covariates, *([task.block] if task.block else [])])} out, or "
                "use limma or voom."
            )
        return None
    if method == "pydeseq2" and task.block:
        raise InputError(
            "PyDESeq2 has no random effects; use paired= for the patients, or voom for blocks."
        )
    design = treatment_design(
        task.is_first,
        tested=task.tested,
        covariates={name: task.sheet[name].tolist() for name in task.covariates},
        patients=None if task.paired is None else task.sheet[task.paired].tolist(),
    )
    for name in task.covariates:
        if len(set(task.sheet[name])) == 1:
            message = f"The covariate {name!r} has one value in these samples and adjusts nothing."
            task.findings.append(Finding("covariate-constant", "warning", message, (name,)))
    plain = [name for name in design.names if not name.startswith("patient=")]
    more = len(design.names) - len(plain)
    task.note(
        "design",
        f"The design has full rank: {', '.join(plain)}"
        + (f", and {more} columns for the patients." if more else "."),
    )
    (left,) = check_residual_df(len(design.matrix), len(design.names))
    if left.level == "error":
        raise InputError(left.message)
    task.findings.append(left)
    return design


def _enough(task: Comparison, design: Design | None) -> tuple[NDArray[np.bool_], str]:
    """Which genes have enough counts, or any variation; and what the others lack."""
    if task.unit in COUNT_UNITS:
        # the patients' own columns would make every sample a group of its own
        kept = filter_by_expr(
            task.values,
            group=task.is_first if design is None else None,
            design=None if design is None else design.unpaired,
        )
        return kept, "have too few counts for a comparison (edgeR's filterByExpr)"
    with np.errstate(invalid="ignore"):
        kept = np.asarray((task.values != task.values[:1]).any(axis=0))
    return kept, "have the same value in all samples"


def _logs(task: Comparison) -> Floats:
    """The values on a log2 scale, for the methods that take logarithms."""
    if task.unit in COUNT_UNITS and task.unit != "rsem":
        return np.asarray(log_cpm(task.values, factors=tmm_factors(task.values)))
    if is_linear(task.unit):
        task.note("log-taken", f"Logarithms were taken of {task.unit}: log2(x + 1).")
    return np.asarray(log_values(task.values.astype(np.float64), task.unit))


def _mean(values: Floats) -> Floats:
    """Mean of what is there, gene by gene."""
    seen = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(seen, values, 0.0).sum(axis=0) / seen.sum(axis=0))


def _by_ranks(task: Comparison) -> _Outcome:
    logs = _logs(task)
    first = task.is_first
    if task.paired is None:
        test: RankTest = rank_sum(logs, first)
        mean, change = _mean(logs), _mean(logs[first]) - _mean(logs[~first])
    else:
        patients = task.sheet[task.paired].astype(str).to_numpy()
        names = np.unique(patients)
        a, b = (
            np.stack([_mean(logs[part & (patients == name)]) for name in names])
            for part in (first, ~first)
        )
        test = signed_rank(a, b)
        mean, change = _mean((a + b) / 2), _mean(a - b)
    import pandas as pd

    table = pd.DataFrame(
        {
            "gene": task.genes,
            "log2_fold_change": change,
            "mean": mean,
            "statistic": test.z,
            "p_value": test.p_value,
            "adjusted_p_value": adjust(test.p_value),
            "b": np.nan,
        }
    )
    return _Outcome(table, logs)


def _by_deseq(task: Comparison, design: Design) -> _Outcome:
    frame = _frame(design.matrix, task.samples, design.names)
    table, warned = negative_binomial(
        _frame(task.values, task.samples, task.genes), frame, design.tested, samples=task.samples
    )
    task.findings += [Finding("pydeseq2", "warning", message) for message in warned]
    return _Outcome(table, _logs(task), frame)


def _by_model(
    task: Comparison, design: Design, method: str, robust: bool, trend: bool, quality: bool
) -> _Outcome:
    numbers: dict[str, Any] = {}
    blocks = None if task.block is None else task.sheet[task.block].astype(str).to_numpy()
    weighed: Voom | None = None
    weights: Floats | None = None
    if method == "voom":
        weighed = _weigh(task, design, blocks, quality, numbers)
        logs, weights = weighed.log_cpm, weighed.weights
    else:
        logs = _logs(task)
        if quality:
            numbers["sample_weights"] = weights = array_weights(logs, design.matrix)
        if blocks is not None:
            found = duplicate_correlation(logs, design.matrix, blocks, weights=weights)
            numbers["correlation"] = found.consensus
    frame = _frame(design.matrix, task.samples, design.names)
    fit = lm_fit(
        _frame(logs, task.samples, task.genes),
        frame,
        weights=weights,
        block=blocks,
        correlation=numbers.get("correlation"),
    )
    _watch_variances(task, fit)
    # the patients' and covariates' own tests aren't asked for
    moderated = e_bayes(fit.select(design.tested), robust=robust, trend=trend)
    if np.isinf(moderated.prior.df).all():
        task.note(
            "infinite-prior-df",
            "The genes' variances differ no more than chance lets them, so that all take the "
            "prior's; P-values follow the normal law.",
        )
    numbers["prior_df"] = float(np.median(moderated.prior.df))
    table = top_table(moderated, design.tested)
    return _Outcome(table, logs, frame, _mean_variance(moderated, weighed), numbers)


def _watch_variances(task: Comparison, fit: LinearFit) -> None:
    still = fit.sigma <= _ROUNDING * np.maximum(np.abs(fit.mean), 1.0)
    count = int(still.sum())
    if count > len(still) / 2:
        raise InputError(
            f"{count:,} of {len(still):,} genes don't vary beyond what the design explains, so "
            "that the noise can't be learnt from them; filter genes (filter_genes=True, --filter)."
        )
    if count:
        items = tuple(task.genes[k] for k in np.flatnonzero(still).tolist())
        task.findings.append(
            Finding(
                "genes-without-variation",
                "warning",
                f"{count:,} genes don't vary beyond what the design explains "
                f"({name_some(items)}); their P-values rest on the other genes' noise.",
                items,
            )
        )


def _weigh(
    task: Comparison,
    design: Design,
    blocks: NDArray[Any] | None,
    quality: bool,
    numbers: dict[str, Any],
) -> Voom:
    sizes = task.values.sum(axis=1, dtype=np.float64) * tmm_factors(task.values)
    if task.aside is not None:
        task.aside_mean = _mean(voom_log_cpm(task.aside, sizes=sizes))
    if quality:
        if blocks is not None:
            raise InputError(
                "Quality weights and blocks together have no established estimate; leave one out."
            )
        weighed = voom_with_quality_weights(task.values, design.matrix, sizes=sizes)
        numbers["sample_weights"] = weighed.sample_weights
        return weighed
    weighed = voom(task.values, design.matrix, sizes=sizes)
    if blocks is None:
        return weighed
    # two rounds, because the weights need the correlation and the correlation the weights
    for turn in range(2):
        found = duplicate_correlation(
            weighed.log_cpm, design.matrix, blocks, weights=weighed.weights
        )
        numbers["correlation"] = found.consensus
        if turn == 0:
            weighed = voom(
                task.values, design.matrix, sizes=sizes, block=blocks, correlation=found.consensus
            )
    return weighed


def _mean_variance(moderated: ModeratedFit, weighed: Voom | None) -> MeanVariance:
    if weighed is not None:
        return MeanVariance(weighed.points, weighed.trend, "mean log2(count + 0.5)")
    mean = moderated.fit.mean
    order = np.argsort(mean, kind="stable")
    return MeanVariance(
        np.column_stack([mean, np.sqrt(moderated.fit.sigma)]),
        np.column_stack([mean, moderated.prior.scale**0.25])[order],
        "mean log2 expression",
    )


def _watch_batches(task: Comparison) -> None:
    batches = [str(name) for name in task.sheet.columns if str(name).lower() in _BATCH_COLUMNS]
    watched = dict.fromkeys([*task.covariates, *batches])
    watched.pop(task.column, None)
    task.findings += check_confounding(
        task.sheet[task.column].tolist(),
        {name: task.sheet[name].tolist() for name in watched},
        column=task.column,
    )
