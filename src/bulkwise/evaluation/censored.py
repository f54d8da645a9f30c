"""Patients whose endpoint nobody knows, in a cross-validation: predicted, and judged over time.

They have no label, so no model is trained on them and no figure that needs a label counts them.
But each is predicted in one fold of every repeat, as the other patients are, and the measures
that can take censored patients in (time-dependent AUC, C-indices) do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bulkwise.evaluation.base import FOLLOW_UP_METRICS
from bulkwise.split import Fold
from bulkwise.stats import auc_at, c_index, uno_c_index

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.evaluation.base import CrossValidated, Inputs
    from bulkwise.evaluation.external.followup import Followed
    from bulkwise.randomness import Seeds

__all__ = ["FollowUp", "with_censored"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FollowUp:
    """The known patients, then the censored ones, with their follow-up.

    Attributes
    ----------
    inputs
        Known samples as they were, then the censored ones, whose label is ``""``.
    folds
        The folds, their test parts with the censored patients that fall into them.
    time, event
        One entry a sample of ``inputs``.
    horizon
        Of the endpoint, in the unit of ``time``.
    """

    inputs: Inputs
    folds: list[Fold]
    time: Floats
    event: NDArray[np.bool_]
    horizon: float

    def draws(self, fitted: CrossValidated, name: str, weights: Floats) -> dict[str, Floats]:
        """The measures in each fold of each repeat, folds x weightings.

        Parameters
        ----------
        fitted
            Predictions of all samples, the censored ones included.
        name
            Of the model.
        weights
            Weightings x patients of ``inputs``.
        """
        risk = fitted.models[name].probabilities[:, self.inputs.classes.index("yes")]
        group = self.inputs.group_codes[fitted.sample]
        found: dict[str, list[Floats]] = {key: [] for key in FOLLOW_UP_METRICS}
        for code in np.unique(fitted.fold):
            rows = np.flatnonzero(fitted.fold == code)
            who = fitted.sample[rows]
            time, event, own = self.time[who], self.event[who], weights[:, group[rows]]
            for key, values in zip(
                FOLLOW_UP_METRICS,
                (
                    auc_at(time, event, risk[rows], self.horizon, own),
                    c_index(time, event, risk[rows], own),
                    uno_c_index(time, event, risk[rows], self.horizon, own),
                ),
                strict=True,
            ):
                found[key].append(np.asarray(values))
        return {key: np.stack(values) for key, values in found.items()}


def with_censored(
    inputs: Inputs, folds: Sequence[Fold], followed: Followed, by: str | None, seeds: Seeds
) -> FollowUp:
    """Put the censored patients into the test parts of the folds.

    Who has other samples that are known goes where those are tested; who has a value of the
    column that folds are held out by, where that is; the others are dealt evenly by chance.

    Parameters
    ----------
    inputs
        The known samples.
    folds
        Folds of them.
    followed
        The endpoint of all.
    by
        Column that is held out by.
    seeds
        Of the dealing.
    """
    away = followed.cohort[followed.endpoint.censored]
    n, m = len(inputs.samples), away.n_obs
    names = np.array(away.obs_names, dtype=str)
    groups = names if inputs.group_column is None else _text(away, inputs.group_column)
    values = np.asarray(away.X.toarray() if hasattr(away.X, "toarray") else away.X)
    sources = None
    if inputs.sources is not None and inputs.source_column is not None:
        sources = np.concatenate([inputs.sources, _text(away, inputs.source_column)])
    whole = replace(
        inputs,
        X=np.concatenate([inputs.X, values.astype(inputs.X.dtype, copy=False)]),
        samples=np.concatenate([inputs.samples, names]),
        sheet=pd.concat([inputs.sheet, away.obs]),
        labels=np.concatenate([inputs.labels, np.full(m, "")]),
        codes=np.concatenate([inputs.codes, np.zeros(m, np.intp)]),
        groups=np.concatenate([inputs.groups, groups]),
        sources=sources,
    )
    order = np.concatenate([np.flatnonzero(followed.endpoint.known), followed.endpoint.censored])
    held = None if by is None else (_text_of(inputs.sheet, by), _text(away, by))
    return FollowUp(
        inputs=whole,
        folds=[
            fold._replace(test=np.concatenate([fold.test, n + more]))
            for fold, more in zip(folds, _dealt(inputs, folds, groups, held, seeds), strict=True)
        ],
        time=followed.endpoint.time[order],
        event=followed.endpoint.event[order],
        horizon=followed.endpoint.horizon,
    )


def _dealt(
    inputs: Inputs,
    folds: Sequence[Fold],
    groups: NDArray[np.str_],
    held: tuple[NDArray[np.str_], NDArray[np.str_]] | None,
    seeds: Seeds,
) -> list[NDArray[np.intp]]:
    """Positions of the censored samples that each fold tests."""
    found: list[NDArray[np.intp]] = [np.zeros(0, np.intp)] * len(folds)
    for repeat in sorted({fold.repeat for fold in folds}):
        own = [i for i, fold in enumerate(folds) if fold.repeat == repeat]
        place = dict.fromkeys(groups.tolist(), -1)
        for i in own:
            for group in inputs.groups[folds[i].test].tolist():
                if group in place:
                    place[group] = i
        free = [group for group, i in place.items() if i < 0]
        rng = seeds.numpy("censored", repeat)
        for i, position in enumerate(rng.permutation(len(free))):
            place[free[position]] = own[i % len(own)]
        of_sample = np.array([place[group] for group in groups.tolist()], dtype=np.intp)
        if held is not None:
            by_value = {held[0][folds[i].test[0]]: i for i in own}
            of_sample = np.array([by_value.get(value, own[0]) for value in held[1]], dtype=np.intp)
        for i in own:
            found[i] = np.flatnonzero(of_sample == i)
    return found


def _text(cohort: AnnData, column: str) -> NDArray[np.str_]:
    return _text_of(cohort.obs, column)


def _text_of(sheet: pd.DataFrame, column: str) -> NDArray[np.str_]:
    return np.array([str(value) for value in sheet[column].tolist()], dtype=str)
