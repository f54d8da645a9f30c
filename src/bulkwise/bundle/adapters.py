"""The steps of scikit-learn (and XGBoost) that a bundle may hold, each written down by hand.

They are models that are coefficients: the public fitted attributes are stored, and put back on
an instance made from the parameters that differ from the defaults. What predicts by the
training samples themselves says so. Forests, trees and everything else can't be stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from bulkwise.bundle.base import Array, Arrays, Document, member, pack, unpack
from bulkwise.errors import BundleError

__all__ = ["ADAPTERS", "Adapter", "adapter_of", "pack_foreign", "unpack_foreign"]

_COEFFICIENTS = ("coef_", "intercept_", "classes_", "n_iter_")
_SCORES = ("f_classif", "f_regression", "chi2", "mutual_info_classif", "mutual_info_regression")


def _settle_discriminant(model: Any, _: dict[str, Any]) -> None:
    most = min(len(model.classes_) - 1, model.means_.shape[1])
    model._max_components = most if model.n_components is None else model.n_components


def _settle_ridge(model: Any, fitted: dict[str, Any]) -> None:
    from sklearn.preprocessing import LabelBinarizer

    model._label_binarizer = LabelBinarizer(neg_label=-1).fit(fitted["classes_"])
    if not hasattr(model, "classes_"):  # a property of the binarizer's before scikit-learn 1.9
        model.classes_ = fitted["classes_"]


def _settle_dummy(model: Any, fitted: dict[str, Any]) -> None:
    classes = fitted["classes_"]
    model.fit(np.zeros((len(classes), 1)), classes, sample_weight=fitted["class_prior_"])


def _settle_neighbors(model: Any, fitted: dict[str, Any]) -> None:
    model.fit(fitted["rows"], fitted["labels"])


def _settle_boosted(model: Any, fitted: dict[str, Any]) -> None:
    model.load_model(bytearray(fitted["json"].tobytes()))


def _neighbors_rows(model: Any) -> dict[str, Array]:
    if not isinstance(model._fit_X, np.ndarray) or np.ndim(model._y) != 1:
        raise BundleError(
            "A bundle can hold a KNeighborsClassifier of a dense matrix and one target only."
        )
    return {"rows": model._fit_X, "labels": model.classes_[model._y]}


def _boosted_json(model: Any) -> dict[str, Array]:
    raw = model.get_booster().save_raw("json")
    return {"json": np.frombuffer(bytes(raw), dtype=np.uint8)}


@dataclass(frozen=True)
class Adapter:
    """How one foreign class is taken apart and put together.

    Attributes
    ----------
    module
        Where the class is public.
    fitted
        Public fitted attributes; those in ``optional`` may be absent.
    collect
        Makes what is stored instead of ``fitted``, where attributes don't do.
    settle
        Finishes an instance that ``fitted`` has been put on, or rebuilds it from what
        ``collect`` made.
    withheld
        What of ``fitted`` isn't put on the instance as attributes, because ``settle`` uses it.
    functions
        Parameter -> names of functions of the module that it may be.
    holds_training_data
        Whether it is made of training samples.
    install
        The package to install where it may be absent.
    """

    module: str
    fitted: tuple[str, ...]
    optional: tuple[str, ...] = ()
    collect: Callable[[Any], dict[str, Array]] | None = None
    settle: Callable[[Any, dict[str, Any]], None] | None = None
    withheld: tuple[str, ...] = ()
    functions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    holds_training_data: bool = False
    install: str = "scikit-learn"


ADAPTERS: dict[str, Adapter] = {
    "StandardScaler": Adapter(
        "sklearn.preprocessing", ("mean_", "var_", "scale_", "n_samples_seen_")
    ),
    "PCA": Adapter(
        "sklearn.decomposition",
        (
            "components_",
            "explained_variance_",
            "explained_variance_ratio_",
            "mean_",
            "n_components_",
            "n_samples_",
            "noise_variance_",
            "singular_values_",
        ),
    ),
    "SelectKBest": Adapter(
        "sklearn.feature_selection",
        ("scores_", "pvalues_"),
        functions=(("score_func", _SCORES),),
    ),
    "LogisticRegression": Adapter("sklearn.linear_model", _COEFFICIENTS),
    "LinearSVC": Adapter("sklearn.svm", _COEFFICIENTS),
    "LinearDiscriminantAnalysis": Adapter(
        "sklearn.discriminant_analysis",
        ("coef_", "intercept_", "classes_", "means_", "priors_"),
        optional=("xbar_", "scalings_", "explained_variance_ratio_", "covariance_"),
        settle=_settle_discriminant,
    ),
    "GaussianNB": Adapter(
        "sklearn.naive_bayes",
        ("theta_", "var_", "class_prior_", "class_count_", "classes_", "epsilon_"),
    ),
    "Ridge": Adapter("sklearn.linear_model", ("coef_", "intercept_", "n_iter_", "solver_")),
    "RidgeClassifier": Adapter(
        "sklearn.linear_model",
        ("coef_", "intercept_", "n_iter_", "solver_", "classes_"),
        settle=_settle_ridge,
        withheld=("classes_",),
    ),
    "DummyClassifier": Adapter(
        "sklearn.dummy",
        ("class_prior_", "classes_"),
        settle=_settle_dummy,
        withheld=("class_prior_", "classes_"),
    ),
    "KNeighborsClassifier": Adapter(
        "sklearn.neighbors",
        ("rows", "labels"),
        collect=_neighbors_rows,
        settle=_settle_neighbors,
        withheld=("rows", "labels"),
        holds_training_data=True,
    ),
    "XGBClassifier": Adapter(
        "xgboost",
        ("json",),
        collect=_boosted_json,
        settle=_settle_boosted,
        withheld=("json",),
        install="xgboost-cpu",
    ),
}
"""Class name -> how it is stored."""


def adapter_of(value: object) -> Adapter | None:
    """The adapter of an instance of exactly one of these classes, else ``None``."""
    adapter = ADAPTERS.get(type(value).__name__)
    if adapter is None or type(value).__module__.split(".")[0] != adapter.module.split(".")[0]:
        return None
    return adapter


def pack_foreign(value: Any, where: str, arrays: Arrays, *, fitted: bool = True) -> Document:
    """A step of scikit-learn by its name, parameters that aren't the default, and attributes.

    Raises
    ------
    BundleError
        If it isn't fitted, or a parameter can't be stored.
    """
    adapter = ADAPTERS[type(value).__name__]
    document: Document = {
        "kind": "object",
        "class": f"{adapter.module}.{type(value).__name__}",
        "params": _pack_params(value, adapter, where, arrays),
        "fitted": {},
    }
    if not fitted:
        return document
    try:
        found = _collect(value, adapter)
    except AttributeError as error:
        raise BundleError(
            f"Can't save {where} ({type(value).__name__}): it isn't fitted ({error}); fit the "
            "model first."
        ) from error
    document["fitted"] = {
        name: pack(item, f"{where}/{name}", arrays, _refused) for name, item in found.items()
    }
    return document


def unpack_foreign(document: Document, where: str, arrays: Arrays) -> Any:
    """The step that :func:`pack_foreign` described.

    Raises
    ------
    BundleError
        If the class isn't in the closed list or isn't installed, or its parts don't fit it.
    """
    module, _, name = member(document, "class", str, where).rpartition(".")
    adapter = ADAPTERS.get(name)
    if adapter is None or adapter.module != module:
        raise BundleError(
            f"Can't read {where} of the bundle: {module}.{name} isn't one of the classes that "
            "this version of bulkwise puts into bundles."
        )
    try:
        made_of = getattr(import_module(adapter.module), name)
    except ImportError as error:
        raise BundleError(
            f"Can't read {where} of the bundle: it needs {adapter.module}, which isn't "
            f"installed; pip install {adapter.install}."
        ) from error
    params = {
        key: unpack(item, f"{where}/{key}", arrays, _refused)
        for key, item in member(document, "params", dict, where).items()
    }
    fitted = {
        key: unpack(item, f"{where}/{key}", arrays, _refused)
        for key, item in member(document, "fitted", dict, where).items()
    }
    return _build(made_of, adapter, params, fitted, where)


def _build(
    made_of: Any, adapter: Adapter, params: dict[str, Any], fitted: dict[str, Any], where: str
) -> Any:
    odd = set(params) - set(_defaults(made_of))
    if odd or set(fitted) - set(adapter.optional) != set(adapter.fitted):
        raise BundleError(
            f"Can't read {where} of the bundle: it has other parameters or attributes than a "
            f"{made_of.__name__} of the installed {adapter.module.split('.')[0]} has."
        )
    for key, names in adapter.functions:
        if key in params:
            if params[key] not in names:
                raise BundleError(
                    f"Can't read {where} of the bundle: {params[key]!r} isn't known as {key}."
                )
            params[key] = getattr(import_module(adapter.module), params[key])
    model = made_of(**params)
    for key in set(fitted) - set(adapter.withheld):
        setattr(model, key, fitted[key])
    if adapter.settle is not None:
        adapter.settle(model, fitted)
    return model


def _collect(value: Any, adapter: Adapter) -> dict[str, Any]:
    if adapter.collect is not None:
        return dict(adapter.collect(value))
    found = {name: getattr(value, name) for name in adapter.fitted}
    return found | {name: getattr(value, name) for name in adapter.optional if hasattr(value, name)}


def _defaults(made_of: Any) -> dict[str, Any]:
    params: dict[str, Any] = made_of().get_params(deep=False)
    return params


def _pack_params(value: Any, adapter: Adapter, where: str, arrays: Arrays) -> Document:
    packed: Document = {}
    defaults = _defaults(type(value))
    functions = dict(adapter.functions)
    for name, param in sorted(value.get_params(deep=False).items()):
        default = defaults.get(name)
        if param is default or repr(param) == repr(default):
            continue
        if name in functions and getattr(param, "__name__", None) in functions[name]:
            packed[name] = param.__name__
        else:
            packed[name] = pack(param, f"{where}/{name}", arrays, _refused)
    return packed


def _refused(_: Any, where: str, __: Arrays) -> Any:
    raise BundleError(f"A bundle can't hold an estimator inside of {where}.")
