"""Which sections make the report of a judgement of translators, and in which order."""

from __future__ import annotations

from pathlib import Path

from bulkwise import __version__
from bulkwise.evaluation.translation import TranslationResult
from bulkwise.reporting.base import (
    Block,
    Code,
    Facts,
    Notice,
    Page,
    Section,
    Text,
    count,
    interval,
    seconds,
)
from bulkwise.reporting.html import write
from bulkwise.reporting.translation import figures
from bulkwise.storage import PathLike

__all__ = ["compose", "report"]


def compose(result: TranslationResult) -> Page:
    """The pieces of the report, before anything is drawn."""
    asked = result.question
    grave = [Notice(f.level, f.message, f.items[:20]) for f in result.findings if f.level != "note"]
    return Page(
        title=f"Translating {asked.source} to {asked.target} in {asked.cohort}",
        question=_question(result),
        warnings=grave or (Notice("good", "The checks of samples and pairs raised no warning."),),
        answer=_answer(result),
        sections=(
            figures.scores(result),
            figures.patients(result),
            figures.tissues(result),
            figures.coverage(result),
            figures.genes(result),
            figures.purity(result),
            _made(result),
        ),
        version=__version__,
    )


def _question(result: TranslationResult) -> str:
    asked = result.question
    whom = (
        f"{count(asked.n_pairs)} patients who gave both"
        if asked.paired
        else f"{count(asked.n_samples)} samples, none of them pairs"
    )
    return (
        f"Given a patient's {asked.source} sample, what does the same patient's {asked.target} "
        f"sample look like? Judged by {whom}, {len(asked.tissues)} tissues, "
        f"{count(asked.n_genes)} genes ({asked.unit}, compared as log2); {asked.scheme}."
    )


def _answer(result: TranslationResult) -> list[Block]:
    sentences = [Text(text, strong=not place) for place, text in enumerate(result.verdict)]
    ours, best = next(iter(result.models)), result.best_rule
    keys = ("error", "personal_correlation", "coverage") if result.question.paired else ("energy",)
    cards = [
        (f"{result.metrics[key].title}, {name}", interval(one.value, one.low, one.high))
        for name in (ours, best)
        if name is not None
        for key in keys
        if (one := result.models[name].metrics[key]).value == one.value
    ]
    return [*sentences, Facts(tuple(cards), large=True)]


def _made(result: TranslationResult) -> Section:
    run = result.run
    blocks: list[Block] = [
        Notice("note", finding.message) for finding in result.findings if finding.level == "note"
    ]
    blocks.append(
        Facts(
            (
                *(
                    (f"Model: {model.name}", f"{model.description}; {seconds(model.seconds)}")
                    for model in result.models.values()
                    if model.role == "model"
                ),
                ("Seed", str(run.get("seed", ""))),
                ("Seconds in all", str(run.get("seconds_in_all", ""))),
                ("Data (SHA-256)", str(run.get("data_sha256", ""))),
            )
        )
    )
    if run.get("command"):
        blocks.append(Code("Command", str(run["command"])))
    return Section("How to reproduce", blocks)


def report(result: TranslationResult | PathLike, path: PathLike) -> Path:
    """Write the report as one HTML file that works offline.

    Parameters
    ----------
    result
        A result, or the folder of one.
    path
        The HTML file to write, whole or not at all.

    Raises
    ------
    InputError
        If the folder holds no such results or the file can't be written.
    """
    if not isinstance(result, TranslationResult):
        result = TranslationResult.load(result)
    return write(compose(result), path)
