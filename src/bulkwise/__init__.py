"""Deep learning on bulk gene expression that says when something simpler does as well."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_VERBS = {
    "read": "io.reader",
    "check": "checks.cohort",
    "evaluate": "evaluation.crossval",
    "compare": "evaluation.crossval",
    "save": "bundle",
    "load": "bundle",
    "predict": "prediction",
    "report": "reporting.page",
    "transfer": "study",
}
_ROOMS = (
    "baselines",
    "checks",
    "datasets",
    "evaluation",
    "explain",
    "io",
    "models",
    "networks",
    "preprocess",
    "recipes",
    "reporting",
    "reproduce",
    "split",
    "stats",
    "study",
    "training",
)

__all__ = ["__version__", *_VERBS, *_ROOMS]

if TYPE_CHECKING:
    from bulkwise.bundle import load as load
    from bulkwise.bundle import save as save
    from bulkwise.checks.cohort import check as check
    from bulkwise.evaluation.crossval import compare as compare
    from bulkwise.evaluation.crossval import evaluate as evaluate
    from bulkwise.io.reader import read as read
    from bulkwise.prediction.verb import predict as predict
    from bulkwise.reporting.page import report as report
    from bulkwise.study.transfer_matrix.verb import transfer as transfer


def __getattr__(name: str) -> Any:
    if name in _VERBS:
        value = getattr(import_module(f"bulkwise.{_VERBS[name]}"), name)
    elif name in _ROOMS:
        value = import_module(f"bulkwise.{name}")
    else:
        raise AttributeError(f"module 'bulkwise' has no attribute {name!r}")
    setattr(sys.modules[__name__], name, value)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
