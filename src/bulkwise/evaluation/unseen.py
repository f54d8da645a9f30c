"""Models that mustn't have seen who is tested: fitted parts are refused, frozen ones asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sklearn.frozen import FrozenEstimator

from bulkwise.bundle.record import seen_by
from bulkwise.checks.base import Finding, name_some
from bulkwise.errors import LeakageError

__all__ = ["refuse_fitted", "refuse_seen"]


def refuse_fitted(name: str, model: Any) -> list[Finding]:
    """Refuse a model any part of which is fitted already.

    Every part is fitted anew inside each training fold; one that arrives fitted was probably
    meant to be used as it is, and has seen test samples. A part that must stay as it is stands
    in ``sklearn.frozen.FrozenEstimator``.

    Returns
    -------
    list of Finding
        One warning for each frozen part that isn't out of a bundle: what it was fitted on can't
        be told from it. :func:`refuse_seen` asks the others.

    Raises
    ------
    LeakageError
        Names the part and its fitted attribute.
    """
    findings = []
    for path, part in _parts(model, name):
        if isinstance(part, FrozenEstimator):
            if seen_by(part.estimator, ()) is not None:
                continue
            findings.append(
                Finding(
                    "frozen-step",
                    "warning",
                    f"{path} is frozen and was not fitted anew in the folds; nothing in it says "
                    "which samples it has seen, so make sure that none of them is tested here.",
                    (path,),
                )
            )
            continue
        fitted = [key for key in vars(part) if key.endswith("_") and not key.startswith("_")]
        if fitted:
            raise LeakageError(
                f"{path} ({type(part).__name__}) is fitted already (it has {fitted[0]!r}), so it "
                "may have seen the test samples; expected an unfitted model, which is fitted anew "
                "in every training part: hand in sklearn.base.clone(model), or wrap the part in "
                "sklearn.frozen.FrozenEstimator if it must stay as it is."
            )
    return findings


def refuse_seen(
    models: Mapping[str, Any], samples: Iterable[object], patients: Iterable[object]
) -> list[Finding]:
    """Refuse a frozen part whose bundle was trained on somebody who is tested.

    Parameters
    ----------
    models
        Name -> model.
    samples, patients
        Names of those who are tested.

    Returns
    -------
    list of Finding
        One note for each frozen part of a bundle that knows none of them.

    Raises
    ------
    LeakageError
        Names the part and some of those it has seen.
    """
    findings = []
    for name, model in models.items():
        for path, part in _parts(model, name):
            if not isinstance(part, FrozenEstimator):
                continue
            for kind, names in (("patients", patients), ("samples", samples)):
                seen = seen_by(part.estimator, sorted({str(one) for one in names}), kind=kind)
                if seen:
                    raise LeakageError(
                        f"{path} is out of a bundle that was trained on {len(seen)} of the {kind} "
                        f"tested here ({name_some(seen)}), so its figures would be those of "
                        "samples that it knows; test other people, or train it without them."
                    )
            if seen_by(part.estimator, ()) is not None:
                findings.append(
                    Finding(
                        "frozen-step",
                        "note",
                        f"{path} is frozen and was not fitted anew in the folds; its bundle was "
                        "trained on none of the samples and patients that are tested here.",
                        (path,),
                    )
                )
    return findings


def _parts(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """An estimator and all that stand in its parameters, but nothing inside a frozen one."""
    if isinstance(value, list | tuple):
        for item in value:
            named = isinstance(item, tuple) and len(item) > 1 and isinstance(item[0], str)
            yield from _parts(item[1], f"{path}.{item[0]}") if named else _parts(item, path)
    elif hasattr(value, "get_params") and not isinstance(value, type):
        yield path, value
        if not isinstance(value, FrozenEstimator):
            for key, item in value.get_params(deep=False).items():
                inside = path if key in {"steps", "transformers", "estimators"} else f"{path}.{key}"
                yield from _parts(item, inside)
