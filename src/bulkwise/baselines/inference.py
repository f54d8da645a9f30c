"""The rivals of a model that infers target genes from landmarks, all in closed form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from sklearn.decomposition import PCA
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.models.inference.kernels import ExpressionInference
from bulkwise.models.inference.ridge import RidgeInference

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

__all__ = ["INFERENCE_BASELINES"]

_RBF = ("rbf-0.06", "rbf-0.12", "rbf-0.25", "rbf-0.5", "rbf-1")


def _mean() -> BaseEstimator:
    return DummyRegressor()


def _knn() -> BaseEstimator:
    return make_pipeline(StandardScaler(), KNeighborsRegressor(10, weights="distance"))


def _pca() -> BaseEstimator:
    return make_pipeline(StandardScaler(), PCA(0.9, svd_solver="full"), LinearRegression())


def _linear() -> BaseEstimator:
    return RidgeInference(penalties=1e-6)


def _ridge() -> BaseEstimator:
    return RidgeInference()


def _kernel() -> BaseEstimator:
    return ExpressionInference(kernels=("rbf-0.25",), combine="choose", correct=False)


def _kernel_by_gene() -> BaseEstimator:
    return ExpressionInference(kernels=("linear", *_RBF), combine="choose", correct=False)


INFERENCE_BASELINES: Mapping[str, Callable[[], BaseEstimator]] = MappingProxyType(
    {
        "mean": _mean,
        "knn": _knn,
        "pca": _pca,
        "linear": _linear,
        "ridge": _ridge,
        "kernel": _kernel,
        "kernel_by_gene": _kernel_by_gene,
    }
)
"""Name -> makes an unfitted estimator.

``mean``
    The training mean of each target.
``knn``
    The ten nearest training samples, nearer ones counting more.
``pca``
    Least squares on the principal components that hold 90 % of the landmarks' variance.
``linear``
    Least squares on the landmarks (a penalty of 1e-6 picks one of many solutions where there are
    fewer samples than landmarks).
``ridge``
    A penalty for each gene, chosen by leaving patients out.
``kernel``
    The same with one RBF kernel.
``kernel_by_gene``
    Kernel (linear, or RBF of five widths) and penalty for each gene, chosen by leaving patients
    out.
"""
