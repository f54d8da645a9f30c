"""The page: what was claimed, what was found, and what noise and order do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bulkwise import __version__
from bulkwise.reporting.base import (
    Block,
    Code,
    Facts,
    Figure,
    Key,
    Page,
    Section,
    Table,
    Text,
    axis,
    decimal,
    interval,
    label,
    look,
    seconds,
)
from bulkwise.reproduce.base import differences
from bulkwise.reproduce.degnext import paper
from bulkwise.reproduce.degnext.methods import CNN, OURS
from bulkwise.reproduce.degnext.tables import (
    RULE,
    best_rival,
    by_cohort,
    by_method,
    paper_mean,
    six,
)
from bulkwise.reproduce.degnext.trials import ACROSS, SIZES, WITHIN, Found, Judged, mean_accuracy

__all__ = ["compose"]

_HIGH = 500  # per cent, up to which the paper calls its network robust


def compose(found: Found, run: Mapping[str, Any]) -> Page:
    """Draw everything that was found."""
    return Page(
        title="DEGnext: up or down from a gene's row of samples",
        question="Does a convolutional network tell up from down better than the sign of a mean "
        "difference, does it carry over to other cohorts, and does it stand noise?",
        answer=_answer(found),
        sections=[
            Section("What was claimed, and what was found", _claims(found)),
            Section("Learnt in the cohort itself (table 2)", _general(found)),
            Section("Learnt in other cohorts (table 3)", _transfer(found)),
            Section("Noise", _noise(found)),
            Section("The order of the columns, and library sizes", _changed(found)),
            Section("What differs from the paper", [_differences(run)]),
            Section("How to reproduce", _how(run)),
        ],
        version=__version__,
    )


def _told(judged: Sequence[Judged], method: str, rival: str | None = None) -> str:
    found = mean_accuracy(judged, method, rival)
    return interval(found.value, found.low, found.high)


def _answer(found: Found) -> list[Block]:
    cards = []
    for title, judged, printed in (
        ("table 2", found.general, paper.GENERAL),
        ("table 3", found.transfer, paper.TRANSFER),
    ):
        if judged:
            cards.append((f"The paper, {title}", decimal(paper_mean(judged, printed))))
            names = [name for name in (CNN, RULE, OURS) if name in judged[0].scores]
            cards += [(f"{name}, {title}", _told(judged, name)) for name in names]
    words = (
        "A gene's label is the sign of a difference within the very row that the network sees: "
        "the rule that takes that sign has no parameters and learns from nothing. Mean accuracy "
        "over cohorts."
    )
    return [Text(words, strong=True), Facts(tuple(cards), large=True)]


def _claims(found: Found) -> list[Block]:
    rows = []
    if found.general:
        rows += _claims_of(found.general, paper.GENERAL, "In its own cohort")
    if found.transfer:
        rows += _claims_of(found.transfer, paper.TRANSFER, "In cohorts it wasn't trained on")
    if found.noise:
        high = found.noise[_HIGH]
        rows.append(
            (
                f"Robust to noise up to {_HIGH} %",
                f"At {_HIGH} % of each gene's own deviation {CNN} reaches {_told(high, CNN)}, the "
                f"rule “{RULE}” {_told(high, RULE)}: a difference of {_told(high, CNN, RULE)}.",
            )
        )
    if found.changed:
        moved = found.changed[WITHIN]
        rows.append(
            (
                "Not asked by the paper: the order of samples doesn't matter",
                f"With the columns of each condition in another order {CNN} reaches "
                f"{_told(moved, CNN)} instead of {_told(found.general, CNN)}.",
            )
        )
    return [
        Table(
            title="Claim by claim",
            columns=("Claim", "Here"),
            rows=rows,
            words=(0, 1),
            caption="Mean accuracy over cohorts, 95 % intervals; differences are paired by gene. An"
            " interval of a difference that holds zero shows no difference.",
        )
    ]


def _claims_of(
    judged: Sequence[Judged], printed: Mapping[str, tuple[float, ...]], where: str
) -> list[tuple[str, str]]:
    theirs = paper_mean(judged, printed)
    own = mean_accuracy(judged, CNN)
    best = best_rival(judged)
    return [
        (
            f"{where}: {decimal(theirs)} on these {len(judged)} cohorts",
            f"{interval(own.value, own.low, own.high)}, {decimal(own.value - theirs)} from the "
            "paper's mean.",
        ),
        (
            f"{where}: better than, or as good as, classical learners",
            f"{best} is the best of them with {_told(judged, best)}; {CNN} less {best}: "
            f"{_told(judged, CNN, best)}.",
        ),
        (
            f"{where}, not asked by the paper: better than the sign of the mean difference",
            f"The rule reaches {_told(judged, RULE)}; {CNN} less the rule: "
            f"{_told(judged, CNN, RULE)}.",
        ),
    ]


def _general(found: Found) -> list[Block]:
    if not found.general:
        return []
    return [
        by_cohort(found.general, paper.GENERAL, "Accuracy on T3, cohort by cohort"),
        by_method(found.general, "All methods on T3"),
        six(found.general, paper.GENERAL, "Six metrics of the network on T3"),
    ]


def _transfer(found: Found) -> list[Block]:
    if not found.transfer:
        return []
    words = (
        "The network learns from the paper's training cohorts one after another and is tested "
        "without any training in the tested cohort. This isn't the paper's experiment: T2 stands "
        "in for T1 in the training cohorts, BRCA has no training genes here, and where a cohort "
        "has no validated genes, its significant genes of T2 are judged."
    )
    return [
        Text(words),
        by_cohort(found.transfer, paper.TRANSFER, "Accuracy, cohort by cohort"),
        by_method(found.transfer, "All methods"),
        six(found.transfer, paper.TRANSFER, "Six metrics of the network"),
    ]


def _noise(found: Found) -> list[Block]:
    if not found.noise:
        return []
    levels = [0, *found.noise]
    sets = [found.general, *found.noise.values()]
    names = list(found.noise[levels[1]][0].scores)
    traces, keys = [], []
    for place, name in enumerate(names):
        seen = look(place)
        values = [mean_accuracy(judged, name) for judged in sets]
        keys.append(Key(name, (place,), seen.colour, symbol=seen.symbol, dash=seen.dash))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": label(name),
                "x": [str(level) for level in levels],
                "y": [one.value for one in values],
                "line": {"color": seen.colour, "dash": seen.dash},
                "marker": {"symbol": seen.symbol, "size": 8, "color": seen.colour},
                "text": [f"{label(name)}: {one}" for one in values],
                "hovertemplate": "%{text}",
            }
        )
    figure = Figure(
        title="Accuracy on T3 under noise",
        alt="Mean accuracy of every method against the noise, one line a method.",
        traces=traces,
        layout={
            "xaxis": axis("noise, % of the gene's own standard deviation", type="category"),
            "yaxis": axis("mean accuracy over cohorts"),
        },
        keys=tuple(keys),
        caption="Gaussian noise on the log2(CPM + 1) values of the tested genes, its standard "
        "deviation so many per cent of the gene's own over all samples; nothing is fitted again. "
        "The paper doesn't say what its per cent are of.",
    )
    return [figure, _changes(found.noise, found.general, "The same as a table", folded=True)]


def _changed(found: Found) -> list[Block]:
    if not found.changed:
        return []
    words = (
        f"{WITHIN.capitalize()}: each condition's samples in another random order, which changes "
        f"nothing in the data. {ACROSS.capitalize()}: all samples in random order, so that nobody "
        f"can know the groups: chance is right. {SIZES.capitalize()}: each sample's counts "
        "multiplied by a factor between a quarter and four, the same for all genes. Nothing is "
        "fitted again."
    )
    return [Text(words), _changes(found.changed, found.general, "Mean accuracy on T3")]


def _changes(
    sets: Mapping[Any, Sequence[Judged]],
    plain: Sequence[Judged],
    title: str,
    *,
    folded: bool = False,
) -> Table:
    names = [name for name in plain[0].scores if any(name in s[0].scores for s in sets.values())]
    rows = [
        (
            name,
            decimal(mean_accuracy(plain, name).value),
            *(
                decimal(mean_accuracy(judged, name).value) if name in judged[0].scores else "–"
                for judged in sets.values()
            ),
        )
        for name in names
    ]
    heads = [f"{one} %" if isinstance(one, int) else str(one) for one in sets]
    return Table(title=title, columns=("Method", "as it is", *heads), rows=rows, folded=folded)


def _differences(run: Mapping[str, Any]) -> Table:
    return differences(
        {
            "Genes to learn from": (
                "T1, four fifths of the genes that aren't validated, and F1",
                "T1 in CHOL, KICH and READ; T2, the other fifth, elsewhere; no F1 in THCA; T3 "
                "alone in BRCA, in five folds and one stage",
            ),
            "Genes to test on": ("T3, five folds", "T3 where it is there; one split, but in BRCA"),
            "Transfer": (
                "nine cohorts, T1 and F1; tested on all validated genes of eight others",
                "eight of the nine (BRCA has no training genes), T2 and F1; tested on the validated"
                " genes, or on the significant genes of T2 (BLCA, HNSC, STAD)",
            ),
            "Values": (
                "normalised counts; no logarithm or scaling stated",
                "log2(CPM + 1), each row around the midpoint of its conditions' means, standard "
                "deviation 1",
            ),
            "Columns": ("as downloaded", "normal samples first, then tumours"),
            "Network": (
                "eight convolutions and five linear layers; channels and units not stated",
                "channels 8, 8, 16, 16, 32, 32, 64, 64; units 64, 64, 32, 32; pooling behind the "
                "second, fourth and sixth convolution; 85,019 weights",
            ),
            "First weights": ("PyTorch's, uniform", "normal, by the gain of ReLU"),
            "Batches": (
                "256 of about 4,700 genes, then 64",
                "smaller where T2 stands in, so that the steps are about as many; then 64",
            ),
            "Epochs": ("50 and 31", f"{run['epochs']} and {round(run['epochs'] * 31 / 50)}"),
            "Last layer": ("two classes", "one unit, up against down"),
            "Rivals": (
                "settings not given; how they take rows of different lengths neither",
                "the libraries' own settings, fitted on the genes that change; for the transfer "
                "each condition's samples in nine bins",
            ),
            "Noise": ("per cent of what isn't stated", "per cent of each gene's own deviation"),
        }
    )


def _how(run: Mapping[str, Any]) -> list[Block]:
    facts = Facts(
        (
            ("Seed", str(run["seed"])),
            ("Epochs", str(run["epochs"])),
            ("Cohorts", ", ".join(run["cohorts"])),
            ("Time", seconds(float(run["seconds"]))),
        )
    )
    return [facts, *([Code("Command", str(run["command"]))] if run.get("command") else [])]
