"""``search_settings``: a search over the settings of any estimator, one fit after the other."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise import bundle
from bulkwise.errors import InputError, StudyError
from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.corrected import bootstrap_difference
from bulkwise.evaluation.metrics import bootstrap_weights, estimate
from bulkwise.evaluation.runinfo import Stages, run_info
from bulkwise.randomness import Seeds
from bulkwise.storage import PathLike, hash_array
from bulkwise.study.base import Engine, Plan, code_hash, threads
from bulkwise.study.conductor import Carried, carry_out
from bulkwise.study.random_search.estimators import searchable, varied
from bulkwise.study.random_search.fits import FITTED, Parts, compute, fitted
from bulkwise.study.random_search.questions import Marks, Question
from bulkwise.study.random_search.results import Search, importance, table_of
from bulkwise.study.random_search.sampling import Guide, drawn_of, require_sampler, units
from bulkwise.study.random_search.space import Setting

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["search_settings"]

FITS_OF_A_UNIT = 4
BEST, START = "best settings", "settings it starts with"
_KEPT = 10
_SCORE = 2  # its place in a row of a unit: trial, how it ended, score


def search_settings(
    estimator: str,
    cohort: AnnData,
    *,
    question: Question,
    folder: PathLike,
    vary: Mapping[str, Setting] | None = None,
    trials: int = 40,
    sampler: str = "random",
    holdout: float = 0.2,
    engine: Engine | None = None,
    random_state: int = 0,
    command: Sequence[str] = (),
) -> Search:
    """Fit an estimator with many settings, and judge the best on new patients.

    A share of the patients is held out and takes no part. Of the others, four fifths train and
    the rest choose. The best settings are then fitted on all of these and judged once on those
    held out, beside the settings that the estimator starts with and a model that needs no search.

    Parameters
    ----------
    estimator
        A name in :data:`~bulkwise.study.random_search.ESTIMATORS`.
    cohort
        Samples x genes with the sample sheet in ``obs`` and ``uns["unit"]``. Not changed.
    question
        What it is asked: a ``Classify``, ``Infer`` or ``Translate``, as its task is.
    folder
        Where results go, while the search goes on and at its end. A search that was broken off
        goes on from there.
    vary
        Name of a parameter -> :class:`~bulkwise.study.random_search.Setting`, beside the
        estimator's own or in their place.
    trials
        How many settings.
    sampler
        ``"random"`` or ``"optuna"``.
    holdout
        Share of the patients that is held out, in (0, 1).
    engine, random_state, command
        As in :func:`~bulkwise.study.search`.

    Raises
    ------
    InputError
        If the estimator isn't known or answers another question, or an option is out of range.
    SampleError
        If a column or label is missing, or patients are too few to split.
    StudyError
        If the folder holds another search, or no settings could be fitted.
    """
    _check(estimator, question, trials, holdout)
    require_sampler(sampler)
    stages, seeds = Stages(), Seeds(random_state)
    settings = varied(estimator, vary or {})
    with stages("prepare"):
        parts = Parts(cohort, question, holdout, seeds)
        columns = [*parts.question.metrics, "seconds", "fault"]
        asked: dict[str, Any] = {
            "estimator": estimator,
            "task": question.task,
            "question": parts.question.settings(),
            "unit": parts.unit,
            "vary": {name: asdict(one) for name, one in settings.items()},
            "sampler": sampler,
            "seed": random_state,
        }
        plan = Plan(
            kind="search",
            settings=asked,
            data=hash_array(*parts.arrays.values()),
            seed=random_state,
            code=code_hash(),
            threads=1,
            units=units(trials, FITS_OF_A_UNIT, "settings"),
            command=tuple(command),
        )
    score, info = next(iter(question.metrics.items()))
    guide = Guide(asked, _SCORE, info.higher_is_better) if sampler == "optuna" else None
    with stages("fits"):
        carried = carry_out(
            plan, compute, parts.arrays, folder, engine=engine, description="fitting", guide=guide
        )
    results = list(carried.results.values())
    table = table_of(results, ("trial", "ended", *columns), list(settings))
    best, drawn = _ranked(table, score, higher=info.higher_is_better), drawn_of(results)
    with stages("judge"), threads(1):
        model, models, difference, p_value = _judged(parts, asked, drawn[best[0]], seeds)
    found = Search(
        asked={
            **parts.facts(),
            **asked,
            "trials": trials,
            "what": f"settings of {estimator}",
            "rival": question.rival,
            "score": score,
            "metrics": {key: astuple(one) for key, one in question.metrics.items()},
        },
        trials=table,
        best=tuple(best[:_KEPT]),
        importance=(),
        explained=float("nan"),
        models=models,
        difference=difference,
        p_value=p_value,
        verdict=(),
        findings=_findings(carried, table),
        run=_run(parts, stages, carried, command, random_state),
    )
    found.importance, found.explained = importance(
        table, found.settings, found.scores(), seeds.sklearn("forest")
    )
    found.verdict = _verdict(found)
    found.save(folder)
    bundle.save(model, Path(folder) / "best.zip", cohort=parts.search, **parts.question.saved_as())
    return found


def _check(estimator: str, question: Question, trials: int, holdout: float) -> None:
    task = searchable(estimator).task
    if question.task != task:
        raise InputError(f"{estimator} is for the task {task!r}, not {question.task!r}.")
    if trials < 1:
        raise InputError(f"The number of trials must be 1 or more. Got {trials!r} instead.")
    if not 0 < holdout < 1:
        raise InputError(f"The share held out must be in the range (0, 1). Got {holdout!r}.")


def _ranked(table: pd.DataFrame, score: str, *, higher: bool) -> list[int]:
    """Trials that could be fitted, the best first."""
    through = table[table["ended"] == FITTED]
    if through.empty:
        raise StudyError(
            f"None of {len(table)} settings could be fitted; the first: {table['fault'].iloc[0]}"
        )
    order = through.sort_values([score, "trial"], ascending=[not higher, True])
    return [int(trial) for trial in order["trial"]]


def _judged(
    parts: Parts, asked: Mapping[str, Any], drawn: Mapping[str, Any], seeds: Seeds
) -> tuple[Any, dict[str, dict[str, Estimate]], Estimate, float]:
    """The best model; figures of all on the patients held out; its difference to the rival."""
    question, search, outer = parts.question, parts.search, parts.outer
    best = fitted(asked, drawn, question, search)
    rival = question.opponent(parts.unit, seeds.sklearn(question.rival))
    models = {
        BEST: best,
        START: fitted(asked, {}, question, search),
        question.rival: question.fit(rival, search),
    }
    marks = {name: question.judge(model, search, outer) for name, model in models.items()}
    draws = {name: _drawn(one, seeds) for name, one in marks.items()}
    score, info = next(iter(question.metrics.items()))
    share = info.higher_is_better
    found = {
        name: {
            key: estimate(values, 1 / parts.patients_held_out if share else None)
            for key, values in one.items()
        }
        for name, one in draws.items()
    }
    gap = bootstrap_difference(draws[BEST][score], draws[question.rival][score])
    return best, found, *gap


def _drawn(marks: Marks, seeds: Seeds) -> dict[str, Any]:
    patients, place = np.unique(marks.groups, return_inverse=True)
    weights = bootstrap_weights(len(patients), seeds.numpy("bootstrap"))
    return marks.under(weights[:, place])


def _findings(carried: Carried, table: pd.DataFrame) -> tuple[dict[str, str], ...]:
    found = [
        {"level": "warning", "message": f"The unit {name} failed and its fits are missing: {error}"}
        for name, error in carried.failed.items()
    ]
    failed = table[table["ended"] != FITTED]
    if len(failed):
        message = f"{len(failed)} of {len(table)} settings couldn't be fitted, the first of them: "
        message += str(failed["fault"].iloc[0]) or "its predictions weren't numbers"
        found.append({"level": "note", "message": message})
    return tuple(found)


def _run(
    parts: Parts, stages: Stages, carried: Carried, command: Sequence[str], random_state: int
) -> dict[str, Any]:
    info = run_info(
        stages,
        X=parts.arrays["X"],
        samples=parts.arrays["samples"],
        genes=parts.arrays["genes"].tolist(),
        seed=random_state,
        command=shlex.join(["bulkwise", *command]) if command else None,
        seconds_of_fit={},
        reductions={},
    )
    return {
        **info,
        "seconds_computing": round(carried.seconds, 3),
        "resumed_units": carried.resumed,
    }


def _verdict(found: Search) -> tuple[str, ...]:
    asked, key = found.asked, found.asked["score"]
    title = found.score.title[0].lower() + found.score.title[1:]
    new = {name: model[key] for name, model in found.models.items()}
    chosen_by = found.trials.set_index("trial").loc[found.best[0], key]
    gap = found.difference
    clear = "a clear" if gap.low > 0 or gap.high < 0 else "no clear"
    held_out = f"{asked['patients_held_out']} {asked['who']}"
    sentences = [
        f"The best of {asked['trials']:,} settings of {asked['estimator']} reach {new[BEST]} "
        f"({title}) on {held_out} that took no part in the search and "
        f"were looked at once; the settings that it starts with reach {new[START]}.",
        f"On the {asked['n_choose']} others that they were chosen on, they had "
        f"{chosen_by:.3f}: the best of {asked['trials']:,} tries, so no estimate of anything.",
        f"Without a search, {asked['rival']} reaches {new[asked['rival']]}: a difference of "
        f"{gap.value:+.3f} [{gap.low:.3f}, {gap.high:.3f}], {clear} one.",
    ]
    if found.importance and found.explained > 0:
        first = found.settings[found.importance[0].setting].title
        sentences.append(
            f"What mattered most was: {(first[0].lower() + first[1:]).split(' (')[0]}. The "
            f"settings explain {found.explained:.0%} of the variation."
        )
    return tuple(sentences)
