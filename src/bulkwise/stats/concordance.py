"""How alike two rankings of genes are.

References
----------
Irizarry RA, Warren D, Spencer F, et al. Multiple-laboratory comparison of microarray platforms.
Nature Methods 2, 345-350 (2005), for concordance at the top.

Bonett DG, Wright TA. Sample size requirements for estimating Pearson, Kendall and Spearman
correlations. Psychometrika 65, 23-28 (2000).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri
from scipy.stats import rankdata

from bulkwise.errors import GeneError
from bulkwise.stats.base import Floats

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RankConcordance", "rank_concordance"]


@dataclass(frozen=True)
class RankConcordance:
    """How alike two rankings of the same genes are.

    Parameters
    ----------
    genes
        Number of genes ranked in both.
    spearman, low, high
        Rank correlation and its interval.
    same_sign
        Share of genes whose statistics have the same sign.
    top
        A row a depth: ``depth``, ``shared`` (genes among the first ``depth`` by size in both, with
        the same sign), ``share``, ``low``, ``high`` (Wilson's interval), ``expected`` (share by
        chance).
    """

    genes: int
    spearman: float
    low: float
    high: float
    same_sign: float
    top: pd.DataFrame


def rank_concordance(
    first: Mapping[str, float],
    second: Mapping[str, float],
    *,
    depths: Sequence[int] | None = None,
    confidence: float = 0.95,
    resampled: ArrayLike | None = None,
) -> RankConcordance:
    """Compare two signed statistics over the genes that both have.

    Parameters
    ----------
    first, second
        Gene -> statistic (a mapping or a Series); genes with NaN in either are left out.
    depths
        Depths of the concordance at the top; by default up to half of the genes, doubling.
    confidence
        Level of the intervals.
    resampled
        Statistics of ``second`` computed again on resampled patients, resamples x genes in the
        order of ``second``: the interval of the correlation is then over patients. Without, it is
        over genes as if they were independent (Bonett and Wright), and since genes move together
        the truth is wider.

    Returns
    -------
    RankConcordance

    Raises
    ------
    GeneError
        If fewer than four genes are in both.
    """
    if not 0 < confidence < 1:
        raise ValueError(
            f"The 'confidence' must be a number between 0 and 1. Got {confidence!r} instead."
        )
    order = {str(gene): k for k, gene in enumerate(second.keys())}
    left = {str(gene): float(value) for gene, value in first.items()}
    right = np.array([float(value) for _, value in second.items()])
    common = [gene for gene in left if gene in order]
    common = [g for g in common if np.isfinite(left[g]) and np.isfinite(right[order[g]])]
    if len(common) < 4:
        raise GeneError(
            f"The rankings of {len(left):,} and {len(order):,} genes share {len(common)}; expected "
            "at least four with finite statistics; give both the same kind of gene ids."
        )
    columns = np.array([order[gene] for gene in common])
    a, b = np.array([left[gene] for gene in common]), right[columns]
    spearman = _spearman(a, b)
    z = float(ndtri(0.5 + confidence / 2))
    if resampled is None:
        spread = z * np.sqrt((1 + spearman**2 / 2) / (len(a) - 3))
        centre = np.arctanh(np.clip(spearman, -1 + 1e-15, 1 - 1e-15))
        low, high = np.tanh([centre - spread, centre + spread])
    else:
        again = [_spearman(a, row[columns]) for row in np.asarray(resampled, dtype=np.float64)]
        low, high = np.quantile(again, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return RankConcordance(
        len(a),
        spearman,
        float(low),
        float(high),
        float((np.sign(a) == np.sign(b)).mean()),
        _at_the_top(a, b, depths, z),
    )


def _spearman(a: Floats, b: Floats) -> float:
    ranks = [rankdata(values) for values in (a, b)]
    centred = [rank - rank.mean() for rank in ranks]
    size = np.sqrt(float(centred[0] @ centred[0]) * float(centred[1] @ centred[1]))
    return float(centred[0] @ centred[1]) / size if size > 0 else float("nan")


def _at_the_top(a: Floats, b: Floats, depths: Sequence[int] | None, z: float) -> pd.DataFrame:
    import pandas as pd

    n = len(a)
    if depths is None:
        most = max(n // 2, 1)
        depths = [d for k in range(16) if (d := 10 * 2**k) < most] + [most]
    places = [np.empty(n, dtype=np.intp) for _ in range(2)]
    for place, values in zip(places, (a, b), strict=True):
        place[np.argsort(-np.abs(values), kind="stable")] = np.arange(n)
    deepest = np.maximum(*places)
    same = np.sign(a) == np.sign(b)
    rows: list[dict[str, Any]] = []
    for depth in depths:
        if not 1 <= depth <= n:
            raise ValueError(f"The 'depths' must be integers from 1 to {n}. Got {depth!r} instead.")
        shared = int(((deepest < depth) & same).sum())
        share, weight = shared / depth, z**2 / depth
        middle = (share + weight / 2) / (1 + weight)
        half = z / (1 + weight) * np.sqrt(share * (1 - share) / depth + weight / (4 * depth))
        rows.append(
            {
                "depth": depth,
                "shared": shared,
                "share": share,
                "low": max(middle - half, 0.0),
                "high": min(middle + half, 1.0),
                "expected": depth / n / 2,
            }
        )
    return pd.DataFrame(rows)
