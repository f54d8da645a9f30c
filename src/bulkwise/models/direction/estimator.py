"""Up, down or neutral from few samples, with practice in other cohorts.

The model looks at a gene as a statistician would: its change in moderated standard deviations,
robust and rank versions of it, the quantiles of each condition's samples, and, where the gene has
a name, what other cohorts say about it. A small network, trained on few samples drawn from large
cohorts against what those cohorts say as a whole, turns this into probabilities of down, neutral
and up in a cohort of a stated size. It exchanges up and down when the conditions are exchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from bulkwise.checks.base import Finding, require_unit
from bulkwise.checks.directions import check_directions
from bulkwise.errors import InputError
from bulkwise.models.base import Array
from bulkwise.models.direction.members import averaged, scales, train_members
from bulkwise.networks.swap import SwapMLP
from bulkwise.progress import say
from bulkwise.randomness import RandomState, Seeds
from bulkwise.stats.effects import CLASSES, GenePrior, adaptive_prior, direction_table
from bulkwise.stats.two_groups import Evidence, evidence
from bulkwise.training.base import Training
from bulkwise.training.contrasts import (
    Contrast,
    Practice,
    Verdict,
    family_of,
    inputs,
    open_contrast,
    practise,
    verdicts,
)

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["DirectionModel"]


class DirectionModel(BaseEstimator):
    """Probabilities of down, neutral and up from few samples a side, learned across cohorts.

    Parameters
    ----------
    network
        Settings of the network; ``None`` for ``SwapMLP()``.
    training
        Settings of its training; ``None`` for AdamW, batches of 1024, 5 epochs.
    draws
        Draws of few samples from each cohort.
    sizes
        Samples a side of a draw; a draw takes each in turn.
    alpha
        False discovery rate at which a cohort's verdict is up or down.
    members
        Networks that are averaged; each is calibrated on families it wasn't trained on.
    random_state
        Seed.

    Attributes
    ----------
    genes_ : ndarray of str
        Named genes with effects in some training cohort.
    effects_ : ndarray
        Genes x training cohorts, in standard deviations; NaN where a gene wasn't seen.
    cohorts_, families_ : list of str
        Of the training cohorts.
    unit_ : str
        Their unit.
    column_, contrast_ : str, list of str
        The column of the conditions, and the first and the second condition.
    references_ : list of float
        Smallest and largest size of reference in training.
    parameters_, calibration_, odd_scale_, even_center_, even_scale_
        The networks and how they see the numbers.
    """

    _fitted: ClassVar[tuple[str, ...]] = (
        "genes_",
        "effects_",
        "cohorts_",
        "families_",
        "unit_",
        "column_",
        "contrast_",
        "references_",
        "parameters_",
        "calibration_",
        "odd_scale_",
        "even_center_",
        "even_scale_",
    )

    def __init__(
        self,
        *,
        network: SwapMLP | None = None,
        training: Training | None = None,
        draws: int = 24,
        sizes: tuple[int, ...] = (2, 3, 5, 10),
        alpha: float = 0.01,
        members: int = 3,
        random_state: RandomState = None,
    ) -> None:
        self.network = network
        self.training = training
        self.draws = draws
        self.sizes = sizes
        self.alpha = alpha
        self.members = members
        self.random_state = random_state

    def fit(
        self,
        cohorts: AnnData | Sequence[AnnData],
        *,
        column: str = "condition",
        contrast: str | tuple[str, str] = "tumour:normal",
        families: Sequence[str] | None = None,
    ) -> DirectionModel:
        """Learn from few samples drawn from large cohorts.

        Parameters
        ----------
        cohorts
            Each samples x genes with ``.uns["unit"]``, all in one unit; ``.uns["cohort"]`` names
            them. Not changed.
        column, contrast
            The column of the conditions and ``"first:second"``, the same in all.
        families
            One a cohort: those of one family never teach each other's genes. By default near
            relatives of TCGA by name (:func:`family_of`).

        Raises
        ------
        SampleError, UnitError
            If a cohort lacks the column, a condition or two samples of it, or the unit.
        InputError
            If there is no cohort, or no gene goes up or down in any.
        """
        several: list[Any] = [cohorts] if hasattr(cohorts, "obs") else list(cohorts)
        if not several:
            raise InputError("There is no cohort to learn from; give one at least.")
        names = [str(one.uns.get("cohort", "")) or f"cohort {i}" for i, one in enumerate(several)]
        if families is not None and len(families) != len(several):
            raise InputError(f"Got {len(families)} families for {len(several)} cohorts.")
        groups = [family_of(name) for name in names] if families is None else list(families)
        opened = [
            open_contrast(one, column=column, contrast=contrast, name=name, family=group)[0]
            for one, name, group in zip(several, names, groups, strict=True)
        ]
        self.column_ = column
        return self.fit_contrasts(opened)

    def fit_contrasts(self, opened: Sequence[Contrast]) -> DirectionModel:
        """The same from opened cohorts (see :func:`open_contrast`)."""
        units = sorted({one.unit for one in opened})
        if len(units) != 1:
            raise InputError(f"The cohorts are in different units ({', '.join(units)}).")
        seeds = Seeds(self.random_state)
        self.column_ = getattr(self, "column_", "condition")
        self.contrast_ = list(opened[0].pair)
        self.unit_ = units[0]
        self.cohorts_ = [one.name for one in opened]
        self.families_ = [one.family for one in opened]
        said = [
            verdicts(one, self.alpha, seeds.numpy("verdicts", one.name, i))
            for i, one in enumerate(opened)
        ]
        self._learn_effects(opened, [verdict[0] for verdict in said])
        sizes = [verdict.reference for one in said for verdict in one]
        self.references_ = [float(min(sizes)), float(max(sizes))]
        rows = self._practise(opened, said, seeds)
        self._train(rows, seeds)
        return self

    def predict(
        self,
        cohort: AnnData,
        *,
        column: str = "condition",
        contrast: str | tuple[str, str] = "tumour:normal",
        reference: float = 50,
    ) -> pd.DataFrame:
        """Which way each gene goes, and how sure that is.

        Parameters
        ----------
        cohort
            Samples x genes in the unit of the training cohorts; two samples a side at least.
        column, contrast
            The column of the conditions and ``"first:second"``.
        reference
            Samples a side of the cohort in which "neutral" means not significant.

        Returns
        -------
        pandas.DataFrame
            ``gene``, ``predicted`` and the probabilities ``down``, ``neutral``, ``up``;
            ``.attrs["findings"]`` holds what there is to say.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        SampleError, UnitError, InputError
            If the cohort can't be compared, or is in another unit.
        """
        check_is_fitted(self)
        opened, findings = open_contrast(cohort, column=column, contrast=contrast)
        if require_unit(opened.unit) != self.unit_:
            raise InputError(
                f"The model was trained on {self.unit_!r} and the cohort is in {opened.unit!r}."
            )
        seen = evidence(opened.values, opened.unit, opened.first)
        prior = self.prior(opened, seen)
        findings += self.remarks(opened, seen, reference)
        table = direction_table(opened.genes, self.probabilities(seen, prior, reference))
        table.attrs["findings"] = [finding.to_dict() for finding in findings]
        return table

    def prior(
        self, contrast: Contrast, seen: Evidence, *, without: Sequence[str] = ()
    ) -> GenePrior:
        """What the training cohorts say about the genes of a contrast.

        Parameters
        ----------
        contrast, seen
            The contrast, and what its samples say. The training cohorts' conditions in the other
            order turn what they say round.
        without
            Families that have no say.
        """
        table, at = self._effects_of(contrast)
        table = table[:, np.array([family not in without for family in self.families_])]
        others = np.full((len(at), table.shape[1]), np.nan)
        others[at >= 0] = table[at[at >= 0]]
        return adaptive_prior(seen.effect, seen.noise, others, table)

    def _effects_of(self, contrast: Contrast) -> tuple[Array, Array]:
        """Effects in the training cohorts, turned as the contrast is, and each gene's row or -1."""
        place = {gene: i for i, gene in enumerate(self.genes_.tolist())}
        at = np.array(
            [
                place.get(gene, -1) if named else -1
                for gene, named in zip(contrast.genes.tolist(), contrast.named, strict=True)
            ]
        )
        turned = tuple(self.contrast_[::-1]) == contrast.pair
        return self.effects_ * (-1 if turned else 1), at

    def probabilities(self, seen: Evidence, prior: GenePrior, reference: float = 50) -> Array:
        """Probabilities of down, neutral and up, genes x 3, from what samples say and a prior."""
        check_is_fitted(self)
        if not 0 < reference < np.inf:
            raise InputError(f"The reference must be a number above 0. Got {reference!r} instead.")
        odd, even = inputs(seen, prior, reference)
        if (odd.shape[1], even.shape[1]) != (len(self.odd_scale_), len(self.even_scale_)):
            raise InputError(
                "The model was trained by another version of bulkwise, which told it other numbers "
                "of each gene; train it again with this version."
            )
        return averaged(
            odd, even, self._scales(), self._network(), self.parameters_, self.calibration_
        )

    def _learn_effects(self, opened: Sequence[Contrast], whole: Sequence[Verdict]) -> None:
        names = sorted({str(gene) for one in opened for gene in one.genes[one.named]})
        place = {gene: i for i, gene in enumerate(names)}
        self.genes_ = np.array(names, dtype=str)
        self.effects_ = np.full((len(names), len(opened)), np.nan)
        for j, (one, verdict) in enumerate(zip(opened, whole, strict=True)):
            at = [place[str(gene)] for gene in one.genes[one.named]]
            self.effects_[at, j] = verdict.effect[one.named]

    def _practise(
        self, opened: Sequence[Contrast], said: Sequence[Sequence[Verdict]], seeds: Seeds
    ) -> Practice:
        def prior(contrast: Contrast, seen: Evidence) -> GenePrior:
            return self.prior(contrast, seen, without=(contrast.family,))

        rows = practise(opened, said, prior, self.sizes, self.draws, seeds)
        found = np.unique(rows.label).tolist()
        if len(found) < 2:
            raise InputError(
                f"The training cohorts' genes are all {CLASSES[found[0]]}, so that there is "
                "nothing to tell apart; give cohorts with more samples, or whole matrices instead "
                "of a selection of genes."
            )
        if 1 not in found:
            say("No gene of the training cohorts is neutral, so that the model can't learn it.")
        return rows

    def _train(self, rows: Practice, seeds: Seeds) -> None:
        self.odd_scale_, self.even_center_, self.even_scale_ = scales(rows.odd, rows.even)
        self.parameters_, self.calibration_ = train_members(
            rows, self._scales(), self._network(), self._training(), self.members, seeds
        )

    def _scales(self) -> tuple[Array, Array, Array]:
        return self.odd_scale_, self.even_center_, self.even_scale_

    def _network(self) -> SwapMLP:
        return SwapMLP() if self.network is None else self.network

    def _training(self) -> Training:
        if self.training is not None:
            return self.training
        return Training(
            optimizer="adamw",
            learning_rate=3e-3,
            weight_decay=1e-3,
            batch_size=1024,
            epochs=5,
            patience=None,
        )

    def remarks(self, contrast: Contrast, seen: Evidence, reference: float) -> list[Finding]:
        """What somebody should know before believing the probabilities."""
        table, at = self._effects_of(contrast)
        usual = np.zeros(len(at))
        usual[at >= 0] = _mean(table)[at[at >= 0]]
        low, high = self.references_
        return check_directions(seen.t, usual, reference=reference, taught=(low, high))


def _mean(effects: Array) -> Array:
    seen = np.isfinite(effects)
    return np.asarray(np.where(seen, effects, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1))
