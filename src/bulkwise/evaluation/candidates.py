"""Models as they were declared, taken apart: preprocessing steps and what learns from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline, make_pipeline

from bulkwise.baselines.classification import BASELINES, TRIES, available
from bulkwise.checks.base import Finding, were
from bulkwise.errors import InputError
from bulkwise.models.multitask import MultitaskClassifier
from bulkwise.preprocess import ExpressionFilter, for_unit
from bulkwise.randomness import Seeds

__all__ = [
    "Candidate",
    "asked_for",
    "declared",
    "described",
    "left_out",
    "line_up",
    "model_name",
    "taken_apart",
]


@dataclass(frozen=True)
class Candidate:
    """One model to judge; ``steps`` (or None) and ``final`` are unfitted and cloned before use.

    ``key`` is equal for equal declarations of ``steps``, which are then fitted once a fold.
    """

    name: str
    role: Literal["model", "baseline"]
    steps: Pipeline | None
    final: BaseEstimator
    key: str

    @property
    def description(self) -> str:
        """The estimator as declared, on one line."""
        return described(self.final)


def described(estimator: object) -> str:
    """An estimator's ``repr`` on one line; of a pipeline, its steps."""
    if isinstance(estimator, Pipeline):
        return ", ".join(described(step) for _, step in estimator.steps)
    return " ".join(repr(estimator).split())


def model_name(model: object) -> str:
    """What to call a model: its network's name, else its class's, in lower case."""
    final = model.steps[-1][1] if isinstance(model, Pipeline) else model
    if hasattr(final, "network"):
        default = "multitaskautoencoder" if isinstance(final, MultitaskClassifier) else "mlp"
        return default if final.network is None else type(final.network).__name__.lower()
    return type(final).__name__.lower()


def asked_for(
    models: Mapping[str, Any] | Sequence[str] | str,
    baselines: Sequence[str] | None,
    unit: str,
    *,
    usual: Sequence[str],
    random_state: int,
) -> tuple[dict[str, Any], list[str], list[Finding]]:
    """The models and baselines of a question, and those that can't be made here.

    Parameters
    ----------
    models
        Name -> model; or names of networks and rivals, or ``"all"``. The networks among the names
        are the models, the rivals their baselines; without a network the first rival is the model.
    baselines
        Names of rivals; by default those among ``models`` and the majority, or ``usual`` where
        ``models`` is a mapping.
    unit
        Of the values, for the preprocessing of models that are named.
    random_state
        Seed of the models that are named.

    Raises
    ------
    InputError
        If a name isn't known, or none of the rivals' packages is installed.
    """
    if isinstance(models, Mapping):
        own, rivals = dict(models), list(usual if baselines is None else baselines)
    else:
        own, rivals = {}, list(baselines or ())
        networks, named = _names(models)
        if baselines is None:
            rivals = list(dict.fromkeys(["majority", *named]))
        elif not networks:
            rivals = list(dict.fromkeys([*rivals, *named]))
        if not networks:
            first = next((name for name in available(named)[0]), None)
            if first is None:
                raise InputError(
                    f"None of {', '.join(named)} can be made here: {BASELINES[named[0]].install}."
                )
            steps = for_unit(unit, expressed=True)
            own[first] = make_pipeline(*steps, BASELINES[first](random_state))
            rivals.remove(first)
        own |= {name: _network(name, unit, random_state) for name in networks}
    known = [name for name in rivals if name in BASELINES]
    there, absent = available(known)
    findings = [
        Finding(
            "rival-not-installed",
            "warning",
            f"The rival {name!r} was left out, because its package isn't installed: {command}.",
            (name,),
        )
        for name, command in absent.items()
    ]
    return own, [name for name in rivals if name in there or name not in known], findings


def _names(models: Sequence[str] | str) -> tuple[list[str], list[str]]:
    """Networks and rivals among names."""
    from bulkwise.recipes import CLASSIFIERS

    names = [models] if isinstance(models, str) else list(models)
    if names == ["all"]:
        return [next(iter(CLASSIFIERS))], list(BASELINES)
    unknown = [name for name in names if name not in CLASSIFIERS and name not in BASELINES]
    if unknown or not names:
        raise InputError(
            f"The model {unknown[0] if unknown else ''!r} isn't known: expected all, or some of "
            f"{', '.join([*CLASSIFIERS, *BASELINES])}."
        )
    names = list(dict.fromkeys(names))
    return [n for n in names if n in CLASSIFIERS], [n for n in names if n not in CLASSIFIERS]


def _network(name: str, unit: str, random_state: int) -> Pipeline:
    from bulkwise.recipes import classifier

    return classifier(unit, network=name, random_state=random_state)


def line_up(
    models: Mapping[str, Any],
    baselines: Sequence[str],
    unit: str,
    seeds: Seeds,
    *,
    front_end: str = "own",
    tries: int = TRIES,
) -> list[Candidate]:
    """The user's models, then the baselines behind the first model's preprocessing.

    A first model without preprocessing steps leaves the baselines the unit's default ones.
    ``front_end`` and ``tries`` are the baselines' (see :class:`bulkwise.baselines.Rival`).

    Raises
    ------
    InputError
        If there is no model, a baseline isn't known, or a model is called like a baseline.
    """
    if not models:
        raise InputError("There is no model to compare: expected a mapping of name -> model.")
    unknown = [name for name in baselines if name not in BASELINES]
    if unknown:
        raise InputError(
            f"The baseline {unknown[0]!r} isn't known: expected some of {', '.join(BASELINES)}."
        )
    clash = [name for name in models if name in baselines]
    if clash:
        raise InputError(
            f"A model is called {clash[0]!r} like one of the baselines; give it another name "
            "(name=...), or leave that baseline out."
        )
    own = [taken_apart(name, "model", model, None, seeds) for name, model in models.items()]
    steps = (
        own[0].steps if own[0].steps is not None else make_pipeline(*for_unit(unit, expressed=True))
    )
    return own + [
        taken_apart(
            name,
            "baseline",
            BASELINES[name](seeds.sklearn(name), front_end=front_end, tries=tries),
            steps,
            seeds,
        )
        for name in baselines
    ]


def left_out(candidates: Sequence[Candidate], X: NDArray[Any], unit: str) -> list[Finding]:
    """Say how many genes the first model's preprocessing leaves out as hardly expressed.

    Parameters
    ----------
    candidates
        The models.
    X
        A training part, samples x genes.
    unit
        Of its values.
    """
    steps = candidates[0].steps
    first = None if steps is None else steps.steps[0][1]
    if not isinstance(first, ExpressionFilter):
        return []
    support = clone(first).fit(X).get_support()
    n = int((~support).sum())
    if not n:
        return []
    return [
        Finding(
            "hardly-expressed",
            "note",
            f"{n:,} of {len(support):,} genes {were(n)} left out in the first training part "
            f"(likewise in the others), because fewer than {first.share:.0%} of its samples pass "
            f"{first.level:g} ({unit}): standardised, their noise would weigh as much as any gene; "
            "declare your own preprocessing to keep them.",
        )
    ]


def declared(candidates: Sequence[Candidate]) -> dict[str, str]:
    """Names and preprocessing of the models, in words."""
    own = candidates[0].steps
    shared = next((c.steps for c in candidates if c.role == "baseline"), own)
    return {
        "name": " and ".join(c.name for c in candidates if c.role == "model"),
        "preprocessing": "none" if own is None else described(own),
        "baseline_preprocessing": "none" if shared is None else described(shared),
    }


def taken_apart(
    name: str, role: Literal["model", "baseline"], model: Any, steps: Pipeline | None, seeds: Seeds
) -> Candidate:
    """Split a model into preprocessing and final estimator, both cloned.

    Parameters
    ----------
    model
        A classifier, or a pipeline that ends in one.
    steps
        Preprocessing for a classifier that has none of its own (the baselines).
    seeds
        For ``random_state`` parameters that are None, so that a run can be repeated.

    Raises
    ------
    InputError
        If it isn't something that can be fitted and predict.
    """
    if isinstance(model, Pipeline) and len(model.steps) > 1:
        steps, final = Pipeline(model.steps[:-1]), model.steps[-1][1]
    else:
        final = model.steps[-1][1] if isinstance(model, Pipeline) else model
    if isinstance(final, type) or not all(hasattr(final, part) for part in ("fit", "predict")):
        raise InputError(
            f"The model {name!r} can't be judged: expected a classifier, or a pipeline that ends "
            f"in one, with fit and predict; got {final!r}."
        )
    steps = None if steps is None else _seeded(clone(steps), seeds.child(name, "steps"))
    return Candidate(
        name=name,
        role=role,
        steps=steps,
        final=_seeded(clone(final), seeds.child(name, "final")),
        key="" if steps is None else _signature(steps),
    )


def _seeded(estimator: Any, seeds: Seeds) -> Any:
    """Fill in every ``random_state`` that was left open."""
    open_ones = {
        key: seeds.sklearn(key)
        for key, value in sorted(estimator.get_params(deep=True).items())
        if value is None and (key == "random_state" or key.endswith("__random_state"))
    }
    return estimator.set_params(**open_ones) if open_ones else estimator


def _signature(value: Any) -> str:
    """Text that is equal for equal declarations."""
    if isinstance(value, BaseEstimator):
        inner: Mapping[str, Any] = value.get_params(deep=False)
        return f"{type(value).__qualname__}({_signature(dict(sorted(inner.items())))})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_signature(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_signature, value))}]"
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}{value.tolist()}"
    return repr(value)
