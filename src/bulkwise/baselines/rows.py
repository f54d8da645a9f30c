"""DEGnext's rivals: classical classifiers of up against down on rows of samples."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from bulkwise.stats.base import Floats

__all__ = ["row_means", "row_rivals"]


def row_rivals(random_state: int = 0) -> dict[str, Any]:
    """The paper's five rivals as their libraries set them; the paper gives no settings.

    Parameters
    ----------
    random_state
        Seed.

    Returns
    -------
    dict
        Name -> unfitted classifier. XGBoost is left out where it isn't installed
        (``pip install 'bulkwise[baselines]'``).
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC
    from sklearn.tree import DecisionTreeClassifier

    rivals: dict[str, Any] = {
        "decision tree": DecisionTreeClassifier(random_state=random_state),
        "KNN": KNeighborsClassifier(),
        "random forest": RandomForestClassifier(random_state=random_state),
        "SVC": SVC(random_state=random_state),
    }
    if find_spec("xgboost") is not None:
        from xgboost import XGBClassifier

        rivals["XGBoost"] = XGBClassifier(random_state=random_state, n_jobs=1)
    return rivals


def row_means(rows: Floats, n_second: int, bins: int) -> Floats:
    """Rows of any length brought to one: each condition's samples in bins, in order, averaged.

    Parameters
    ----------
    rows
        Genes x samples, the second condition's first.
    n_second
        How many samples come first.
    bins
        Bins a condition; not more than it has samples.

    Returns
    -------
    numpy.ndarray
        Genes x (2 x ``bins``).

    Examples
    --------
    >>> row_means(np.array([[0.0, 2.0, 4.0, 6.0, 8.0, 8.0]]), 2, 2)
    array([[0., 2., 5., 8.]])
    """
    sides = np.split(np.asarray(rows), [n_second], axis=1)
    return np.column_stack(
        [part.mean(axis=1) for side in sides for part in np.array_split(side, bins, axis=1)]
    )
