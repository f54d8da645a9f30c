"""What every reproduction of a paper gives: a page, its numbers, and one way to write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bulkwise.evaluation.base import Estimate
from bulkwise.reporting.base import (
    GREY,
    Figure,
    Key,
    Page,
    Table,
    axis,
    decimal,
    label,
    look,
    names_axis,
    stacked,
)
from bulkwise.reporting.html import write
from bulkwise.storage import PathLike, atomic_folder, write_json

__all__ = ["Figures", "Reproduction", "Row", "differences"]

FORMAT = 1
MARKER = "run.json"


@dataclass(frozen=True, kw_only=True, eq=False)
class Reproduction:
    """A paper's figures beside ours.

    Attributes
    ----------
    paper
        Name of the subcommand, ``"deep4med-classifier"`` for example.
    page
        The report.
    metrics
        Content of ``metrics.json``: ``models.<name>.metrics.<metric>`` holds ``value``, ``low``
        and ``high``; ``paper`` holds what the paper printed, in the same layout.
    summary
        The table for the terminal.
    run
        How it was made: seed, data, seconds, settings.
    """

    paper: str
    page: Page
    metrics: Mapping[str, Any]
    summary: str
    run: Mapping[str, Any] = field(default_factory=dict)

    def save(self, folder: PathLike) -> Path:
        """Write ``report.html``, ``metrics.json`` and ``run.json``, whole or not at all.

        Parameters
        ----------
        folder
            A new or empty folder, or one that holds an earlier reproduction.

        Raises
        ------
        InputError
            If the folder is somebody else's or can't be written.
        """
        folder = Path(folder)
        with atomic_folder(folder, marker=MARKER) as stage:
            write_json(stage / "metrics.json", self.metrics, schema="metrics", version=FORMAT)
            write(self.page, stage / "report.html")
            files = sorted({MARKER, *(path.name for path in stage.iterdir())})
            about = {"paper": self.paper, **self.run, "files": files}
            write_json(stage / MARKER, about, schema="reproduction", version=FORMAT)
        return folder


@dataclass(frozen=True)
class Row:
    """One model under one protocol: metric -> figure."""

    model: str
    protocol: str
    figures: Mapping[str, Estimate]


@dataclass(frozen=True)
class Figures:
    """Figures of several models under several protocols, and what the paper printed.

    Attributes
    ----------
    rows
        The models, each under every protocol.
    paper
        Name of the paper's model, and metric -> the figure it printed.
    own
        The protocol that the paper used: its figures stand under no other.
    """

    rows: tuple[Row, ...]
    paper: tuple[str, Mapping[str, float]]
    own: str

    @property
    def models(self) -> list[str]:
        """The models, in order."""
        return list(dict.fromkeys(row.model for row in self.rows))

    @property
    def protocols(self) -> list[str]:
        """The protocols, in order."""
        return list(dict.fromkeys(row.protocol for row in self.rows))

    def cells(self, model: str, metrics: Sequence[str]) -> list[Estimate]:
        """One model's figures: metric by metric, each under every protocol."""
        own = {row.protocol: row.figures for row in self.rows if row.model == model}
        return [own[protocol][metric] for metric in metrics for protocol in self.protocols]

    def _printed(self, metrics: Sequence[str]) -> list[str]:
        """The paper's figures as cells, a dash under a protocol that isn't its own."""
        return [
            decimal(self.paper[1][metric]) if protocol == self.own else "–"
            for metric in metrics
            for protocol in self.protocols
        ]

    def table(
        self, metrics: Sequence[str], *, title: str, marked: Sequence[str] = (), caption: str = ""
    ) -> Table:
        """A row a model, a column a metric and protocol; the paper's figures on top."""
        top = (self.paper[0], *self._printed(metrics))
        body = [
            (model, *(stacked(one.value, one.low, one.high) for one in self.cells(model, metrics)))
            for model in self.models
        ]
        return Table(
            title=title,
            columns=("Model", *(f"{m}, {p}" for m in metrics for p in self.protocols)),
            rows=[top, *body],
            marked=frozenset(1 + self.models.index(one) for one in marked if one in self.models),
            caption=caption,
        )

    def plot(self, metric: str) -> Figure:
        """Every model's figure with its interval under every protocol; the paper's as a line."""
        names, printed = self.models, self.paper[1][metric]
        traces, keys = [], []
        for place, protocol in enumerate(self.protocols):
            own = [row for row in self.rows if row.protocol == protocol]
            values = [row.figures[metric] for row in own]
            style, shift = look(place), 0.3 * (place - (len(self.protocols) - 1) / 2)
            keys.append(Key(protocol, (place,), style.colour, symbol=style.symbol))
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": label(protocol),
                    "x": [one.value for one in values],
                    "y": [names.index(row.model) + shift for row in own],
                    "error_x": {
                        "type": "data",
                        "symmetric": False,
                        "array": [one.high - one.value for one in values],
                        "arrayminus": [one.value - one.low for one in values],
                        "thickness": 1.5,
                        "width": 3,
                    },
                    "marker": {"color": style.colour, "symbol": style.symbol, "size": 7},
                    "text": [f"{label(row.model)}: {row.figures[metric]}" for row in own],
                    "hovertemplate": "%{text}",
                }
            )
        line = {"type": "line", "x0": printed, "x1": printed, "y0": 0, "y1": 1, "yref": "paper"}
        return Figure(
            title=metric,
            alt=f"{metric} of {len(names)} models under {len(self.protocols)} protocols; the "
            f"paper printed {decimal(printed)}.",
            traces=traces,
            layout={
                "xaxis": axis(f"{metric}, out of fold"),
                "yaxis": names_axis(names, range=[len(names) - 0.5, -0.5]),
                "shapes": [{**line, "line": {"color": GREY, "dash": "dash", "width": 1.5}}],
            },
            caption=f"Dashed: the paper's {decimal(printed)}.",
            keys=tuple(keys),
            height=120 + 24 * len(names),
        )

    def document(self) -> dict[str, Any]:
        """Content of ``metrics.json``."""
        name, printed = self.paper
        paper = {key: {"value": one, "low": None, "high": None} for key, one in printed.items()}
        return {
            "models": {
                f"{row.model}; {row.protocol}": {
                    "metrics": {key: vars(one) for key, one in row.figures.items()}
                }
                for row in self.rows
            },
            "paper": {"models": {name: {"metrics": paper}}},
        }

    def text(self, metrics: Sequence[str]) -> str:
        """The table for the terminal."""
        name = self.paper[0]
        heads = [f"{metric}, {protocol}" for metric in metrics for protocol in self.protocols]
        wide = [max(22, len(head) + 2) for head in heads]
        first = 2 + max(map(len, [name, *self.models]))
        lines = [("", heads)]
        lines.append((name, self._printed(metrics)))
        lines += [(one, [str(cell) for cell in self.cells(one, metrics)]) for one in self.models]
        return "\n".join(
            (
                f"{start:<{first}}" + "".join(f"{c:<{w}}" for c, w in zip(cells, wide, strict=True))
            ).rstrip()
            for start, cells in lines
        )


def differences(rows: Mapping[str, tuple[str, str]]) -> Table:
    """The table of every difference in data and protocol, which each page has.

    Parameters
    ----------
    rows
        What differs -> how the paper did it, how it is done here.
    """
    return Table(
        title="What differs from the paper",
        columns=("", "The paper", "Here"),
        rows=[(name, theirs, ours) for name, (theirs, ours) in rows.items()],
        words=(0, 1, 2),
        caption="Two figures can be compared only as far as this table allows.",
    )
