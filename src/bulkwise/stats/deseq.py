"""PyDESeq2 behind the same call: negative binomial models of counts (an optional extra).

References
----------
Muzellec B, Telenczuk M, Cabeli V, Andreux M. PyDESeq2: a python package for bulk RNA-seq
differential expression analysis. Bioinformatics 39, btad547 (2023).

Love MI, Huber W, Anders S. Moderated estimation of fold change and dispersion for RNA-seq data
with DESeq2. Genome Biology 15, 550 (2014).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.errors import InputError
from bulkwise.stats.base import as_expression

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["negative_binomial"]


def negative_binomial(
    counts: Any, design: Any, tested: str, *, samples: Sequence[str] | None = None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Wald tests of one coefficient, by PyDESeq2.

    Parameters
    ----------
    counts
        Samples x genes; expected counts are rounded.
    design
        Samples x coefficients, a DataFrame with names.
    tested
        The coefficient to test.
    samples
        Names of the samples.

    Returns
    -------
    table : pandas.DataFrame
        The columns of ``top_table``; ``mean`` is log2 of the normalised mean count plus one,
        ``statistic`` Wald's, ``adjusted_p_value`` after DESeq2's independent filtering (NaN for
        genes that it sets aside), ``b`` NaN.
    warned : tuple of str
        What PyDESeq2 warned of.

    Raises
    ------
    InputError
        If PyDESeq2 isn't installed.
    """
    try:
        from pydeseq2.dds import DeseqDataSet
        from pydeseq2.ds import DeseqStats
    except ImportError as error:
        raise InputError(
            f"The method 'pydeseq2' needs the package PyDESeq2, which isn't installed ({error}); "
            "install bulkwise[counts], or choose the method 'voom'."
        ) from error
    import pandas as pd

    values, genes = as_expression(counts)
    names = (
        [str(s) for s in samples] if samples is not None else [str(i) for i in range(len(values))]
    )
    whole = np.rint(values.astype(np.float64)).astype(np.int64)
    matrix = pd.DataFrame(np.asarray(design, dtype=np.float64), index=names, columns=design.columns)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = DeseqDataSet(
            counts=pd.DataFrame(whole, index=names, columns=list(genes)),
            metadata=pd.DataFrame(index=names),
            design=matrix,
            quiet=True,
        )
        data.deseq2()
        weights = (matrix.columns == tested).astype(np.float64)
        tests = DeseqStats(data, contrast=weights, quiet=True)
        tests.summary()
    warned = dict.fromkeys(
        str(item.message) for item in caught if issubclass(item.category, UserWarning)
    )
    result = tests.results_df.loc[list(genes)]
    table = pd.DataFrame(
        {
            "gene": list(genes),
            "log2_fold_change": result["log2FoldChange"].to_numpy(float),
            "mean": np.log2(result["baseMean"].to_numpy(float) + 1),
            "statistic": result["stat"].to_numpy(float),
            "p_value": result["pvalue"].to_numpy(float),
            "adjusted_p_value": result["padj"].to_numpy(float),
            "b": np.nan,
        }
    )
    return table, tuple(warned)
