"""Our own estimators, transformers and settings in a bundle: a closed list, the rooms' tables."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sklearn.base import BaseEstimator

from bulkwise.bundle.base import Arrays, Document, member, pack, unpack
from bulkwise.errors import BundleError

__all__ = ["holds_training_data", "is_ours", "pack_object", "unpack_object"]

_ROOMS = ("preprocess", "models", "networks", "training")


def is_ours(value: object) -> bool:
    """Whether a value is of a class that stands in the table of one of our rooms."""
    return _room(type(value)) is not None


def holds_training_data(value: object) -> bool:
    """Whether what is fitted holds the profile of a training sample."""
    return bool(getattr(value, "_holds_training_data", False))


def pack_object(value: Any, where: str, arrays: Arrays, *, fitted: bool = True) -> Document:
    """An estimator or settings by the name of the class, parameters and fitted attributes.

    Parameters
    ----------
    value
        Of one of our classes.
    where
        Its place in the bundle.
    arrays
        Filled with its arrays.
    fitted
        Whether the fitted attributes are wanted.

    Raises
    ------
    BundleError
        If it isn't ours, isn't fitted, or holds something that can't be stored.
    """
    room = _room(type(value))
    if room is None:
        raise BundleError(
            f"A bundle can't hold {where}, a {type(value).__module__}.{type(value).__qualname__}: "
            "expected an estimator, a transformer or settings of bulkwise there."
        )
    document: Document = {
        "kind": "object",
        "class": f"bulkwise.{room}.{type(value).__name__}",
        "params": {
            name: pack(param, f"{where}/{name}", arrays, _nested)
            for name, param in sorted(value.get_params(deep=False).items())
            if name not in getattr(type(value), "_not_saved", ())  # needed for fitting only
        },
    }
    names = getattr(type(value), "_fitted", ()) if fitted else ()
    absent = [name for name in names if not hasattr(value, name)]
    if absent:
        raise BundleError(
            f"Can't save {where} ({type(value).__name__}): it isn't fitted, it has no "
            f"{absent[0]!r}; fit the model first."
        )
    document["fitted"] = {
        name: pack(getattr(value, name), f"{where}/{name}", arrays, _nested) for name in names
    }
    return document


def unpack_object(document: Document, where: str, arrays: Arrays) -> Any:
    """The estimator or settings that :func:`pack_object` described.

    Raises
    ------
    BundleError
        If the class isn't in the closed list, or parameters or attributes aren't its own.
    """
    made_of = _class(member(document, "class", str, where), where)
    params = member(document, "params", dict, where)
    fitted = member(document, "fitted", dict, where)
    known = set(made_of._get_param_names())
    if not set(params) <= known:
        raise BundleError(
            f"Can't read {where} of the bundle: {made_of.__name__} has no parameter "
            f"{min(set(params) - known)!r} in this version of bulkwise."
        )
    expected = set(getattr(made_of, "_fitted", ()))
    later: dict[str, Any] = getattr(made_of, "_fitted_later", {})  # what older bundles lack
    if set(fitted) | set(later) != expected:
        odd = min(set(fitted) ^ expected)
        raise BundleError(
            f"Can't read {where} of the bundle: it holds another set of fitted attributes than "
            f"{made_of.__name__} has in this version of bulkwise ({odd!r} for one)."
        )
    estimator = made_of(
        **{name: unpack(item, f"{where}/{name}", arrays, _again) for name, item in params.items()}
    )
    for name in set(later) - set(fitted):
        setattr(estimator, name, later[name])
    for name, item in fitted.items():
        setattr(estimator, name, unpack(item, f"{where}/{name}", arrays, _again))
    return estimator


def _nested(value: Any, where: str, arrays: Arrays) -> Document:
    """Settings that stand in a parameter."""
    return pack_object(value, where, arrays)


def _again(document: Document, where: str, arrays: Arrays) -> Any:
    return unpack_object(document, where, arrays)


def _room(made_of: type) -> str | None:
    name = made_of.__module__.split(".")
    if len(name) < 3 or name[0] != "bulkwise" or name[1] not in _ROOMS:
        return None
    table = import_module(f"bulkwise.{name[1]}").TABLE
    listed = table.get(made_of.__name__) == name[2] and issubclass(made_of, BaseEstimator)
    return name[1] if listed else None


def _class(name: str, where: str) -> type[BaseEstimator]:
    parts = name.split(".")
    if len(parts) == 3 and parts[0] == "bulkwise" and parts[1] in _ROOMS:
        room = import_module(f"bulkwise.{parts[1]}")
        if parts[2] in room.TABLE:
            made_of = getattr(room, parts[2])
            if isinstance(made_of, type) and issubclass(made_of, BaseEstimator):
                return made_of
    raise BundleError(
        f"Can't read {where} of the bundle: {name!r} isn't one of the classes that this version "
        "of bulkwise puts into bundles."
    )
