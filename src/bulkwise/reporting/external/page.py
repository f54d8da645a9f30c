"""Which sections make the report of a validation, and in which order."""

from __future__ import annotations

from pathlib import Path

from bulkwise import __version__
from bulkwise.errors import InputError
from bulkwise.evaluation.base import METRICS
from bulkwise.evaluation.external.results import ExternalValidation
from bulkwise.reporting import overview
from bulkwise.reporting.base import Block, Facts, Page, Text, count, interval
from bulkwise.reporting.card import reproduce
from bulkwise.reporting.classes import classes
from bulkwise.reporting.curves import curves
from bulkwise.reporting.external.calibration import calibration
from bulkwise.reporting.external.cohorts import cohorts
from bulkwise.reporting.external.figures import scores, strata
from bulkwise.reporting.history import history
from bulkwise.reporting.html import write
from bulkwise.reporting.projection import projection
from bulkwise.storage import PathLike

__all__ = ["compose", "report"]


def compose(result: ExternalValidation) -> Page:
    """The pieces of a validation's report, before anything is drawn."""
    inner, external = result.evaluation, result.external
    return Page(
        title=f"Predicting {inner.question.target}: from {external.train.name} to "
        f"{external.test.name}",
        question=_question(result),
        warnings=overview.warnings(inner),
        answer=_answer(result),
        sections=(
            cohorts(result),
            scores(result),
            strata(result),
            calibration(result),
            curves(inner),
            classes(inner),
            projection(inner),
            history(inner),
            reproduce(inner),
        ),
        version=__version__,
    )


def _question(result: ExternalValidation) -> str:
    asked, external = result.evaluation.question, result.external
    return (
        f"Does a model trained on {count(sum(external.train.counts.values()))} samples of "
        f"{external.train.name} predict {asked.target} in {count(asked.n_samples)} samples of "
        f"{external.test.name}, which it has never seen, from {count(external.n_shared)} genes "
        f"that both have ({external.unit})?"
    )


def _answer(result: ExternalValidation) -> list[Block]:
    key = result.evaluation.question.metric
    sign = 1 if METRICS[key].higher_is_better else -1
    models = list(result.models.values())
    ours = [model for model in models if model.role == "model"]
    rivals = [model for model in models if model.role == "baseline"]
    best = max(rivals, key=lambda one: sign * one.metrics[key].value, default=None)
    cards = tuple(
        (
            f"{METRICS[key].title}, {one.name}",
            interval(one.metrics[key].value, one.metrics[key].low, one.metrics[key].high),
        )
        for one in [*ours[:3], *([best] if best is not None else [])]
    )
    sentences = [Text(text, strong=not place) for place, text in enumerate(result.verdict)]
    return [*sentences, Facts(cards, large=True)]


def report(result: ExternalValidation | PathLike, path: PathLike) -> Path:
    """Write the report of a validation as one HTML file that works offline.

    Parameters
    ----------
    result
        An :class:`~bulkwise.evaluation.external.ExternalValidation`, or the folder of one.
    path
        The HTML file to write, whole or not at all; about 5 MB.

    Raises
    ------
    InputError
        If the folder holds no such results or the file can't be written.
    """
    if not isinstance(result, ExternalValidation):
        if not Path(result).is_dir():
            raise InputError(
                f"There is no results folder {str(result)!r}; expected an ExternalValidation or a "
                "folder that `bulkwise validate` wrote."
            )
        result = ExternalValidation.load(result)
    return write(compose(result), path)
