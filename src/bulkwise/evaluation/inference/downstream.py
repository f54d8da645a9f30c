"""Do analyses of inferred genes give the answers of the measured ones?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from anndata import AnnData
from sklearn.metrics import balanced_accuracy_score

from bulkwise.checks.labels import require_labels
from bulkwise.evaluation.inference.results import Downstream
from bulkwise.models.linear import RowSpaceLogistic
from bulkwise.stats import differential_expression

if TYPE_CHECKING:
    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

__all__ = ["downstream"]

_TOP = 100


def downstream(
    cohort: AnnData,
    measured: Array,
    genes: Sequence[str],
    parts: Sequence[tuple[Array, Array]],
    inferred: Sequence[Array],
    *,
    label: str | None,
    contrast: tuple[str, str, str] | None,
) -> Downstream:
    """Classify and compare conditions with measured and with inferred targets of test samples.

    Parameters
    ----------
    cohort
        Holds the sample sheet.
    measured
        Samples x targets, on a log2 scale.
    genes
        Names of the targets.
    parts
        Training and test samples of each fold.
    inferred
        Test samples x targets, for each fold.
    label, contrast
        See :func:`~bulkwise.evaluation.inference.judge.evaluate_inference`.
    """
    found: dict[str, Any] = {}
    if label:
        found |= _classified(cohort, measured, parts, inferred, label)
    if contrast:
        tested = np.concatenate([test for _, test in parts])
        sheet = cohort.obs.iloc[tested]
        tables = [
            _compared(values, sheet, genes, contrast)
            for values in (measured[tested], np.concatenate(list(inferred)))
        ]
        found |= _agreement(tables[0], tables[1])
        found["contrast"] = f"{contrast[1]}:{contrast[2]}"
    return Downstream(**found)


def _classified(
    cohort: AnnData,
    measured: Array,
    parts: Sequence[tuple[Array, Array]],
    inferred: Sequence[Array],
    label: str,
) -> dict[str, Any]:
    y = np.asarray(require_labels(cohort.obs, label))
    told: dict[str, list[Array]] = {"measured": [], "inferred": []}
    for (train, test), values in zip(parts, inferred, strict=True):
        model = RowSpaceLogistic(class_weight="balanced", random_state=0)
        model.fit(measured[train], y[train])
        told["measured"].append(model.predict(measured[test]))
        told["inferred"].append(model.predict(values))
    truth = y[np.concatenate([test for _, test in parts])]
    scores = {
        name: float(balanced_accuracy_score(truth, np.concatenate(one)))
        for name, one in told.items()
    }
    return {"label": label, **scores}


def _compared(
    values: Array, sheet: pd.DataFrame, genes: Sequence[str], contrast: tuple[str, str, str]
) -> pd.DataFrame:
    column, first, second = contrast
    part = AnnData(
        X=values.astype(np.float32),
        obs=sheet.copy(),
        var=pd.DataFrame(index=pd.Index(list(genes), dtype=object)),
        uns={"unit": "log2"},
    )
    result = differential_expression(part, column=column, contrast=(first, second), method="limma")
    return result.table.set_index("gene").loc[list(genes)]


def _agreement(measured: pd.DataFrame, inferred: pd.DataFrame) -> dict[str, float]:
    changes = measured["log2_fold_change"].to_numpy(), inferred["log2_fold_change"].to_numpy()
    clear = measured["adjusted_p_value"].to_numpy() <= 0.05
    alike = np.sign(changes[0]) == np.sign(changes[1])
    top = [set(table["p_value"].nsmallest(_TOP).index) for table in (measured, inferred)]
    return {
        "fold_changes": float(np.corrcoef(*changes)[0, 1]),
        "same_sign": float(alike[clear].mean()) if clear.any() else float("nan"),
        "top": len(top[0] & top[1]) / len(top[0]),
    }
