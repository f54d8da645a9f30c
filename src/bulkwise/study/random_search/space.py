"""What a search draws from, and one draw."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from bulkwise.errors import InputError
from bulkwise.networks.mlp import MLP
from bulkwise.randomness import Seeds
from bulkwise.training.base import Training

__all__ = [
    "SPACES",
    "Setting",
    "Space",
    "draw",
    "drawn_with",
    "network_and_training",
    "setting_of",
    "space_named",
]


@dataclass(frozen=True)
class Setting:
    """One setting that a search varies.

    Attributes
    ----------
    title
        In a figure, with its unit.
    draw_from
        ``"choice"`` (one of ``values``), ``"uniform"``, ``"log"`` (uniform in the logarithm),
        ``"whole"`` (an integer) or ``"whole log"`` (the logarithm's, rounded), the last four
        between the two ``values``.
    values
        Choices, or the two ends.
    """

    title: str
    draw_from: str
    values: tuple[Any, ...]

    @property
    def logarithmic(self) -> bool:
        """Whether it is drawn, and shown, on a logarithmic axis."""
        return self.draw_from.endswith("log")

    def drawn(self, rng: np.random.Generator) -> Any:
        """One value."""
        if self.draw_from == "choice":
            return self.values[int(rng.integers(len(self.values)))]
        low, high = self.values
        if self.draw_from == "uniform":
            return float(rng.uniform(low, high))
        if self.draw_from == "whole":
            return int(rng.integers(low, high, endpoint=True))
        value = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        return round(value) if self.draw_from == "whole log" else value


@dataclass(frozen=True)
class Space:
    """A search space.

    Attributes
    ----------
    settings
        Name -> setting.
    own_widths
        Whether each hidden layer draws its own width.
    epochs, patience
        Most epochs of a network, and when it stops early (``None``: never).
    halving
        Whether losers are dropped on the way.
    """

    settings: Mapping[str, Setting]
    own_widths: bool
    epochs: int
    patience: int | None
    halving: bool


_SHARED = {"batch_norm": Setting("Batch norm", "choice", (False, True))}

SPACES: Mapping[str, Space] = MappingProxyType(
    {
        "compact": Space(
            settings={
                "depth": Setting("Hidden layers", "choice", (1, 2, 3)),
                "width": Setting("Units of a layer", "whole log", (16, 128)),
                **_SHARED,
                "learning_rate": Setting("Learning rate", "log", (1e-3, 0.3)),
                "momentum": Setting("Momentum", "uniform", (0.5, 0.95)),
                "batch_size": Setting("Batch size (samples)", "choice", (32, 64, 128)),
                "dropout": Setting("Dropout (share of units)", "uniform", (0.0, 0.6)),
                "weight_decay": Setting("L2 penalty", "log", (1e-6, 1e-1)),
            },
            own_widths=True,
            epochs=20,
            patience=None,
            halving=True,
        ),
        "hanczar": Space(
            settings={
                "depth": Setting("Hidden layers", "choice", tuple(range(1, 21))),
                "width": Setting("Units of a layer", "whole log", (10, 512)),
                **_SHARED,
                "optimizer": Setting("Optimiser", "choice", ("sgd", "rmsprop", "adam")),
                "learning_rate": Setting("Learning rate", "log", (1e-6, 1.0)),
                "batch_size": Setting("Batch size (samples)", "choice", (16, 32, 64, 128, 256)),
                "dropout": Setting("Dropout (share of units)", "uniform", (0.0, 0.8)),
                "l1": Setting("L1 penalty", "choice", (0.0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)),
                "weight_decay": Setting("L2 penalty", "choice", (0.0, 1e-6, 1e-4, 1e-2)),
            },
            own_widths=False,
            epochs=100,
            patience=10,
            halving=False,
        ),
    }
)
"""Name -> search space.

``compact``
    Small networks trained by SGD with Nesterov's momentum, losers dropped on the way.
``hanczar``
    What Hanczar, Bourgeais and Zehraoui (2022) varied: depth 1 to 20 (residual beyond 10), one
    width, batch norm, three optimisers, learning rate, batch size, dropout, L1 and L2, early
    stopping. The ends of the ranges are ours. The optimisers and the L1 penalty work on the
    coordinates of the row space, where the networks are trained.
"""

_DEEP = 10  # beyond it, residual


def space_named(name: str) -> Space:
    """A space by its name, or an ``InputError``."""
    if name not in SPACES:
        raise InputError(f"There is no space {name!r}: expected one of {', '.join(SPACES)}.")
    return SPACES[name]


def draw(space: Space, seeds: Seeds, trial: int) -> dict[str, Any]:
    """The settings of a trial: the same for a seed, however many trials there are.

    Examples
    --------
    >>> drawn = draw(SPACES["compact"], Seeds(0), 3)
    >>> len(drawn["widths"]) == drawn["depth"]
    True
    """
    rng = seeds.numpy("trial", trial)
    return drawn_with(space, lambda _, setting: setting.drawn(rng))


def drawn_with(space: Space, ask: Callable[[str, Setting], Any]) -> dict[str, Any]:
    """The settings of a network from whoever gives one value at a time.

    Parameters
    ----------
    space
        What to draw from.
    ask
        From a setting and its name to a value. With widths of its own each layer from the second
        on asks for ``"width 2"``, ``"width 3"``, ...
    """
    drawn = {name: ask(name, setting) for name, setting in space.settings.items()}
    later = range(2, drawn["depth"] + 1)
    more = [
        ask(f"width {layer}", space.settings["width"]) if space.own_widths else drawn["width"]
        for layer in later
    ]
    drawn["widths"] = [drawn["width"], *more]
    drawn["width"] = round(float(np.exp(np.mean(np.log(drawn["widths"])))))
    return drawn


def setting_of(text: str) -> tuple[str, Setting]:
    """A setting and its name from words of the command line.

    Parameters
    ----------
    text
        ``name=a,b,c`` for a choice (each as JSON, or a word), ``name=low..high`` for anything
        between (integers if both are), ``name=low..high:log`` for the same in the logarithm.

    Raises
    ------
    InputError
        If it is none of these.

    Examples
    --------
    >>> setting_of("training__learning_rate=0.001..0.1:log")[1].draw_from
    'log'
    >>> setting_of("network__widths=[64],[128,64]")[1].values
    ([64], [128, 64])
    """
    name, equals, words = text.partition("=")
    name, words = name.strip(), words.strip()
    ends, _, scale = words.partition(":")
    low, dots, high = ends.partition("..")
    try:
        if not name or not equals or not words:
            raise ValueError
        if not dots:
            return name, Setting(name, "choice", _choices(words))
        values = json.loads(low), json.loads(high)
        whole = all(isinstance(value, int) for value in values)
        good = all(type(value) in (int, float) for value in values) and values[0] < values[1]
        if not good or scale not in ("", "log") or (scale and values[0] <= 0):
            raise ValueError
    except ValueError as error:
        raise InputError(
            f"Can't read the setting {text!r}: expected a choice, as name=16,32,64, or two ends, "
            "as name=0.1..0.5 or name=0.001..0.3:log (above 0)."
        ) from error
    kind = ("whole log" if scale else "whole") if whole else scale or "uniform"
    return name, Setting(name, kind, values)


def _choices(words: str) -> tuple[Any, ...]:
    try:
        return tuple(json.loads(f"[{words}]"))
    except ValueError:
        return tuple(word.strip() for word in words.split(","))


def network_and_training(
    drawn: Mapping[str, Any], *, epochs: int, patience: int | None
) -> tuple[MLP, Training]:
    """The settings objects of a draw."""
    network = MLP(
        widths=tuple(drawn["widths"]),
        dropout=drawn["dropout"],
        batch_norm=drawn["batch_norm"],
        residual=drawn["depth"] > _DEEP,
    )
    names = ("optimizer", "learning_rate", "momentum", "weight_decay", "l1", "batch_size")
    chosen = {name: drawn[name] for name in names if name in drawn}
    return network, Training(**chosen, epochs=epochs, patience=patience)
