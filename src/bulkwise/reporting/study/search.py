"""The report of a random search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bulkwise import __version__
from bulkwise.evaluation.base import METRICS
from bulkwise.reporting.base import (
    Block,
    Code,
    Facts,
    Notice,
    Page,
    Section,
    Table,
    Text,
    count,
    decimal,
    interval,
    p_equals,
    seconds,
    stacked,
)
from bulkwise.reporting.html import write
from bulkwise.reporting.study.impact import impact, importance
from bulkwise.storage import PathLike
from bulkwise.study.random_search import SPACES, Search

__all__ = ["compose", "report_search"]

_SHOWN = ("balanced_accuracy", "accuracy", "macro_f1", "auroc", "brier")
_TOP = 10


def compose(result: Search) -> Page:
    """The pieces of a search's report, before anything is drawn."""
    asked = result.asked
    return Page(
        title=f"Predicting {asked['target']} in {asked['cohort']}: a search over "
        f"{count(asked['trials'])} networks",
        question=f"Which settings of a network predict {asked['target']} best from "
        f"{count(asked['n_genes'])} genes ({asked['unit']}), and what is the best one worth on "
        "patients who took no part in the search?",
        warnings=[Notice(one["level"], one["message"]) for one in result.findings],
        answer=_answer(result),
        sections=(_outer(result), importance(result), impact(result), _best(result), _how(result)),
        version=__version__,
    )


def report_search(result: Search | PathLike, path: PathLike) -> Path:
    """Write the report of a search as one HTML file that works offline.

    Parameters
    ----------
    result
        A :class:`~bulkwise.study.Search`, or the folder of one.
    path
        The HTML file to write, whole or not at all.

    Raises
    ------
    InputError
        If the folder holds no finished search or the file can't be written.
    """
    found = result if isinstance(result, Search) else Search.load(result)
    return write(compose(found), path)


def _answer(result: Search) -> list[Block]:
    cards = tuple(
        (f"Balanced accuracy, {name}", interval(one.value, one.low, one.high))
        for name, one in ((n, m["balanced_accuracy"]) for n, m in result.models.items())
    )
    return [
        *(Text(text, strong=not place) for place, text in enumerate(result.verdict)),
        Facts(cards, large=True),
    ]


def _outer(result: Search) -> Section:
    asked = result.asked
    heads = (f"{METRICS[k].title} {'↑' if METRICS[k].higher_is_better else '↓'}" for k in _SHOWN)
    table = Table(
        title=f"{count(asked['n_held_out'])} samples of {count(asked['patients_held_out'])} "
        "patients held out, with 95 % intervals",
        columns=("Model", *heads),
        rows=[
            (name, *(stacked(m[k].value, m[k].low, m[k].high) for k in _SHOWN))
            for name, m in result.models.items()
        ],
        marked=frozenset({0}),
        caption="Intervals by bootstrap over the patients, conditional on the fitted models. Best "
        "network minus logistic regression in balanced accuracy: "
        f"{interval(result.difference.value, result.difference.low, result.difference.high)}, "
        f"{p_equals(result.p_value)}. All models were fixed before these patients were looked at; "
        "none was chosen by this table.",
    )
    return Section("On patients held out", [table])


def _best(result: Search) -> Section:
    table = result.trials.set_index("trial")
    rows: dict[Any, dict[Any, Any]] = table.to_dict(orient="index")
    names = ["widths", *(n for n in SPACES[result.asked["space"]].settings if n not in _IN_WIDTHS)]
    settings = SPACES[result.asked["space"]].settings
    titles = ["Units", *(settings[name].title for name in names[1:])]
    ended = table["ended"].value_counts()
    words = ", ".join(f"{count(n)} {_ENDED[str(word)]}" for word, n in ended.items())
    return Section(
        "The best networks",
        [
            Table(
                title=f"The {min(_TOP, len(result.best))} best on the samples chosen by",
                columns=("Trial", "Balanced accuracy", "Loss", "Epochs", *titles),
                rows=[
                    (
                        str(trial),
                        decimal(row["balanced_accuracy"]),
                        decimal(row["loss"]),
                        str(row["best_epoch"]),
                        *(_cell(row[name]) for name in names),
                    )
                    for trial, row in ((t, rows[t]) for t in result.best[:_TOP])
                ],
                caption=f"Of {count(len(table))} networks: {words}. All of them stand in "
                "trials.csv; the first is saved as best.zip.",
            )
        ],
    )


_IN_WIDTHS = ("depth", "width")
_ENDED = {
    "epochs": "went through all epochs",
    "patience": "stopped early",
    "dropped": "were dropped as losers on the way",
    "diverged": "diverged",
}


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _how(result: Search) -> Section:
    asked, run = result.asked, result.run
    speed = run.get("networks_per_second")
    facts = (
        ("Space", asked["space"]),
        ("Networks tried", count(asked["trials"])),
        ("Most epochs", str(asked["epochs"])),
        ("Losers dropped after epoch", ", ".join(map(str, asked["halving"])) or "never"),
        ("Samples to train, to choose, held out", _three(result)),
        ("Seconds for the networks", seconds(run["seconds"]["networks"])),
        ("Networks a second", "–" if speed is None else decimal(speed, 1)),
        ("Seed", str(run["seed"])),
    )
    blocks: list[Block] = [Facts(facts)]
    if run.get("command"):
        blocks.append(Code("The command", str(run["command"])))
    return Section("How it was done", blocks)


def _three(result: Search) -> str:
    return ", ".join(count(result.asked[key]) for key in ("n_train", "n_choose", "n_held_out"))
