"""Translate samples of one condition into the other, person by person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from bulkwise.checks.base import Finding, name_some
from bulkwise.checks.labels import require_column
from bulkwise.errors import InputError, SampleError
from bulkwise.io.floor import with_floor
from bulkwise.models.translator.cohorts import conditions_of, require_same, translated
from bulkwise.models.translator.pairing import ONE_TISSUE, from_logs, open_samples, to_logs
from bulkwise.models.translator.way import Way, fit_way

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["ExpressionTranslator"]

_PARTS = ("X", "low", "high", "p_value")


class ExpressionTranslator(BaseEstimator):
    """What a sample would look like in the other condition: the mean there, and its own part.

    The prediction is the mean of the target condition in the sample's tissue, plus what is
    personal: for each gene a slope on the sample's own deviation, drawn to the mean of all genes,
    and kernels on the deviation as a whole, each weighed by its evidence, with "nothing can be
    foretold" among the hypotheses. Without pairs, or without a signal in them, it is the mean
    rule. Slopes and kernels are learned over all tissues together; means of small tissues are
    drawn to what the others let expect. Both directions are learned.

    Parameters
    ----------
    column
        The column of the sample sheet with the conditions.
    source, target
        The two conditions: a sample of ``source`` is translated into ``target`` and the other
        way round. Samples of a third condition are passed over.
    tissue
        The column of the tissue (or cancer); ``None`` takes all samples for one.
    pairs
        The column that names the patient: who has a sample of both conditions in one tissue is a
        pair. ``None``: nobody is.
    floor
        Values below it, and missing ones, are set to it, in the cohort's unit: zeros on a log
        scale without an offset. ``None``: missing values are refused.
    level
        Share of values that the interval of each gene is to hold.
    kernels
        Whether to learn kernels on the pairs beside the slopes. They keep deviations of training
        samples, which a bundle holds on request only; without them there are means and slopes.

    Attributes
    ----------
    genes_ : ndarray of str
        Names of the genes, in order.
    unit_ : str
        The unit of the training cohort and of what is predicted.
    tissues_ : ndarray of str
        Names of the tissues.
    forward_, backward_ : dict of str -> ndarray
        What was learned from source to target, and from target to source.
    findings_ : list of dict
        What was left out or done otherwise.

    Notes
    -----
    With s the sample, m and n the mean source and target profile of its tissue, d = s - m,

        prediction = n + b * d + sum_k w_k f_k(d)

    b by empirical Bayes over the genes; f_k kernel ridge regressions of the principal components
    of the pairs' target deviations on d (Gaussian kernels on all genes, on genes that are found
    again in the other condition, and on whitened principal components; over all tissues, within
    each, and half and half), with the contrasts within tissues as data, so that the means cost no
    degree of freedom twice; w_k their tempered marginal likelihoods. Everything is learned in the
    space of the pairs, so that the number of genes hardly matters. Values are log2 (amounts as
    log2(x + 1)). Intervals come from quantiles of residuals divided by a standard deviation of
    each gene in each tissue, drawn to that of all tissues.

    The fitted model holds the deviations of the training pairs: profiles of training samples.

    References
    ----------
    Rasmussen and Williams (2006), "Gaussian Processes for Machine Learning", chapters 2 and 5;
    Efron and Morris (1973), JASA 68, 117-130, for drawing many estimates to their mean.

    Examples
    --------
    >>> translator = ExpressionTranslator(tissue="cancer", pairs="patient")
    >>> predicted = translator.fit(training).predict(normals)  # doctest: +SKIP
    >>> predicted.layers["low"], predicted.layers["high"]  # doctest: +SKIP
    """

    _fitted: ClassVar[tuple[str, ...]] = (
        "genes_",
        "unit_",
        "tissues_",
        "forward_",
        "backward_",
        "findings_",
    )

    def __init__(
        self,
        *,
        column: str = "condition",
        source: str = "normal",
        target: str = "tumour",
        tissue: str | None = None,
        pairs: str | None = None,
        floor: float | None = None,
        level: float = 0.9,
        kernels: bool = True,
    ) -> None:
        self.column = column
        self.source = source
        self.target = target
        self.tissue = tissue
        self.pairs = pairs
        self.floor = floor
        self.level = level
        self.kernels = kernels

    def fit(self, cohort: AnnData) -> ExpressionTranslator:
        """Learn both directions.

        Parameters
        ----------
        cohort
            Samples x genes with ``.uns["unit"]`` and the named columns. Not changed.

        Raises
        ------
        SampleError
            If a column or condition isn't there, or no tissue has both conditions.
        """
        if not 0 < self.level < 1:
            raise InputError(
                f"The 'level' parameter must be a number between 0 and 1. Got {self.level!r}."
            )
        if self.floor is not None:
            cohort = with_floor(cohort, self.floor)
        samples = open_samples(
            cohort,
            column=self.column,
            source=self.source,
            target=self.target,
            tissue=self.tissue,
            pairs=self.pairs,
        )
        used = samples.source | samples.target
        names, codes = np.unique(samples.tissue, return_inverse=True)
        has = np.stack(
            [np.bincount(codes[mask], minlength=len(names)) > 0
             for mask in (samples.source, samples.target)]
        )  # fmt: skip
        if not has.all(axis=0).any():
            raise SampleError(
                f"No tissue has samples of both {self.source!r} and {self.target!r}, so what "
                "changes between them can't be told from what differs between tissues; add "
                "samples, or leave out the tissue column."
            )
        keep = np.unique(codes[used])
        codes = np.searchsorted(keep, codes).clip(0, len(keep) - 1)
        self.genes_ = np.array([str(gene) for gene in cohort.var_names], dtype=np.str_)
        self.unit_ = str(cohort.uns["unit"])
        self.tissues_ = names[keep]
        self.findings_ = [item.to_dict() for item in samples.findings]
        self.findings_ += [item.to_dict() for item in self._one_sided(names[keep], has[:, keep])]
        self.forward_ = fit_way(
            samples, codes, len(keep), self.level, kernels=self.kernels
        ).to_dict()
        self.backward_ = fit_way(
            samples.swapped(), codes, len(keep), self.level, kernels=self.kernels
        ).to_dict()
        return self

    @property
    def _holds_training_data(self) -> bool:
        """Whether profiles of training samples are kept: the kernels need them."""
        return self.kernels

    def predict(self, cohort: AnnData) -> AnnData:
        """Translate every sample into the condition that it doesn't have.

        Parameters
        ----------
        cohort
            Samples x genes, the training cohort's genes in its order, with the columns of the
            condition and the tissue. Not changed.

        Returns
        -------
        anndata.AnnData
            The same samples and genes in the same unit; ``layers["low"]`` and ``["high"]`` hold
            the interval of each value, ``layers["p_value"]`` the two-sided P of a value as far
            from the prediction as the sample's own (small: the gene moved); in the
            sample sheet the condition is the one translated to, and ``translated_from`` says
            which it was.

        Raises
        ------
        GeneError, UnitError
            If the genes or the unit aren't those of the training.
        SampleError
            If a column isn't there or a sample is of neither condition.
        """
        check_is_fitted(self, "forward_")
        require_same(self, cohort)
        conditions = conditions_of(self, cohort)
        codes = self.tissue_codes(cohort)
        logs = to_logs(self._values(cohort), self.unit_)
        parts = {name: np.empty(logs.shape) for name in _PARTS}
        for name, learned in ((self.source, self.forward_), (self.target, self.backward_)):
            own = conditions == name
            if not own.any():
                continue
            made = Way.from_dict(learned).predict(logs[own], codes[own])
            found = (made.values, made.low, made.high, made.p_value)
            for key, values in zip(_PARTS, found, strict=True):
                parts[key][own] = values
        p_value = parts.pop("p_value")
        result = translated(self, cohort, parts)
        result.layers["p_value"] = p_value.astype(np.float32)
        return result

    def usual(self, cohort: AnnData) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Mean of each sample's own condition in its tissue, samples x genes, in the unit.

        Of a tissue that training hasn't seen, or has no such samples of, the mean over tissues.
        """
        check_is_fitted(self, "forward_")
        conditions, codes = conditions_of(self, cohort), self.tissue_codes(cohort)
        means = np.empty((cohort.n_obs, len(self.genes_)))
        for name, learned in ((self.source, self.forward_), (self.target, self.backward_)):
            own = conditions == name
            table = np.vstack([learned["source_means"], learned["general_means"][0]])
            means[own] = table[codes[own]]
            means[own] = np.where(np.isnan(means[own]), learned["general_means"][0], means[own])
        return from_logs(means, self.unit_)

    def tissue_codes(self, cohort: AnnData) -> np.ndarray[Any, np.dtype[np.intp]]:
        """The number of each sample's tissue; -1 where training hasn't seen it."""
        place = {str(name): index for index, name in enumerate(self.tissues_)}
        if self.tissue is None:
            return np.full(cohort.n_obs, place[ONE_TISSUE], dtype=np.intp)
        named = require_column(cohort.obs, self.tissue, what="the tissue")
        return np.array([place.get(str(name).strip(), -1) for name in named], dtype=np.intp)

    def _values(self, cohort: AnnData) -> Any:
        if self.floor is None:
            return cohort.X
        values = np.array(cohort.X, dtype=np.float32)
        return np.where(np.isnan(values), self.floor, np.maximum(values, self.floor))

    def _one_sided(
        self, names: np.ndarray[Any, np.dtype[np.str_]], has: np.ndarray[Any, np.dtype[np.bool_]]
    ) -> list[Finding]:
        alone = [str(name) for name, both in zip(names, has.T, strict=True) if not both.all()]
        if not alone:
            return []
        return [
            Finding(
                "one-condition-only",
                "warning",
                f"{len(alone)} tissues have samples of one condition only ({name_some(alone)}); "
                "the mean of the other is what the other tissues let expect from theirs, and "
                "nobody can check it here.",
                tuple(alone),
            )
        ]
