"""The figure of what each gene counts for in the predictions of each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.reporting.base import BLUE, Figure, Section, Text, label, names_axis

if TYPE_CHECKING:
    from bulkwise.explain import SelectedGenes

__all__ = ["attributions"]

_MOST_DRAWN = 40  # genes


def attributions(result: SelectedGenes) -> Section:
    """The section on which class each gene of the panel, and each stable gene, speaks for."""
    chosen = (result.table["panel"] | result.table["stable"]).to_numpy()
    values = result.attributions[chosen].head(_MOST_DRAWN)
    genes, classes = [str(g) for g in values.index], [str(c) for c in values.columns]
    z = 100 * values.to_numpy(dtype=float)
    top = z.argmax(axis=1)
    text = (
        "Integrated gradients say how far each gene moves a sample's log-odds of its own class "
        "away from those of the average sample, in the network that was trained on all genes. "
        "With two classes both columns hold nearly the same."
    )
    figure = Figure(
        title="What each gene counts for in each class",
        alt="Heat map; the class that each gene counts for most: "
        + "; ".join(f"{gene} {classes[k]}" for gene, k in list(zip(genes, top, strict=True))[:10]),
        traces=[
            {
                "type": "heatmap",
                "z": z,
                "zmin": 0,
                "x": list(range(len(classes))),
                "y": list(range(len(genes))),
                "text": [[f"{label(g, 60)}, {label(c)}" for c in classes] for g in genes],
                "autocolorscale": False,
                "colorscale": [[0, "#f7f7f7"], [1, BLUE]],
                "colorbar": {"title": {"text": "Share, %"}},
                "hovertemplate": "%{text}: %{z:.2f} %<extra></extra>",
            }
        ],
        layout={
            "xaxis": names_axis(classes, "Class", tickangle=-90 if len(classes) > 4 else 0),
            "yaxis": names_axis(genes, autorange="reversed"),
            "margin": {"t": 10},
        },
        caption="Share of the gene in the attributions to the class, in per cent of what all genes "
        f"have on average over the classes; mean of {result.asked['repeats']} fits.",
        height=170 + 18 * len(genes),
        most_width=360 + 60 * len(classes),
    )
    return Section("Which class each gene speaks for", [Text(text), figure])
