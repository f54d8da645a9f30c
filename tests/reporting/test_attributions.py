"""The figure of what genes count for: the genes shown, in per cent, in words as well."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
from plotly import graph_objects

from bulkwise.reporting.attributions import attributions
from bulkwise.reporting.base import Figure

EVIL = "<b>G0</b>"


def drawn(n: int, *, panel: int, stable: tuple[int, ...], classes: int = 2) -> Figure:
    genes = [EVIL, *(f"G{i}" for i in range(1, n))]
    shares = np.arange(n * classes, dtype=float).reshape(n, classes)[:, ::-1] / 1000
    table = pd.DataFrame(
        {"panel": np.arange(n) < panel, "stable": np.isin(np.arange(n), stable)}, index=genes
    )
    result = SimpleNamespace(
        table=table,
        attributions=pd.DataFrame(shares, genes, [f"class {k}" for k in range(classes)]),
        asked={"repeats": 7},
    )
    section = attributions(result)
    assert section.title == "Which class each gene speaks for"
    figure = section.blocks[1]
    graph_objects.Figure({"data": figure.traces, "layout": figure.layout})
    return figure


def test_genes_of_the_panel_and_stable_ones_are_shown_in_per_cent() -> None:
    figure = drawn(6, panel=2, stable=(1, 4))
    (heat,) = figure.traces
    np.testing.assert_allclose(heat["z"], [[0.1, 0.0], [0.3, 0.2], [0.9, 0.8]])
    assert figure.layout["yaxis"]["ticktext"][1:] == ["G1", "G4"]
    assert figure.layout["xaxis"]["ticktext"] == ["class 0", "class 1"]
    assert figure.layout["yaxis"]["autorange"] == "reversed"
    assert "G4 class 0" in figure.alt
    assert "mean of 7 fits" in figure.caption


def test_names_are_no_markup_and_many_classes_are_turned() -> None:
    figure = drawn(3, panel=3, stable=(), classes=5)
    assert "<b>" not in figure.layout["yaxis"]["ticktext"][0]
    assert "<b>" not in figure.traces[0]["text"][0][0]
    assert figure.layout["xaxis"]["tickangle"] == -90


def test_forty_genes_are_drawn_at_most() -> None:
    figure = drawn(60, panel=60, stable=())
    assert len(figure.traces[0]["z"]) == 40
