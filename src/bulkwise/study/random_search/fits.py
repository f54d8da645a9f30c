"""The unit of a search over an estimator's settings: a few fits, judged on the same patients."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bulkwise.checks.base import refuse, require_unit
from bulkwise.checks.samples import check_samples
from bulkwise.checks.values import check_finite, dense
from bulkwise.errors import BulkwiseError, GeneError, SampleError
from bulkwise.randomness import Seeds
from bulkwise.split import inner_holdout
from bulkwise.study.base import Array, Arrays
from bulkwise.study.random_search.estimators import built
from bulkwise.study.random_search.genes import Direct
from bulkwise.study.random_search.questions import Classify, Infer, Question, Translate
from bulkwise.study.random_search.sampling import proposals

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["FAILED", "FITTED", "Parts", "compute", "fitted"]

FITTED, FAILED = "fitted", "failed"
_HELD = 0.2  # of the search's patients, to choose by
_SHEET, _NOTES = "sheet ", "notes "  # before the name of a column, among the arrays
_DIGITS = 9
QUESTIONS: Mapping[str, type[Any]] = {one.task: one for one in (Classify, Infer, Translate, Direct)}
"""Task -> question."""


class Parts:
    """A cohort taken apart: who trains, who chooses, who is held out.

    Parameters
    ----------
    cohort, question, holdout, seeds
        As in :func:`search_settings`.

    Attributes
    ----------
    question
        With what was chosen by the samples of the search.
    search, outer
        Cohorts: all but those held out, and those.
    arrays
        What units share: the search's values, names, sheet, and who of it trains and who chooses.
    """

    def __init__(self, cohort: AnnData, question: Question, holdout: float, seeds: Seeds) -> None:
        self.name = str(cohort.uns.get("cohort", "cohort"))
        self.unit = require_unit(cohort.uns.get("unit"), where="the cohort")
        samples = [str(one) for one in cohort.obs_names]
        genes = [str(one) for one in cohort.var_names]
        refuse(check_samples(samples, where="the cohort"), SampleError)
        values = np.asarray(dense(cohort.X), dtype=np.float32)
        refuse(check_finite(values, genes, samples), GeneError)
        sheet, notes = question.columns(cohort), question.notes(cohort)
        whole = _cohort(values, (samples, sheet), (genes, notes), self.unit)
        codes, patients = question.strata(whole)
        inside, outside = inner_holdout(
            codes, patients, share=holdout, random_state=seeds.sklearn("holdout")
        )
        train, choose = inner_holdout(
            codes[inside], patients[inside], share=_HELD, random_state=seeds.sklearn("choose")
        )
        self.patients, self.shape = patients, values.shape
        self.search, self.outer = question.part(whole, inside), question.part(whole, outside)
        self.question = question.settled(self.search)
        self.sizes = {"n_train": len(train), "n_choose": len(choose), "n_held_out": len(outside)}
        self.patients_held_out = len(np.unique(patients[outside]))
        self.arrays: dict[str, Array] = {
            "X": np.asarray(self.search.X),
            "genes": np.array(self.search.var_names, dtype=str),
            "samples": np.array(self.search.obs_names, dtype=str),
            "train": train,
            "choose": choose,
            **{f"{_SHEET}{name}": self.search.obs[name].to_numpy(str) for name in sheet},
            **{f"{_NOTES}{name}": np.array(self.search.var[name].tolist()) for name in notes},
        }

    def facts(self) -> dict[str, Any]:
        """Of the cohort, as plain data."""
        return {
            "cohort": self.name,
            "n_samples": self.shape[0],
            "n_genes": self.shape[1],
            "who": self.question.who,
            "n_patients": len(np.unique(self.patients)),
            "patients_held_out": self.patients_held_out,
            **self.sizes,
        }


def _cohort(
    values: Array,
    samples: tuple[Any, Mapping[str, Array]],
    genes: tuple[Any, Mapping[str, Array]],
    unit: str,
) -> AnnData:
    """A cohort from values and, of samples and of genes, names and columns."""
    from anndata import AnnData

    names, sheet = samples
    obs = pd.DataFrame({name: list(map(str, one)) for name, one in sheet.items()}, index=names)
    called, notes = genes
    var = pd.DataFrame({name: one.tolist() for name, one in notes.items()}, index=called)
    made = AnnData(values, obs=obs, var=var)
    made.uns["unit"] = unit
    return made


def _columns(arrays: Arrays, mark: str) -> dict[str, Array]:
    """Columns that stand among the arrays with a mark before their names."""
    return {k.removeprefix(mark): np.array(v) for k, v in arrays.items() if k.startswith(mark)}


def compute(asked: Mapping[str, Any], unit: Mapping[str, Any], arrays: Arrays) -> Any:
    """Fit an estimator with each of a unit's settings; one row a trial.

    Returns
    -------
    list
        Of each trial: number, how it ended, its figures on the samples held back for the choice,
        seconds, the error in words, and what was drawn. Settings that can't be fitted have no
        figures.
    """
    question = _question(asked)
    genes, samples = (list(map(str, arrays[key])) for key in ("genes", "samples"))
    about = (samples, _columns(arrays, _SHEET)), (genes, _columns(arrays, _NOTES))
    whole = _cohort(np.array(arrays["X"]), *about, asked["unit"])
    train, choose = (question.part(whole, np.array(arrays[key])) for key in ("train", "choose"))
    rows = []
    for trial, drawn in proposals(asked, unit).items():
        begin, error = time.perf_counter(), ""
        values: dict[str, float] = {}
        try:
            model = fitted(asked, drawn, question, train)
            values = question.judge(model, train, choose).values()
        except MemoryError as fault:
            error = f"out of memory ({fault})"
        except (BulkwiseError, ArithmeticError, ValueError) as fault:
            error = f"{type(fault).__name__}: {fault}"
        found = [values.get(name, np.nan) for name in question.metrics]
        figures = [round(one, _DIGITS) if np.isfinite(one) else None for one in found]
        seconds = round(time.perf_counter() - begin, 3)
        ended = FAILED if error or None in figures else FITTED
        rows.append([trial, ended, *figures, seconds, error, dict(drawn)])
    return rows


def _question(asked: Mapping[str, Any]) -> Question:
    """The question of a plan."""
    plain = {k: tuple(v) if isinstance(v, list) else v for k, v in asked["question"].items()}
    question: Question = QUESTIONS[asked["task"]](**plain)
    return question


def fitted(
    asked: Mapping[str, Any], drawn: Mapping[str, Any], question: Question, cohort: AnnData
) -> Any:
    """An estimator with drawn settings, fitted with what comes before it."""
    settings = {name: drawn[name] for name in asked["vary"] if name in drawn}
    seed = Seeds(asked["seed"]).sklearn("fit")
    model = question.around(built(asked["estimator"], settings, seed), asked["unit"])
    return question.fit(model, cohort)
