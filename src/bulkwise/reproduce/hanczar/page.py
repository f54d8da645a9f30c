"""The page of the reproduction: claims first, then the paper's figures in its order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bulkwise import __version__
from bulkwise.reporting.base import (
    Block,
    Facts,
    Notice,
    Page,
    Section,
    Table,
    Text,
    count,
    decimal,
    p_value,
    seconds,
    stacked,
)
from bulkwise.reporting.study.curve import compose as compose_curve
from bulkwise.reporting.study.impact import impact, importance
from bulkwise.reporting.study.transfer import compose as compose_transfer
from bulkwise.reproduce.base import differences
from bulkwise.reproduce.hanczar.claims import Claim
from bulkwise.reproduce.hanczar.paper import DIFFERENCES, PRINTED, UNANSWERED
from bulkwise.study import Curve, Search, Transfer

__all__ = ["compose", "text_table"]

_SHOWN = 3  # sections of a transfer: matrix, curves, frozen layers


def compose(
    searches: Mapping[str, Search],
    curves: Mapping[str, Curve],
    transfers: Mapping[str, Transfer],
    claims: Sequence[Claim],
    run: Mapping[str, Any],
) -> Page:
    """The report, before anything is drawn."""
    said = Counter(one.answer for one in claims)
    words = ", ".join(f"{n} {answer}" for answer, n in said.items())
    sections = [_claims(claims), Section("Differences", [differences(DIFFERENCES)])]
    for task, found in searches.items():
        matters = importance(found)
        sections.append(replace(matters, title=f"Figure 2: what mattered. {task}"))
        own = impact(found)
        sections.append(replace(own, title=f"Figure 2: what each setting did. {task}"))
    sections.append(_comparison(curves, searches))
    for task, grown in curves.items():
        shown = compose_curve(grown).sections
        sections.append(replace(shown[0], title=f"Figure 3: accuracy against samples. {task}"))
        sections.append(replace(shown[1], title=f"Against the network. {task}"))
    for title, moved in transfers.items():
        for section in compose_transfer(moved).sections[:_SHOWN]:
            sections.append(replace(section, title=f"{title}: {section.title.lower()}"))
    sections.append(_how(searches, run))
    return Page(
        title="When do networks pay? Hanczar, Bourgeais and Zehraoui (2022) beside ours",
        question="Which settings of a network matter, from how many samples on is it as good as "
        "simpler methods, and does a network of other samples help, on the data open here?",
        warnings=[_warning()],
        answer=[
            Text(
                f"Of {len(claims)} answers to the paper's claims, task by task: {words}.",
                strong=True,
            ),
            Text(f"{len(UNANSWERED)} more can't be asked of these data; the table says why."),
        ],
        sections=sections,
        version=__version__,
    )


def _warning() -> Notice:
    return Notice(
        "warning",
        "RNAseqDB was corrected over all samples before it was published, test samples included, "
        "and a share of the patients of the pairs stands in RNAseqDB too: the tasks aren't "
        "independent of each other.",
    )


def _claims(claims: Sequence[Claim]) -> Section:
    rows = [(one.text, one.task, one.answer, one.evidence, p_value(one.p_value)) for one in claims]
    rows += [(text, "–", "can't be asked here", why, "–") for text, why in UNANSWERED]
    table = Table(
        title="The paper's claims",
        columns=("Claim", "Task", "Answer", "What was measured", "P"),
        rows=sorted(rows, key=lambda row: row[0]),
        words=(0, 1, 2, 3),
        caption="Answers are by a test at 0.05 (networks of a search: Fisher's exact test, rank "
        "tests; curves: the corrected resampled t-test, Holm over the rivals of a size; transfer: "
        "Holm over a study), without a correction for the number of claims. No difference "
        "found isn't equality: 'as good as' takes an interval that ends below 0.02.",
    )
    return Section("The paper's claims", [table])


def _comparison(curves: Mapping[str, Curve], searches: Mapping[str, Search]) -> Section:
    """Table 4: every method with as many samples as there are."""
    tasks = list(curves)
    last = {task: found.at(found.asked["sizes"][-1]) for task, found in curves.items()}
    methods = list(dict.fromkeys(name for points in last.values() for name in points))
    rows: list[tuple[str, ...]] = [
        (
            name,
            PRINTED.get(name, "–"),
            *(_cell(last[task].get(name)) for task in tasks),
        )
        for name in methods
    ]
    best = [searches[task].models["best network"]["balanced_accuracy"] for task in tasks]
    logistic = [searches[task].models["logistic"]["balanced_accuracy"] for task in tasks]
    rows.append(("best of the search", "–", *(stacked(b.value, b.low, b.high) for b in best)))
    rows.append(
        ("logistic, same patients", "–", *(stacked(b.value, b.low, b.high) for b in logistic))
    )
    sizes = ", ".join(
        f"{task}: {count(found.asked['sizes'][-1])}" for task, found in curves.items()
    )
    table = Table(
        title="Balanced accuracy, and below it accuracy",
        columns=("Method", "The paper's accuracy, %", *tasks),
        rows=rows,
        words=(0, 1),
        caption=f"Means over the repeats, trained on as many samples as there are ({sizes}). The "
        "last two rows: one split, patients who took no part in the search, intervals by "
        "bootstrap; the rows above them test on other patients.",
    )
    return Section("Table 4: networks and others", [table])


def _cell(point: Any) -> str:
    if point is None:
        return "–"
    return f"{decimal(point.score.value)}\n{decimal(point.accuracy)}"


def _how(searches: Mapping[str, Search], run: Mapping[str, Any]) -> Section:
    facts = [
        ("Networks of each search", count(run["trials"])),
        ("Most epochs", str(run["epochs"])),
        ("Repeats of the curves", str(run["repeats"])),
        ("Seconds in all", seconds(run["seconds"])),
        ("Seed", str(run["seed"])),
    ]
    facts += [
        (f"Samples, genes: {task}", f"{count(s.asked['n_samples'])}, {count(s.asked['n_genes'])}")
        for task, s in searches.items()
    ]
    blocks: list[Block] = [Facts(tuple(facts))]
    return Section("How it was done", blocks)


def text_table(claims: Sequence[Claim]) -> str:
    """The answers for the terminal."""
    wide = max((len(one.answer) for one in claims), default=0)
    return "\n".join(
        f"{one.answer:<{wide}}  {one.text} ({one.task}): {one.evidence}" for one in claims
    )
