"""The report of a random search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bulkwise import __version__
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
from bulkwise.study.random_search import Search

__all__ = ["compose", "report_search"]

_TOP = 10


def compose(result: Search) -> Page:
    """The pieces of a search's report, before anything is drawn."""
    asked, goal = result.asked, _goal(result)
    what = "a network" if _is_fleet(result) else asked["estimator"]
    return Page(
        title=f"{goal[0].upper()}{goal[1:]} in {asked['cohort']}: a search over "
        f"{count(asked['trials'])} {asked['what']}",
        question=f"Which settings of {what} are best for {goal} from {count(asked['n_genes'])} "
        f"genes ({asked['unit']}), and what is the best worth on {_who(result)} that took no "
        "part in the search?",
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


def _is_fleet(result: Search) -> bool:
    return bool(result.asked["what"] == "networks")


def _goal(result: Search) -> str:
    """What the trials were to do, in words."""
    if _is_fleet(result):
        return f"predicting {result.asked['target']}"
    question = result.asked["question"]
    return {
        "classify": lambda: f"predicting {' and '.join(question['target'])}",
        "infer": lambda: f"inferring genes from {count(len(question['landmarks']))} landmarks",
        "direction": lambda: f"telling which way genes go, {question['contrast']},",
        "translate": lambda: f"translating {question['source']} into {question['target']}",
    }[result.asked["task"]]()


def _who(result: Search) -> str:
    """Who is held out."""
    return str(result.asked.get("who", "patients"))


def _held_out(result: Search) -> str:
    asked = result.asked
    if _who(result) != "patients":
        return f"{count(asked['n_held_out'])} {asked['who']}"
    patients = f"{count(asked['patients_held_out'])} patients"
    return f"{count(asked['n_held_out'])} samples of {patients}"


def _answer(result: Search) -> list[Block]:
    cards = tuple(
        (f"{result.score.title}, {name}", interval(one.value, one.low, one.high))
        for name, one in ((n, m[result.asked["score"]]) for n, m in result.models.items())
    )
    return [
        *(Text(text, strong=not place) for place, text in enumerate(result.verdict)),
        Facts(cards, large=True),
    ]


def _outer(result: Search) -> Section:
    asked = result.asked
    shown = result.metrics
    heads = (f"{one.title} {'↑' if one.higher_is_better else '↓'}" for one in shown.values())
    table = Table(
        title=f"{_held_out(result)} held out, with 95 % intervals",
        columns=("Model", *heads),
        rows=[
            (name, *(stacked(m[k].value, m[k].low, m[k].high) for k in shown))
            for name, m in result.models.items()
        ],
        marked=frozenset({0}),
        caption=f"Intervals by bootstrap over the {_who(result)}, for these fitted models. "
        f"The best minus {asked['rival']} in {shown[asked['score']].title.lower()}: "
        f"{interval(result.difference.value, result.difference.low, result.difference.high)}, "
        f"{p_equals(result.p_value)}. All models were fixed before these were looked at; "
        "none was chosen by this table.",
    )
    return Section(f"On {_who(result)} held out", [table])


def _best(result: Search) -> Section:
    table = result.trials.set_index("trial")
    rows: dict[Any, dict[Any, Any]] = table.to_dict(orient="index")
    settings, fleet = result.settings, _is_fleet(result)
    names = [n for n in settings if not fleet or n not in _IN_WIDTHS]
    titles = [settings[name].title for name in names]
    names, titles = (["widths", *names], ["Units", *titles]) if fleet else (names, titles)
    more = {"Loss": "loss", "Epochs": "best_epoch"} if fleet else {"Seconds": "seconds"}
    score = result.asked["score"]
    ended = table["ended"].value_counts()
    words = ", ".join(f"{count(n)} {_ENDED[str(word)]}" for word, n in ended.items())
    return Section(
        "The best networks" if fleet else "The best settings",
        [
            Table(
                title=f"The {min(_TOP, len(result.best))} best on the samples chosen by",
                columns=("Trial", result.score.title, *more, *titles),
                rows=[
                    (
                        str(trial),
                        decimal(row[score]),
                        *(_cell(row[name]) for name in more.values()),
                        *(_cell(row[name]) for name in names),
                    )
                    for trial, row in ((t, rows[t]) for t in result.best[:_TOP])
                ],
                caption=f"Of {count(len(table))} {result.asked['what']}: {words}. All stand "
                "in trials.csv; the first is saved as best.zip.",
            )
        ],
    )


_IN_WIDTHS = ("depth", "width")
_ENDED = {
    "epochs": "went through all epochs",
    "patience": "stopped early",
    "dropped": "were dropped as losers on the way",
    "diverged": "diverged",
    "fitted": "were fitted",
    "failed": "failed",
}


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _how(result: Search) -> Section:
    asked, run = result.asked, result.run
    speed = run.get("networks_per_second")
    facts = [
        ("Tried", f"{count(asked['trials'])} {asked['what']}"),
        ("Settings proposed by", {"random": "chance", "optuna": "Optuna"}[asked["sampler"]]),
        ("Samples to train, to choose, held out", _three(result)),
        ("Seed", str(run["seed"])),
    ]
    if _is_fleet(result):
        facts += [
            ("Space", asked["space"]),
            ("Most epochs", str(asked["epochs"])),
            ("Losers dropped after epoch", ", ".join(map(str, asked["halving"])) or "never"),
            ("Seconds for the networks", seconds(run["seconds"]["networks"])),
            ("Networks a second", "–" if speed is None else decimal(speed, 1)),
        ]
    else:
        facts.append(("Seconds for the fits", seconds(run["seconds"]["fits"])))
    blocks: list[Block] = [Facts(tuple(facts))]
    if run.get("command"):
        blocks.append(Code("The command", str(run["command"])))
    return Section("How it was done", blocks)


def _three(result: Search) -> str:
    return ", ".join(count(result.asked[key]) for key in ("n_train", "n_choose", "n_held_out"))
