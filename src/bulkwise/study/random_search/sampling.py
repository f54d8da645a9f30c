"""Who proposes the settings of the trials: chance, or Optuna from what came of earlier ones.

Optuna is asked for a round of trials at a time, which are then trained together. What it proposes
depends on the seed, on the number of the round and on the results of the rounds before: so a
search that was broken off goes on as if it hadn't been.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from bulkwise.errors import InputError, StudyError
from bulkwise.randomness import Seeds
from bulkwise.study.base import Unit
from bulkwise.study.random_search.space import Setting, Space, draw, drawn_with, space_named

__all__ = ["SAMPLERS", "Guide", "drawn_of", "proposals", "require_sampler", "units"]

SAMPLERS = ("random", "optuna")
"""Names of those who propose settings."""

_UNITS_OF_A_ROUND = 2  # one a processor of a small machine


def units(trials: int, size: int, what: str) -> tuple[Unit, ...]:
    """The trials in units of equal size."""
    return tuple(
        Unit(f"{what}-{first:06d}", {"first": first, "end": min(first + size, trials)})
        for first in range(0, trials, size)
    )


def space_of(asked: Mapping[str, Any]) -> Space:
    """What a search draws from: a space by its name, or settings that were spelt out."""
    if "space" in asked:
        return space_named(asked["space"])
    settings = {
        name: Setting(one["title"], one["draw_from"], tuple(one["values"]))
        for name, one in asked["vary"].items()
    }
    return Space(settings, own_widths=False, epochs=0, patience=None, halving=False)


def proposals(asked: Mapping[str, Any], unit: Mapping[str, Any]) -> Mapping[int, Mapping[str, Any]]:
    """Number of a trial -> its settings: what the unit was given, or else drawn at random."""
    trials = range(unit["first"], unit["end"])
    if "drawn" in unit:
        return dict(zip(trials, unit["drawn"], strict=True))
    seeds, space = Seeds(asked["seed"]), space_of(asked)
    if "space" in asked:
        return {trial: draw(space, seeds, trial) for trial in trials}
    return {trial: _each(space, _by_chance(seeds.numpy("trial", trial))) for trial in trials}


def _by_chance(rng: np.random.Generator) -> Callable[[str, Setting], Any]:
    return lambda _, setting: setting.drawn(rng)


def _each(space: Space, ask: Callable[[str, Setting], Any]) -> dict[str, Any]:
    return {name: ask(name, setting) for name, setting in space.settings.items()}


def drawn_of(results: Sequence[Any]) -> dict[int, Mapping[str, Any]]:
    """Number of a trial -> its settings, from the results of units: the last entry of a row."""
    return {row[0]: row[-1] for unit in results for row in unit}


def require_sampler(name: str) -> None:
    """Refuse a sampler that isn't known or isn't installed.

    Raises
    ------
    InputError
        If there is no sampler of this name.
    StudyError
        If its package isn't installed.
    """
    if name not in SAMPLERS:
        raise InputError(f"There is no sampler {name!r}: expected one of {', '.join(SAMPLERS)}.")
    if name == "optuna":
        _optuna()


@dataclass(frozen=True)
class Guide:
    """Optuna's tree-structured Parzen estimator in front of a search.

    Parameters
    ----------
    asked
        The plan's settings.
    score
        Column of a unit's rows to go by.
    higher
        Whether more of it is better.
    """

    asked: Mapping[str, Any]
    score: int
    higher: bool

    @property
    def size(self) -> int:
        """Units of a round."""
        return _UNITS_OF_A_ROUND

    def __call__(self, units: Sequence[Unit], results: Mapping[str, Any]) -> list[Unit]:
        """The units of a round with their settings, by the results of all earlier rounds."""
        optuna = _optuna()
        first = units[0].settings["first"]
        seed = Seeds(self.asked["seed"]).sklearn("optuna", first)
        study = optuna.create_study(
            direction="maximize" if self.higher else "minimize",
            sampler=optuna.samplers.TPESampler(seed=seed),
        )
        rows = [row for unit in results.values() for row in unit if row[0] < first]
        study.add_trials([self._known(optuna, row) for row in rows])
        return [
            Unit(unit.name, {**unit.settings, "drawn": self._asked_for(optuna, study, unit)})
            for unit in units
        ]

    def _asked_for(self, optuna: Any, study: Any, unit: Unit) -> list[dict[str, Any]]:
        space = space_of(self.asked)
        make = drawn_with if "space" in self.asked else _each
        drawn = []
        for _ in range(unit.settings["first"], unit.settings["end"]):
            trial = study.ask()
            taken = make(space, partial(_suggested, trial))
            drawn.append({**taken, _PARAMETERS: trial.params})
        return drawn

    def _known(self, optuna: Any, row: Sequence[Any]) -> Any:
        parameters = row[-1][_PARAMETERS]
        value, states, space = row[self.score], optuna.trial.TrialState, space_of(self.asked)
        return optuna.trial.create_trial(
            params=parameters,
            distributions={
                name: _distribution(optuna, space.settings[name.split(" ")[0]])
                for name in parameters
            },
            value=value,
            state=states.FAIL if value is None else states.COMPLETE,
        )


_PARAMETERS = "asked"  # what Optuna calls a trial's settings, beside them


def _suggested(trial: Any, name: str, setting: Setting) -> Any:
    """One value; a choice by its place, because Optuna takes plain words and numbers only."""
    if setting.draw_from == "choice":
        return setting.values[trial.suggest_categorical(name, range(len(setting.values)))]
    kind = trial.suggest_int if setting.draw_from.startswith("whole") else trial.suggest_float
    return kind(name, *setting.values, log=setting.logarithmic)


def _distribution(optuna: Any, setting: Setting) -> Any:
    made = optuna.distributions
    if setting.draw_from == "choice":
        return made.CategoricalDistribution(range(len(setting.values)))
    whole = setting.draw_from.startswith("whole")
    kind = made.IntDistribution if whole else made.FloatDistribution
    return kind(*setting.values, log=setting.logarithmic)


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise StudyError(
            "The sampler 'optuna' needs the package optuna; install it with `pip install "
            "'bulkwise[tune]'`, or use the sampler random."
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
