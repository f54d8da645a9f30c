"""``judge_translation``: translators before patients who gave both tissues, out of fold.

Patients are held out; everything is learned from the others. The truth is the patient's own
other sample. Beside the models stand the simple rules, always. Where nobody gave both, groups
are compared, and the result says what that can't tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from bulkwise.checks.base import Finding, name_some
from bulkwise.checks.pairs import check_pairs
from bulkwise.errors import GeneError, InputError, SampleError
from bulkwise.evaluation.metrics import bootstrap_weights
from bulkwise.evaluation.runinfo import Stages, run_info
from bulkwise.evaluation.translation.figures import comparisons_of, models_of, sensitivity_of
from bulkwise.evaluation.translation.folds import Gathered, Part, run_fold
from bulkwise.evaluation.translation.measures import PER_PATIENT
from bulkwise.evaluation.translation.purity import purity_of
from bulkwise.evaluation.translation.results import (
    Coverage,
    Purity,
    Sensitivity,
    TranslationComparison,
    TranslationQuestion,
    TranslationResult,
)
from bulkwise.io.floor import with_floor
from bulkwise.models.translator.pairing import Samples, open_samples
from bulkwise.progress import track
from bulkwise.randomness import Seeds
from bulkwise.split import Fold, grouped_folds

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["judge_translation"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_LEAST_PAIRS = 10
_LEAST_PURITY_GENES = 3
_UNPAIRED = (
    "Nobody gave both samples, so only groups were compared: whether a person's own predicted "
    "profile is right can't be known from this cohort, and no figure here says so."
)


def judge_translation(
    model: Any,
    cohort: AnnData,
    *,
    n_splits: int = 5,
    purity: Sequence[str] = (),
    random_state: int = 0,
    command: str | None = None,
) -> TranslationResult:
    """Judge translators out of fold, beside the simple rules.

    Parameters
    ----------
    model
        An unfitted translator, such as :class:`bulkwise.models.ExpressionTranslator`, or a
        mapping of name -> translator; the first is compared with the rules. It says which
        columns hold condition, tissue and patient, and which condition is translated
        (``source``) into which (``target``).
    cohort
        Samples x genes with ``.uns["unit"]``. Not changed.
    n_splits
        Folds; patients are never on both sides.
    purity
        Names of genes whose level tells admixed cells (stromal and immune genes): how much of
        the personal part goes with their mean is then said too.
    random_state, command
        As in :func:`bulkwise.evaluate`.

    Returns
    -------
    TranslationResult
        Figures with 95 % intervals by bootstrap over patients. With fewer than ten pairs groups
        are compared instead of persons.

    Raises
    ------
    SampleError
        If a column or condition isn't there, or there are too few patients.
    GeneError
        If fewer than three of the purity genes are in the cohort.

    Examples
    --------
    >>> judge_translation(
    ...     ExpressionTranslator(tissue="cancer", pairs="patient"), pairs
    ... )  # doctest: +SKIP
    """
    stages, seeds = Stages(), Seeds(random_state)
    models = _named(model)
    first = next(iter(models.values()))
    with stages("check"):
        part, findings = _opened(first, cohort, purity, seeds)
    folds = _folds(part, n_splits, seeds)
    gathered = Gathered()
    with stages("judge"):
        for number, fold in enumerate(track(folds, "folds")):
            run_fold(part, fold, number, models, gathered)
    with stages("figures"):
        result = _result(first, models, part, gathered, findings, n_splits, seeds)
    result.run = run_info(
        stages,
        X=part.cohort.X,
        samples=part.cohort.obs_names.to_numpy(dtype=str),
        genes=[str(gene) for gene in part.cohort.var_names],
        seed=int(random_state),
        command=command,
        seconds_of_fit=gathered.seconds,
        reductions={},
    )
    return result


def _named(model: Any) -> dict[str, Any]:
    if not isinstance(model, Mapping):
        return {"translator": model}
    if not model:
        raise InputError("There is no translator to judge; give one at least.")
    return dict(model)


def _opened(
    model: Any, cohort: AnnData, purity: Sequence[str], seeds: Seeds
) -> tuple[Part, list[Finding]]:
    """The cohort's samples of the two conditions, checked."""
    if getattr(model, "floor", None) is not None:
        cohort = with_floor(cohort, model.floor)
    where = {name: getattr(model, name) for name in ("column", "source", "target", "tissue")}
    samples = open_samples(cohort, **where, pairs=model.pairs)
    used = np.flatnonzero(samples.source | samples.target)
    done = cohort.uns.get("findings") if isinstance(cohort.uns.get("findings"), dict) else {}
    findings = [Finding(code, "note", str(said)) for code, said in (done or {}).items()]
    findings += samples.findings
    if len(used) < len(samples.source):
        left = len(samples.source) - len(used)
        findings.append(
            Finding(
                "other-conditions",
                "note",
                f"{left} samples of other conditions were left out.",
            )
        )
        cohort = cohort[used].copy()
        samples = open_samples(cohort, **where, pairs=model.pairs)
    tissues, codes = np.unique(samples.tissue, return_inverse=True)
    paired = len(samples.pairs) >= _LEAST_PAIRS
    genes = [str(gene) for gene in cohort.var_names]
    part = Part(
        cohort, samples, codes, tissues, paired, _purity_genes(purity, genes),
        seeds.sklearn("critic"),
    )  # fmt: skip
    return part, findings + _said(part, model)


def _said(part: Part, model: Any) -> list[Finding]:
    """What the cohort can't answer, and pairs that look wrong."""
    samples, findings = part.samples, []
    alone = [
        str(name)
        for code, name in enumerate(part.tissues)
        if not (samples.source & (part.codes == code)).any()
        or not (samples.target & (part.codes == code)).any()
    ]
    if alone:
        findings.append(
            Finding(
                "one-condition-only",
                "warning",
                f"{len(alone)} tissues have samples of one condition only ({name_some(alone)}): "
                "what they lack is what the other tissues let expect, and isn't judged.",
                tuple(alone),
            )
        )
    if not part.paired:
        few = f" ({len(samples.pairs)} pairs, {_LEAST_PAIRS} are needed)" if model.pairs else ""
        return [*findings, Finding("unpaired", "warning", _UNPAIRED[:-1] + f"{few}.")]
    rows = samples.pairs.ravel()
    names = np.where(samples.source[rows], model.source, model.target)
    return findings + check_pairs(
        samples.logs[rows], "log2", samples.patient[rows].tolist(), names.tolist(),
        samples.tissue[rows].tolist(), column=model.column,
    )  # fmt: skip


def _purity_genes(wanted: Sequence[str], genes: Sequence[str]) -> Array | None:
    if not wanted:
        return None
    place = {gene: index for index, gene in enumerate(genes)}
    found = sorted({place[gene] for gene in wanted if gene in place})
    if len(found) < _LEAST_PURITY_GENES:
        raise GeneError(
            f"Of the {len(set(wanted))} genes of the purity score {len(found)} are in the cohort, "
            f"and at least {_LEAST_PURITY_GENES} are needed; give genes by the cohort's names."
        )
    return np.array(found, dtype=np.intp)


def _folds(part: Part, n_splits: int, seeds: Seeds) -> list[Fold]:
    """Folds by patient; tissues with too few patients are dealt together with the largest."""
    samples = part.samples
    for side in (samples.target, samples.source):
        if len(set(samples.patient[side].tolist())) < 2:
            raise SampleError(
                "One of the two conditions has samples of one patient only, so that none would be "
                "left to learn from when that patient is held out; add samples of others."
            )
    judged = samples.pairs.ravel() if part.paired else np.arange(len(samples.source))
    strata = samples.tissue.astype(object)
    if not part.paired:
        strata = strata + np.where(samples.target, " target", " source").astype(object)
    counts = {
        label: len(set(samples.patient[judged][strata[judged] == label].tolist()))
        for label in np.unique(strata.astype(str)).tolist()
    }
    largest = max(counts, key=lambda label: counts[label])
    if counts[largest] < n_splits:
        raise SampleError(
            f"Too few patients for {n_splits} folds: the largest group has {counts[largest]}; ask "
            "for fewer folds (--folds), or leave out the tissue column."
        )
    labels = [label if counts[label] >= n_splits else largest for label in strata.tolist()]
    return grouped_folds(
        np.array(labels, dtype=str), samples.patient, n_splits=n_splits,
        random_state=seeds.sklearn("folds"),
    )  # fmt: skip


def _result(
    model: Any,
    models: Mapping[str, Any],
    part: Part,
    gathered: Gathered,
    findings: list[Finding],
    n_splits: int,
    seeds: Seeds,
) -> TranslationResult:
    samples = part.samples
    if not gathered.rows:
        raise SampleError("No fold has a held-out sample to judge; ask for fewer folds (--folds).")
    rows = np.concatenate(gathered.rows)
    patients = np.unique(samples.patient[rows], return_inverse=True)[1]
    weights = bootstrap_weights(int(patients.max()) + 1, seeds.numpy("draws"))[:, patients]
    made = models_of(models, part, gathered, weights)
    comparisons: tuple[TranslationComparison, ...] = ()
    sensitivity: tuple[Sensitivity, ...] = ()
    purity: Purity | None = None
    table = genes = pd.DataFrame()
    if part.paired:
        table = _table(samples, rows, gathered, part)
        comparisons = comparisons_of(made, gathered, weights)
        sensitivity = sensitivity_of(made, part, gathered, rows, weights, findings)
        genes = _genes(part, gathered, made)
        if gathered.purity and part.purity is not None:
            names = tuple(str(part.cohort.var_names[g]) for g in part.purity)
            purity = purity_of(gathered.purity, names, weights)
    where = samples.tissue[rows]
    question = TranslationQuestion(
        cohort=str(part.cohort.uns.get("cohort", "the cohort")),
        unit=str(part.cohort.uns["unit"]),
        column=model.column,
        source=model.source,
        target=model.target,
        tissue=model.tissue,
        pairs=model.pairs,
        paired=part.paired,
        n_samples=len(samples.source),
        n_genes=samples.logs.shape[1],
        n_patients=len(np.unique(samples.patient)),
        n_pairs=len(samples.pairs),
        tissues={str(t): int((where == t).sum()) for t in np.unique(where)},
        scheme=f"{n_splits} folds, patients apart",
        n_folds=n_splits,
        level=float(getattr(model, "level", 0.9)),
    )
    result = TranslationResult(
        question, made, comparisons, _coverage(model, models, gathered, where), sensitivity,
        purity, tuple(findings), (), table, genes, {},
    )  # fmt: skip
    result.verdict = _verdict(result)
    return result


def _table(samples: Samples, rows: Array, gathered: Gathered, part: Part) -> pd.DataFrame:
    names = part.cohort.obs_names.to_numpy(dtype=str)
    who = {
        "sample": names[rows],
        "patient": samples.patient[rows],
        "tissue": samples.tissue[rows],
        "fold": np.concatenate(gathered.fold) + 1,
    }
    return pd.concat(
        [
            pd.DataFrame(
                {**{k: v.tolist() for k, v in who.items()}, "model": name}
                | {key: np.concatenate(found[key]) for key in PER_PATIENT}
            )
            for name, found in gathered.figures.items()
        ],
        ignore_index=True,
    )


def _genes(part: Part, gathered: Gathered, made: Mapping[str, Any]) -> pd.DataFrame:
    n = sum(map(len, gathered.rows))
    first = next(iter(made))
    rules = {name: m.metrics["error"].value for name, m in made.items() if m.role == "rule"}
    best = min(rules, key=lambda name: rules[name])
    around = gathered.squares["target mean"] / n
    return pd.DataFrame(
        {
            "gene": [str(gene) for gene in part.cohort.var_names],
            "error": gathered.squares[first] / n,
            "error_of_best_rule": gathered.squares[best] / n,
            "variance_around_mean": around,
            "explained": 1 - gathered.squares[first] / n / np.maximum(around, 1e-9),
        }
    )


def _coverage(
    model: Any, models: Mapping[str, Any], gathered: Gathered, where: Array
) -> tuple[Coverage, ...]:
    if not gathered.figures:
        return ()
    held = np.concatenate(gathered.figures[next(iter(models))]["coverage"])
    level = float(getattr(model, "level", 0.9))
    groups = [("all", np.ones(len(held), bool)), *((str(t), where == t) for t in np.unique(where))]
    return tuple(
        Coverage(name, int(mask.sum()), level, float(held[mask].mean())) for name, mask in groups
    )


def _verdict(result: TranslationResult) -> tuple[str, ...]:
    if not result.question.paired:
        return (_UNPAIRED,)
    name = next(iter(result.models))
    ours, best = result.models[name], str(result.best_rule)
    row = next(one for one in result.comparisons if one.rival == best)
    words = {
        "better": f"{name} is better than the best rule, {best}",
        "worse": f"the rule {best!r} is better than {name}",
        "undecided": f"{name} isn't shown to be better than the best rule, {best}",
    }[row.verdict]
    p = f"{row.adjusted_p_value:.1e}" if row.adjusted_p_value < 1e-3 else f"{row.p_value:.3f}"
    personal = ours.metrics["personal_correlation"]
    return (
        f"Squared error {ours.metrics['error']} against {result.models[best].metrics['error']}, "
        f"difference {row.difference} (paired t-test, Holm over the rules: P = {p}): {words}.",
        f"The personal part is weak: correlation {personal} with the truth; most of what a "
        f"prediction gets right is the mean of {result.question.target} in the tissue.",
    )
