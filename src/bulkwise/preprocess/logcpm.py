"""Log2 counts per million, with TMM against the training reference on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from bulkwise.errors import SampleError
from bulkwise.preprocess.base import (
    Floats,
    GeneTransformer,
    Matrix,
    check_number,
    not_negative,
    validated,
)
from bulkwise.stats.normalization import (
    library_sizes,
    log_cpm,
    tmm_log_factors,
    tmm_reference,
)

if TYPE_CHECKING:
    from sklearn.utils import Tags

__all__ = ["LogCPM"]


_NEXT_TO_NOTHING = 1e-100  # the size of an empty library: its zeros keep the value of a zero


class LogCPM(GeneTransformer):
    """Log2 counts per million of raw (or expected, fractional) counts.

    ``log2(1e6 (y + p L / M) / (L + 2 p L / M))`` for a count ``y`` in a library of effective size
    ``L``: its total, times its TMM factor if asked for. ``M`` is the mean effective size of the
    training samples, fixed by ``fit``: a new sample's values depend on itself and the training
    samples only. On the training samples this equals ``edgeR::cpm(log = TRUE)``. A sample without
    any count has the value of a count of zero in every gene.

    Parameters
    ----------
    tmm
        Correct library sizes for composition by the trimmed mean of M-values. The reference
        sample and the centre of the factors are those of the training samples.
    prior
        Average count ``p`` added to each gene, above 0: more of it shrinks the log ratios of genes
        with few counts.

    Attributes
    ----------
    mean_size_
        Mean effective library size of the training samples.
    reference_
        Counts of the TMM reference sample, float64; None without TMM. It is one training
        sample's profile, so a model saved with it holds training data.
    reference_size_
        Library size of the reference sample; None without TMM.
    log_centre_
        Mean log2 TMM factor of the training samples; 0 without TMM.

    Raises
    ------
    ValueError
        From ``fit`` and ``transform``, if a count is below -0.001 (those from there to 0 are
        taken as 0), missing or infinite.
    SampleError
        From ``fit``, if no sample has any counts.
    """

    _fitted: ClassVar[tuple[str, ...]] = (
        "mean_size_",
        "reference_",
        "reference_size_",
        "log_centre_",
    )
    mean_size_: float
    reference_: Floats | None
    reference_size_: float | None
    log_centre_: float

    def __init__(self, *, tmm: bool = False, prior: float = 2.0) -> None:
        self.tmm = tmm
        self.prior = prior

    @property
    def _holds_training_data(self) -> bool:
        """Whether what is fitted holds the profile of a training sample."""
        return bool(self.tmm)

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the mean library size and, for TMM, the reference sample.

        Parameters
        ----------
        X
            Samples x genes, counts.
        y
            Not used.
        """
        self._learn(self._counts(X, "fit"))
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Matrix:
        """As ``fit`` and then ``transform``, with the training factors found once."""
        X = self._counts(X, "fit")
        return self._log(X, self._learn(X))

    def transform(self, X: Any) -> Matrix:
        """Take counts to log2 counts per million.

        Parameters
        ----------
        X
            Samples x genes, counts.

        Returns
        -------
        numpy.ndarray
            Samples x genes, in the floating type of ``X``.
        """
        check_is_fitted(self)
        X = self._counts(X, "transform")
        sizes = _sizes(X)
        return self._log(X, sizes * np.exp2(self._log_factors(X, sizes) - self.log_centre_))

    def _counts(self, X: Any, method: str) -> Matrix:
        check_number(self, "prior", self.prior, 0.0, np.inf)
        return not_negative(validated(self, X, reset=method == "fit"), f"LogCPM.{method}")

    def _log_factors(self, X: Matrix, sizes: Floats) -> Floats:
        if self.reference_ is None:
            return np.zeros(len(X))
        return tmm_log_factors(X, self.reference_, sizes=sizes, reference_size=self.reference_size_)

    def _learn(self, X: Matrix) -> Floats:
        """Set the fitted attributes; return the effective library sizes."""
        sizes = _sizes(X)
        if sizes.max() <= _NEXT_TO_NOTHING:
            raise SampleError(
                f"LogCPM got {len(X)} samples and none of them has any counts; check the matrix."
            )
        self.reference_, self.reference_size_ = None, None
        if self.tmm:
            chosen = tmm_reference(X, sizes=sizes)
            self.reference_ = X[chosen].astype(np.float64)
            self.reference_size_ = float(sizes[chosen])
        logs = self._log_factors(X, sizes)
        self.log_centre_ = float(logs.mean())
        sizes = sizes * np.exp2(logs - self.log_centre_)
        self.mean_size_ = float(sizes.mean())
        return sizes

    def _log(self, X: Matrix, sizes: Floats) -> Matrix:
        return log_cpm(X, sizes=sizes, prior=self.prior, mean_size=self.mean_size_, dtype=X.dtype)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags


def _sizes(X: Matrix) -> Floats:
    return np.maximum(library_sizes(X), _NEXT_TO_NOTHING)
