"""The conductor of this room: which sections make a report, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bulkwise import __version__
from bulkwise.errors import InputError
from bulkwise.evaluation.multitask import MultitaskEvaluation
from bulkwise.evaluation.multitask.results import holds_several
from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting import overview
from bulkwise.reporting.base import Page, Section
from bulkwise.reporting.card import card, reproduce
from bulkwise.reporting.classes import classes
from bulkwise.reporting.controls import controls
from bulkwise.reporting.curves import calibration, curves
from bulkwise.reporting.history import history
from bulkwise.reporting.html import write
from bulkwise.reporting.multitask import compose as compose_several
from bulkwise.reporting.projection import projection
from bulkwise.reporting.scores import scores
from bulkwise.storage import PathLike

__all__ = ["compose", "report"]


def compose(result: Evaluation, *, sections: Sequence[Section] = ()) -> Page:
    """The pieces of an evaluation's report, before anything is drawn.

    Parameters
    ----------
    result
        What an evaluation found; nothing is computed anew.
    sections
        More sections, put after the results (what a simulation had planted, for example).
    """
    return Page(
        title=overview.title(result),
        question=overview.question(result),
        warnings=overview.warnings(result),
        answer=overview.answer(result),
        sections=(
            overview.data(result),
            scores(result),
            *sections,
            classes(result),
            curves(result),
            calibration(result),
            projection(result),
            history(result),
            controls(result),
            card(result),
            reproduce(result),
        ),
        version=__version__,
    )


def report(
    result: Evaluation | MultitaskEvaluation | PathLike,
    path: PathLike,
    *,
    sections: Sequence[Section] = (),
) -> Path:
    """Write the report of an evaluation as one HTML file that works offline.

    Parameters
    ----------
    result
        An :class:`~bulkwise.evaluation.Evaluation` (or a
        :class:`~bulkwise.evaluation.MultitaskEvaluation`), or a results folder that one was saved
        in.
    path
        The HTML file to write, whole or not at all; about 5 MB.
    sections
        More sections, put after the results.

    Returns
    -------
    pathlib.Path
        Where the report is.

    Raises
    ------
    InputError
        If the folder holds no results or the file can't be written.

    Examples
    --------
    >>> bw.report(result, "report.html")  # doctest: +SKIP
    """
    if not isinstance(result, Evaluation | MultitaskEvaluation):
        if not Path(result).is_dir():
            raise InputError(
                f"There is no results folder {str(result)!r}; expected an Evaluation or a folder "
                "that `bulkwise evaluate` wrote."
            )
        several = holds_several(result)
        result = MultitaskEvaluation.load(result) if several else Evaluation.load(result)
    if isinstance(result, MultitaskEvaluation):
        return write(compose_several(result, sections=sections), path)
    return write(compose(result, sections=sections), path)
