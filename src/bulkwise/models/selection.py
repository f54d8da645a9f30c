"""Small panels of genes as steps of a pipeline, so that they are chosen inside each fold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, validate_data

from bulkwise.checks.base import name_some
from bulkwise.errors import FitError, SampleError
from bulkwise.preprocess.base import GeneSelection, check_choice, check_count, check_number, top
from bulkwise.randomness import Seeds
from bulkwise.split.halves import complementary_halves
from bulkwise.stats.forward import class_f, forward_order, ttest_order
from bulkwise.stats.lars import lasso_order
from bulkwise.stats.stability import false_bounds

if TYPE_CHECKING:
    from sklearn.utils import Tags

    from bulkwise.randomness import RandomState

__all__ = ["METHODS", "ORDERS", "RandomPanel", "StabilitySelection"]

Floats = NDArray[np.float64]

METHODS: dict[str, str] = {
    "forward": "forward selection by F, each gene for what it adds to any one chosen before",
    "lasso": "the first genes on the LASSO's path",
    "ttest": "the largest F (|t| for two classes), each gene by itself",
}
"""What picks genes in each half of the samples."""

ORDERS: dict[str, Callable[..., NDArray[np.int32]]] = {
    "forward": forward_order,
    "lasso": lasso_order,
    "ttest": ttest_order,
}

_PICKED = 1 / 3  # the square of how many genes a half picks, over the number of genes
_LEAST_THRESHOLD = 0.5


class StabilitySelection(GeneSelection):
    """Keep the genes that return most often when they are chosen in halves of the patients.

    The patients are split into two halves many times, class by class. In each half a simple
    method picks ``n_picked`` genes; a gene's frequency is the share of halves that picked it. Of
    more than two classes each is compared with the rest and picks its share of ``n_picked``.
    How many genes of a frequency or more are expected to be false is bounded (see
    :func:`bulkwise.stats.stability.false_bounds`); the default method, its settings and the
    default number of picked genes were chosen on simulated cohorts.

    Parameters
    ----------
    k
        How many genes to keep, the most frequent ones; of equals those with the largest F over
        all samples, taken from the classes in turn. ``None`` keeps the stable genes: as many as
        reach the threshold.
    method
        What picks genes in a half: ``"forward"``, ``"lasso"`` or ``"ttest"`` (:data:`METHODS`).
    n_pairs
        How many times the patients are split into halves.
    n_picked
        How many genes a half picks; ``None`` means ``sqrt(p / 3)`` of p genes, so that the bound
        is about the same for any number of genes.
    expected_false
        The threshold is the smallest frequency, at least one half, at which the bound on the
        expected number of false genes (under r-concavity) is no more than this.
    random_state
        Seed of the halves.

    Attributes
    ----------
    frequencies_ : ndarray of float64
        Share of the halves that picked each gene.
    class_frequencies_ : ndarray of float64, classes x p (one row for two classes)
        Share of the halves that picked each gene to tell that class from the rest.
    f_ : ndarray of float64
        F of each gene over all samples (squared t for two classes).
    order_ : ndarray of int
        Genes from the most to the least frequent.
    threshold_ : float
        The frequency from which on a gene is stable; 1 where no bound is low enough.
    n_picked_ : int
        How many genes a half could pick.
    expected_false_ : float
        The bound at the threshold.
    support_ : ndarray of bool
        The genes that are kept.

    References
    ----------
    Meinshausen N, Buehlmann P. Stability selection. J R Stat Soc B 72, 417 (2010). Shah RD,
    Samworth RJ. Variable selection with error control. J R Stat Soc B 75, 55 (2013).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["good", "poor"], 30)
    >>> X = rng.normal(size=(60, 1000))
    >>> X[y == "poor", :3] += 2
    >>> StabilitySelection(k=None).fit(X, y).get_support(indices=True)
    array([0, 1, 2])
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}

    _fitted: ClassVar[tuple[str, ...]] = (
        "support_",
        "frequencies_",
        "class_frequencies_",
        "f_",
        "order_",
        "threshold_",
        "n_picked_",
        "expected_false_",
    )
    frequencies_: Floats
    class_frequencies_: Floats
    f_: Floats

    def __init__(
        self,
        *,
        k: int | None = 20,
        method: str = "forward",
        n_pairs: int = 50,
        n_picked: int | None = None,
        expected_false: float = 0.5,
        random_state: RandomState = 0,
    ) -> None:
        self.k = k
        self.method = method
        self.n_pairs = n_pairs
        self.n_picked = n_picked
        self.expected_false = expected_false
        self.random_state = random_state

    def fit(self, X: Any, y: Any, *, groups: Any = None) -> StabilitySelection:
        """Choose genes in halves and count how often each returns.

        Parameters
        ----------
        X
            Samples x genes, on a scale where means make sense (logarithms).
        y
            Class of each sample.
        groups
            Patient of each sample, who is never split; each sample for itself without it.

        Raises
        ------
        SampleError
            If there is one class only, or a class has too few patients for two halves.
        FitError
            If ``k`` is None and no gene is stable.
        """
        self._check()
        X, y = validate_data(self, X, y, dtype=(np.float64, np.float32))
        check_classification_targets(y)
        check_consistent_length(X, groups)
        classes, codes = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise SampleError(
                "StabilitySelection compares classes and got 1 class, "
                f"{name_some(classes)}; it needs at least two."
            )
        halves = complementary_halves(
            y, groups, n_pairs=self.n_pairs, random_state=self.random_state
        )
        self._count(X, codes, halves)
        self._decide()
        return self

    @property
    def stable(self) -> NDArray[np.bool_]:
        """The genes whose frequency reaches the threshold."""
        reached: NDArray[np.bool_] = self.frequencies_ >= self.threshold_ - 1e-9
        return reached

    def _check(self) -> None:
        if self.k is not None:
            check_count(self, "k", self.k)
        if self.n_picked is not None:
            check_count(self, "n_picked", self.n_picked)
        check_choice(self, "method", self.method, tuple(METHODS))
        check_count(self, "n_pairs", self.n_pairs)
        check_number(self, "expected_false", self.expected_false, 0.0, np.inf)

    def _count(self, X: NDArray[Any], codes: NDArray[np.intp], halves: NDArray[np.bool_]) -> None:
        p, n_classes = X.shape[1], int(codes.max()) + 1
        against = [codes] if n_classes == 2 else [1 * (codes == k) for k in range(n_classes)]
        asked = self.n_picked or round(float(np.sqrt(_PICKED * p)))
        each = max(1, min(asked, p) // len(against))
        picked = np.zeros((len(halves), p), dtype=bool)
        self.class_frequencies_ = np.empty((len(against), p))
        for row, one in enumerate(against):
            found = ORDERS[self.method](X, one, halves, each) > 0
            self.class_frequencies_[row] = found.mean(axis=0)
            picked |= found
        self.n_picked_ = min(each * len(against), p)
        self.frequencies_ = picked.mean(axis=0)
        self.f_ = class_f(X, codes)
        by_class = self.f_[None] if n_classes == 2 else np.array([class_f(X, k) for k in against])
        self.order_ = _ordered(self.frequencies_, self.class_frequencies_, by_class)

    def _decide(self) -> None:
        p = len(self.frequencies_)
        bounds = false_bounds(p, self.n_picked_, self.n_pairs)
        least = int(np.ceil(2 * self.n_pairs * _LEAST_THRESHOLD))
        low = np.flatnonzero(bounds[least:] <= self.expected_false)
        place = least + int(low[0]) if len(low) else 2 * self.n_pairs
        self.threshold_ = place / (2 * self.n_pairs)
        self.expected_false_ = float(bounds[place])
        if self.k is not None:
            self.support_ = top(self.order_, self.k)
            return
        self.support_ = self.stable
        if not self.support_.any():
            raise FitError(
                f"No gene of {p} is stable: the most frequent was picked in "
                f"{self.frequencies_.max():.0%} of the halves, and {self.threshold_:.0%} were "
                f"needed to expect at most {self.expected_false_:.2g} false genes; there may be "
                "no signal that single genes carry, else allow more false genes "
                "(expected_false) or ask for a fixed number (k)."
            )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def _ordered(frequencies: Floats, by_class: Floats, f: Floats) -> NDArray[np.intp]:
    """Genes by frequency; of equals, the clearest of each class, then its second, and so on."""
    of = by_class.argmax(axis=0)
    best = f[of, np.arange(len(of))]
    order = np.lexsort((-best, -frequencies, of))
    place = np.empty(len(of), dtype=np.intp)
    starts = np.searchsorted(of[order], np.arange(len(by_class)))
    place[order] = np.arange(len(of)) - starts[of[order]]
    return np.lexsort((-best, place, -frequencies))


class RandomPanel(GeneSelection):
    """Keep ``k`` genes drawn at random: what any panel of that size is worth.

    Parameters
    ----------
    k
        How many genes to keep; all are kept when there are fewer.
    random_state
        Seed.

    Attributes
    ----------
    support_ : ndarray of bool
        The genes that are kept.

    References
    ----------
    Venet D, Dumont JE, Detours V. Most random gene expression signatures are significantly
    associated with breast cancer outcome. PLoS Comput Biol 7, e1002240 (2011).
    """

    def __init__(self, *, k: int = 20, random_state: RandomState = 0) -> None:
        self.k = k
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> RandomPanel:
        """Draw the genes.

        Parameters
        ----------
        X
            Samples x genes; only their number matters.
        y
            Not used.
        """
        check_count(self, "k", self.k)
        X = validate_data(self, X, dtype=(np.float64, np.float32))
        rng = Seeds(self.random_state).numpy("panel")
        self.support_ = top(rng.permutation(X.shape[1]), self.k)
        return self
