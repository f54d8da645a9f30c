"""DeeP4med's Transferor again: predicted tumours and normals, and what their genes are worth.

The paper's mixed matrices: ON_TT holds a tissue's original normals and the tumours predicted from
them, OT_TN its original tumours and the normals predicted from them. Here every predicted profile
is out of fold, patients apart, and beside the paper's own judge stands the true error where
patients gave both.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.metrics import f1_score

from bulkwise.checks.base import log_values
from bulkwise.errors import SampleError
from bulkwise.evaluation import agreement, judge_translation
from bulkwise.models import ExpressionTransferor, ExpressionTranslator
from bulkwise.progress import say, track
from bulkwise.reporting.base import (
    Block,
    Table,
)
from bulkwise.reproduce.base import Reproduction
from bulkwise.reproduce.deep4med_transferor.page import (
    CAVEAT,
    MIXED,
    PAPER_F1,
    Tissue,
    compose,
    rates,
)
from bulkwise.split import grouped_folds
from bulkwise.stats import differential_expression, over_representation

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

    from bulkwise.evaluation import TranslationResult

__all__ = ["reproduce_deep4med_transferor"]

_LEAST = 10  # samples of either condition that a tissue is looked at with
_TOP = 15


def reproduce_deep4med_transferor(
    cohort: AnnData | None = None,
    *,
    model: ExpressionTransferor | None = None,
    folds: int = 5,
    libraries: Sequence[Any] = (),
    cell_lines: AnnData | None = None,
    seed: int = 0,
) -> Reproduction:
    """Set the paper's figures for generated profiles beside ours.

    Parameters
    ----------
    cohort
        With the columns ``condition`` (normal, tumour), ``tissue`` and ``patient``; RNAseqDB if
        ``None``.
    model
        The Transferor; its documented defaults if ``None``.
    folds
        Folds by patient.
    libraries
        Gene sets (:func:`bulkwise.io.read_gmt`) to test the genes common to all three lists for.
    cell_lines
        Samples x genes with the column ``site``: which of them resemble the predicted tumours?
    seed
        Of networks and folds.

    Raises
    ------
    SampleError
        If no tissue has ten samples of both conditions.

    References
    ----------
    DeeP4med (Journal of Translational Medicine, 2023).
    """
    from bulkwise.datasets import load

    start = time.perf_counter()
    cohort = load("rnaseqdb") if cohort is None else cohort
    model = model or ExpressionTransferor(tissue="tissue", pairs="patient", random_state=seed)
    tissues = _both(cohort)
    made, seen = _out_of_fold(cohort, model, folds, seed)
    f1 = _papers_judge(cohort, made, seen, tissues)
    found = [_tissue(cohort, made, name) for name in tissues]
    truth = _truth(cohort, model, folds, seed)
    blocks = _enriched(found, libraries)
    lines = _lines(cohort, made, tissues, cell_lines)
    page = compose(cohort, found, f1, truth, blocks, lines)
    metrics: dict[str, Any] = {
        "models": {
            "transferor": {
                "metrics": {
                    name: {"value": value, "low": None, "high": None} for name, value in f1.items()
                }
            }
        },
        "paper": {"transferor": {"f1_lowest": PAPER_F1[0], "f1_highest": PAPER_F1[1]}},
        "overlap": {one.name: rates(one) for one in found},
        "caveat": CAVEAT,
    }
    if truth is not None:
        for name, part in truth.models.items():
            value = part.metrics["error"]
            metrics["models"].setdefault(name, {"metrics": {}})["metrics"]["error"] = {
                "value": value.value,
                "low": value.low,
                "high": value.high,
            }
    run = {"seed": seed, "folds": folds, "seconds": round(time.perf_counter() - start, 1)}
    return Reproduction(
        paper="deep4med-transferor",
        page=page,
        metrics=metrics,
        summary=_summary(found, f1, truth),
        run=run,
    )


def _both(cohort: AnnData) -> list[str]:
    import pandas as pd

    table = pd.crosstab(cohort.obs["tissue"].astype(str), cohort.obs["condition"].astype(str))
    if not {"normal", "tumour"} <= set(table.columns):
        raise SampleError("The cohort needs samples of the conditions 'normal' and 'tumour'.")
    enough = table[["normal", "tumour"]].min(axis=1) >= _LEAST
    if not enough.any():
        raise SampleError(
            f"No tissue has {_LEAST} samples of both conditions, so none can be compared."
        )
    return [str(name) for name in table.index[enough]]


def _out_of_fold(
    cohort: AnnData, model: ExpressionTransferor, folds: int, seed: int
) -> tuple[AnnData, pd.DataFrame]:
    """Every sample in its other condition, by a model that didn't see the patient.

    With it, what that fold's own classifier sees in the predicted profiles.
    """
    import pandas as pd

    labels = cohort.obs["tissue"].astype(str) + " " + cohort.obs["condition"].astype(str)
    counts = labels.map(labels.value_counts())
    labels = labels.where(counts >= 2 * folds, str(labels.value_counts().index[0]))
    made = cohort.copy()
    seen = pd.DataFrame(index=cohort.obs_names, columns=["condition", "tissue"], dtype=object)
    split = grouped_folds(
        labels.to_numpy(dtype=str), cohort.obs["patient"].to_numpy(dtype=str), n_splits=folds,
        random_state=seed,
    )  # fmt: skip
    for fold in track(split, "folds"):
        own = clone(model).fit(cohort[fold.train].copy())
        test = cohort[fold.test].copy()
        predicted = own.predict(test)
        made.X[fold.test] = predicted.X
        looks = own.critic_.predict(log_values(predicted.X, str(cohort.uns["unit"])))
        names = np.array([model.source, model.target])
        codes = np.asarray(looks["condition"]).astype(int)
        seen.iloc[fold.test, 0] = names[codes]
        seen.iloc[fold.test, 1] = np.asarray(looks["tissue"]).astype(str)
    made.obs["condition"] = np.where(cohort.obs["condition"] == "normal", "tumour", "normal")
    return made, seen


def _papers_judge(
    cohort: AnnData, made: AnnData, seen: pd.DataFrame, tissues: list[str]
) -> dict[str, float]:
    """Macro F1 that the classifier gives what it was fooled with, in tissues with both."""
    held = cohort.obs["tissue"].isin(tissues).to_numpy()
    wanted = made.obs["condition"].astype(str)[held]
    tissue = cohort.obs["tissue"].astype(str)[held]
    return {
        "condition_f1": float(f1_score(wanted, seen["condition"][held], average="macro")),
        "tissue_f1": float(f1_score(tissue, seen["tissue"][held], labels=tissues, average="macro")),
    }


def _tissue(cohort: AnnData, made: AnnData, name: str) -> Tissue:
    """Original and mixed matrices of one tissue compared by limma."""
    import anndata

    say(f"differential expression in {name}")
    here = (cohort.obs["tissue"] == name).to_numpy()
    normal, tumour = (
        here & (cohort.obs["condition"] == side).to_numpy() for side in ("normal", "tumour")
    )
    unit = cohort.uns["unit"]
    matrices = {
        "original": (cohort[normal], cohort[tumour]),
        "ON_TT": (cohort[normal], made[normal]),
        "OT_TN": (made[tumour], cohort[tumour]),
    }
    tables = {}
    for key, (first, second) in matrices.items():
        both = anndata.concat([first, second], index_unique="-")
        both.uns["unit"] = unit
        result = differential_expression(
            both, column="condition", contrast="tumour:normal", method="limma"
        )
        tables[key] = result.table
    shared = agreement(tables)
    common = {
        side: sorted(set.intersection(*(set(own) for own in shared.lists[side].values())))
        for side in ("up", "down")
    }
    parts = {
        "original normal": cohort[normal].X,
        "original tumour": cohort[tumour].X,
        "predicted tumour": made[normal].X,
        "predicted normal": made[tumour].X,
    }
    genes = [str(gene) for gene in cohort.var_names]
    return Tissue(
        name,
        (int(normal.sum()), int(tumour.sum())),
        shared,
        common,
        genes,
        _plane(parts, str(unit)),
    )


def _plane(parts: Mapping[str, Any], unit: str) -> dict[str, np.ndarray[Any, Any]]:
    """The first two principal components of the original samples, all parts on them."""
    logs = {name: log_values(np.asarray(X), unit).astype(np.float64) for name, X in parts.items()}
    real = np.vstack([logs["original normal"], logs["original tumour"]])
    mean = real.mean(axis=0)
    centred = real - mean
    values, vectors = np.linalg.eigh(centred @ centred.T)
    axes = centred.T @ (vectors[:, :-3:-1] / np.sqrt(values[:-3:-1]))
    return {name: (X - mean) @ axes for name, X in logs.items()}


def _truth(
    cohort: AnnData, model: ExpressionTransferor, folds: int, seed: int
) -> TranslationResult | None:
    """The error against the patients' own other samples, where there are enough."""
    ours = ExpressionTranslator(tissue="tissue", pairs="patient")
    models = {"transferor": model, "ExpressionTranslator": ours}
    result = judge_translation(models, cohort, n_splits=folds, random_state=seed)
    return result if result.question.paired else None


def _enriched(found: Sequence[Tissue], libraries: Sequence[Any]) -> list[Block]:
    blocks: list[Block] = []
    for one in found if libraries else ():
        lists = {side: genes for side, genes in one.common.items() if genes}
        if not lists:
            continue
        table = over_representation(lists, list(libraries), universe=one.genes).significant(
            leaders=True
        )
        rows = [
            (str(r["list"]), str(r["library"]), str(r["term"]), f"{r['adjusted_p_value']:.1e}")
            for _, r in table.head(_TOP).iterrows()
        ]
        blocks.append(
            Table(
                title=f"{one.name}: sets in the genes common to all three",
                columns=("list", "library", "set", "adjusted P"),
                rows=rows,
                words=(0, 1, 2),
                folded=True,
                caption=CAVEAT,
            )
        )
    return blocks


def _lines(
    cohort: AnnData, made: AnnData, tissues: list[str], lines: AnnData | None
) -> list[Block]:
    """Cell lines that resemble each tissue's mean predicted tumour."""
    if lines is None:
        return []
    genes = [str(gene) for gene in lines.var_names if gene in set(made.var_names)]
    place, own = made.var_names.get_indexer(genes), lines.var_names.get_indexer(genes)
    logs = log_values(np.asarray(made.X[:, place]), str(cohort.uns["unit"]))
    tumours = (made.obs["condition"] == "tumour").to_numpy()
    means = np.stack(
        [logs[tumours & (made.obs["tissue"] == t).to_numpy()].mean(axis=0) for t in tissues]
    )
    values = np.asarray(lines.X[:, own], dtype=np.float64)
    likeness = np.corrcoef(means - means.mean(axis=0), values - values.mean(axis=0))
    likeness = likeness[: len(tissues), len(tissues) :]
    sites = lines.obs["site"].astype(str).to_numpy()
    rows = []
    for tissue, row in zip(tissues, likeness, strict=True):
        best = np.argsort(-row)[:3]
        near = ", ".join(f"{lines.obs_names[i]} ({sites[i]}, {row[i]:.2f})" for i in best)
        by_site = {site: float(row[sites == site].mean()) for site in np.unique(sites)}
        top = max(by_site, key=lambda site: by_site[site])
        rows.append((tissue, near, f"{top} ({by_site[top]:.2f})"))
    return [
        Table(
            title="Cell lines most like the predicted tumours",
            columns=("tissue", "nearest lines", "nearest site, mean"),
            rows=rows,
            words=(0, 1, 2),
            caption=f"Correlation over the {len(genes)} genes that both have, each centred over "
            "the tissues and over the lines. So few genes, and another technology: an "
            "illustration, not evidence.",
        )
    ]


def _summary(
    found: Sequence[Tissue], f1: Mapping[str, float], truth: TranslationResult | None
) -> str:
    lines = [
        f"the paper's judge, macro F1: condition {f1['condition_f1']:.3f}, tissue "
        f"{f1['tissue_f1']:.3f} (paper: {PAPER_F1[0]} to {PAPER_F1[1]} by tissue)"
    ]
    if truth is not None:
        for name in ("transferor", "ExpressionTranslator", "target mean"):
            lines.append(f"squared error, {name}: {truth.models[name].metrics['error']}")
    for one in found:
        found_rates = rates(one)
        lines += [
            f"{one.name} {key}: true positive rate up "
            f"{found_rates[key]['true_positive_rate_up']:.3f}, down "
            f"{found_rates[key]['true_positive_rate_down']:.3f}"
            for key in MIXED
        ]
    return "\n".join([*lines, CAVEAT])
