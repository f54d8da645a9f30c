"""An independent classifier that looks at predicted profiles: the papers' own judge.

It shows what such a judge can't: a mean profile passes it too.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from bulkwise.models.linear import RowSpaceLogistic

__all__ = ["Critic", "macro_f1"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_CS, _FOLDS = 3, 2


class Critic:
    """Condition and tissue by L2-logistic regression on real training samples.

    Parameters
    ----------
    logs
        Real samples x genes, log2.
    condition, tissue
        Their labels.
    seed
        Of its inner folds.
    """

    def __init__(self, logs: Array, condition: Array, tissue: Array, seed: int) -> None:
        def fitted(labels: Array) -> RowSpaceLogistic | None:
            if len(np.unique(labels)) < 2:
                return None
            model = RowSpaceLogistic(
                Cs=_CS, folds=_FOLDS, class_weight="balanced", random_state=seed
            )
            return model.fit(logs, labels)

        self._condition, self._tissue = fitted(condition), fitted(tissue)

    def conditions(self, logs: Array) -> Array:
        """Condition that each profile looks like."""
        return np.asarray(self._condition.predict(logs) if self._condition else [])

    def tissues(self, logs: Array) -> Array | None:
        """Tissue that each profile looks like; ``None`` with one tissue only."""
        return None if self._tissue is None else np.asarray(self._tissue.predict(logs))


def macro_f1(observed: Array, predicted: Array, weights: Array) -> Array:
    """Macro F1 under every weighting of the samples (draws x samples)."""
    names = np.unique(observed)
    counts = []
    for name in names:
        real, said = observed == name, predicted == name
        hit, asked = weights @ (real & said), weights @ (real.astype(float) + said)
        counts.append(2 * hit / np.maximum(asked, 1e-12))
    value = np.mean(counts, axis=0)
    return np.asarray(value)
