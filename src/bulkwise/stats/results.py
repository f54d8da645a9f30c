"""What a comparison of two conditions leaves, for tables and figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.checks.base import Finding
from bulkwise.stats.base import Floats

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ContrastResult", "MeanVariance"]


@dataclass(frozen=True)
class MeanVariance:
    """The mean-variance trend, for a figure.

    Parameters
    ----------
    points
        A row a gene: mean, and square root of the residual standard deviation.
    curve
        The fitted trend (the prior, for limma), in the order of the mean.
    mean_label
        What the mean is, with its unit.
    """

    points: Floats
    curve: Floats
    mean_label: str


@dataclass(frozen=True)
class ContrastResult:
    """Everything that a comparison found, for tables and figures.

    Parameters
    ----------
    table
        ``gene``, ``log2_fold_change``, ``mean``, ``statistic``, ``p_value``,
        ``adjusted_p_value``, ``b``, in the cohort's order of genes.
    method
        The method that was used.
    column, first, second
        What was compared: positive fold changes are higher in ``first``.
    n_first, n_second
        Samples of each.
    design
        Samples x coefficients; None for rank tests.
    findings
        The design in words, and what to know about the data.
    mean_variance
        The trend; None for rank tests and PyDESeq2.
    top_values
        Log2 values of the most significant genes, samples x genes.
    conditions
        The condition of each sample of ``top_values``.
    numbers
        What was estimated on the way: prior degrees of freedom, correlation, sample weights.
    """

    table: pd.DataFrame
    method: str
    column: str
    first: str
    second: str
    n_first: int
    n_second: int
    design: pd.DataFrame | None
    findings: tuple[Finding, ...]
    mean_variance: MeanVariance | None
    top_values: pd.DataFrame
    conditions: tuple[str, ...]
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """``tumour against normal``, for figures."""
        return f"{self.first} against {self.second}"

    def discoveries(self, *, alpha: float = 0.05, fold_change: float = 1.0) -> pd.DataFrame:
        """Genes at a false discovery rate and, on wish, a least fold change (a ratio)."""
        table = self.table
        chosen = (table["adjusted_p_value"] <= alpha) & (
            table["log2_fold_change"].abs() >= np.log2(fold_change)
        )
        found: pd.DataFrame = table[chosen].sort_values("p_value", kind="stable")
        return found.reset_index(drop=True)

    def to_dict(self) -> dict[str, Any]:
        """What a JSON file should hold beside the table."""
        return {
            "method": self.method,
            "column": self.column,
            "first": self.first,
            "second": self.second,
            "n_first": self.n_first,
            "n_second": self.n_second,
            "genes": len(self.table),
            "coefficients": None if self.design is None else list(self.design.columns),
            "findings": [finding.to_dict() for finding in self.findings],
            **self.numbers,
        }
