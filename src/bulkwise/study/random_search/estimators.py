"""Estimators that can be searched one by one, each with the settings that vary by default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from bulkwise.errors import InputError
from bulkwise.study.random_search.space import Setting

__all__ = ["ESTIMATORS", "Searchable", "built", "searchable", "varied"]


@dataclass(frozen=True)
class Searchable:
    """An estimator and what of it varies.

    Attributes
    ----------
    task
        What it is for, as in a bundle.
    start
        Makes it, with all its settings objects in place.
    settings
        Name of a parameter (``network__code``) -> setting.
    """

    task: str
    start: Callable[[], Any]
    settings: Mapping[str, Setting]


def _classifier() -> Any:
    from bulkwise.models import ExpressionClassifier
    from bulkwise.networks import MLP
    from bulkwise.training import Training

    return ExpressionClassifier(network=MLP(), training=Training(), device="cpu")


def _deepcme() -> Any:
    from bulkwise import recipes

    return recipes.deepcme("log2", published=False).steps[-1][1].set_params(device="cpu")


def _multitask() -> Any:
    from bulkwise.models import MultitaskClassifier
    from bulkwise.networks import MultitaskAutoencoder
    from bulkwise.training import Training

    return MultitaskClassifier(
        network=MultitaskAutoencoder(),
        training=Training(learning_rate=0.05, batch_size=64, epochs=40, patience=5),
        device="cpu",
    )


def _transferor() -> Any:
    from bulkwise.models import ExpressionTransferor
    from bulkwise.networks import Transferor
    from bulkwise.training import Training

    training = Training(learning_rate=0.002, epochs=150, patience=None, batch_size=64)
    return ExpressionTransferor(network=Transferor(), training=training, device="cpu")


def _dgex() -> Any:
    from bulkwise.models import NetworkInference
    from bulkwise.networks import MLP
    from bulkwise.training import Training

    return NetworkInference(
        network=MLP(widths=(1000,), activation="tanh", dropout=0.1, batch_norm=False),
        training=Training(learning_rate=0.03, epochs=80, weight_decay=1e-2),
        device="cpu",
    )


def _egex() -> Any:
    from bulkwise import recipes

    return recipes.inference("log2", method="egex").steps[-1][1].set_params(device="cpu")


def _degnext() -> Any:
    from bulkwise.models import GeneDirectionClassifier
    from bulkwise.networks import GeneCNN
    from bulkwise.training import Training

    training = Training(optimizer="adam", learning_rate=1e-4, epochs=50, patience=None)
    return GeneDirectionClassifier(network=GeneCNN(), training=training)


_RATE = Setting("Learning rate", "log", (0.003, 0.3))
_DECAY = Setting("L2 penalty", "log", (1e-6, 1e-1))
_BATCH = Setting("Batch size (samples)", "choice", (16, 32, 64, 128))
_DROPOUT = Setting("Dropout (share of units)", "uniform", (0.0, 0.6))

ESTIMATORS: Mapping[str, Searchable] = MappingProxyType(
    {
        "ExpressionClassifier": Searchable(
            "classify",
            _classifier,
            {
                "network__widths": Setting("Units", "choice", ([64], [128], [256], [128, 64])),
                "network__dropout": _DROPOUT,
                "network__batch_norm": Setting("Batch norm", "choice", (False, True)),
                "training__learning_rate": _RATE,
                "training__weight_decay": _DECAY,
                "training__batch_size": _BATCH,
            },
        ),
        "DeepCME": Searchable(
            "classify",
            _deepcme,
            {
                "network__widths": Setting(
                    "Units", "choice", ([32, 32, 32], [64, 64, 64], [128, 128, 128])
                ),
                "network__dropout": _DROPOUT,
                "training__l1": Setting("Penalty of the first layer", "log", (1e-4, 1.0)),
                "training__learning_rate": Setting("Learning rate", "log", (1e-4, 1e-2)),
                "training__batch_size": _BATCH,
            },
        ),
        "MultitaskClassifier": Searchable(
            "classify",
            _multitask,
            {
                "network__widths": Setting("Units", "choice", ([64], [128], [256], [256, 128])),
                "network__code": Setting("Units of the code", "whole log", (8, 64)),
                "network__dropout": _DROPOUT,
                "reconstruction": Setting("Weight of the reconstruction", "log", (0.01, 10.0)),
                "training__learning_rate": _RATE,
                "training__weight_decay": _DECAY,
                "training__batch_size": _BATCH,
            },
        ),
        "ExpressionTransferor": Searchable(
            "translate",
            _transferor,
            {
                "network__widths": Setting("Units", "choice", ([128], [256], [512])),
                "network__code": Setting("Units of the code", "whole log", (16, 128)),
                "weights": Setting(
                    "Weights of reconstruction, condition, tissue",
                    "choice",
                    ([0.001, 0.5, 0.5], [0.01, 0.5, 0.5], [0.1, 0.5, 0.5], [1.0, 0.5, 0.5]),
                ),
                "training__learning_rate": Setting("Learning rate", "log", (3e-4, 0.01)),
                "training__weight_decay": _DECAY,
                "training__epochs": Setting("Epochs", "choice", (75, 150, 300)),
            },
        ),
        "GeneDirectionClassifier": Searchable(
            "direction",
            _degnext,
            {
                "network__channels": Setting(
                    "Channels",
                    "choice",
                    ([8, 8, 16, 16, 32, 32, 64, 64], [4, 4, 8, 8, 16, 16, 32, 32]),
                ),
                "training__learning_rate": Setting("Learning rate", "log", (3e-5, 3e-3)),
                "training__batch_size": Setting("Batch size (genes)", "choice", (32, 128, 256)),
                "training__epochs": Setting("Epochs", "choice", (10, 25, 50)),
            },
        ),
        "NetworkInference": Searchable(
            "infer",
            _dgex,
            {
                "network__widths": Setting("Units", "choice", ([300], [1000], [300, 300])),
                "network__dropout": Setting("Dropout (share of units)", "uniform", (0.0, 0.4)),
                "network__activation": Setting("Activation", "choice", ("tanh", "relu")),
                "training__learning_rate": Setting("Learning rate", "log", (0.003, 0.1)),
                "training__weight_decay": Setting("L2 penalty", "log", (1e-4, 1e-1)),
                "training__epochs": Setting("Epochs", "choice", (40, 80)),
            },
        ),
        "EncodedTargets": Searchable(
            "infer",
            _egex,
            {
                "network__widths": Setting("Units", "choice", ([300], [1000])),
                "network__code": Setting("Units of the code", "whole log", (32, 512)),
                "network__dropout": Setting("Dropout (share of units)", "uniform", (0.0, 0.4)),
                "network__reconstruction": Setting(
                    "Weight of the reconstruction", "log", (0.05, 5.0)
                ),
                "training__learning_rate": Setting("Learning rate", "log", (5e-4, 0.02)),
                "training__weight_decay": Setting("L2 penalty", "log", (1e-4, 1e-1)),
            },
        ),
    }
)
"""Name -> estimator: of ``bulkwise.models``, or of the network in ``bulkwise.networks`` that makes
the difference."""


def searchable(name: str) -> Searchable:
    """An estimator by its name.

    Raises
    ------
    InputError
        If there is none.
    """
    if name not in ESTIMATORS:
        raise InputError(
            f"There is no estimator {name!r} to search: expected one of {', '.join(ESTIMATORS)}, "
            "or none of them for a search over networks."
        )
    return ESTIMATORS[name]


def varied(name: str, given: Mapping[str, Setting]) -> dict[str, Setting]:
    """What varies: the estimator's own settings, those given in their place or beside them.

    Raises
    ------
    InputError
        If the estimator has no parameter of a name.
    """
    known = searchable(name)
    parameters = known.start().get_params(deep=True)
    for one in given:
        if one not in parameters:
            near = [word for word in parameters if "__" in word or word in known.settings]
            raise InputError(
                f"{name} has no setting {one!r}: expected one of {', '.join(sorted(near))}."
            )
    titled = {
        key: replace(one, title=known.settings[key].title if key in known.settings else one.title)
        for key, one in given.items()
    }
    return {**known.settings, **titled}


def built(name: str, drawn: Mapping[str, Any], seed: int) -> Any:
    """The estimator with drawn settings; a list stands for a tuple, as JSON has none."""
    plain = {key: tuple(one) if isinstance(one, list) else one for key, one in drawn.items()}
    estimator = ESTIMATORS[name].start()
    return estimator.set_params(**plain, random_state=seed)
