"""The report of a search says what was tried, what it is worth, and what mattered."""

from __future__ import annotations

from dataclasses import asdict, astuple

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import InputError
from bulkwise.evaluation.base import METRICS, Estimate
from bulkwise.randomness import Seeds
from bulkwise.reporting.base import Figure, Row, Table
from bulkwise.reporting.study import report, report_search
from bulkwise.reporting.study.search import compose
from bulkwise.study import Search
from bulkwise.study.random_search import SPACES, draw
from bulkwise.study.random_search.results import FLEET_COLUMNS, Importance, table_of


def found(space: str = "compact", n: int = 60) -> Search:
    rng = np.random.default_rng(0)
    drawn = [draw(SPACES[space], Seeds(0), trial) for trial in range(n)]
    rows = [
        [i, "diverged", None, None, None, 0, 1, drawn[i]]
        if i == 3
        else [i, "dropped" if i % 2 else "epochs", 0.5, 0.8, float(rng.uniform()), 4, 4, drawn[i]]
        for i in range(n)
    ]
    metrics = {key: Estimate(0.9, 0.8, 1.0) for key in METRICS}
    return Search(
        asked={
            "space": space, "cohort": "<b>mine</b>", "target": "kind", "unit": "log2",
            "counts": {"a": 5, "b": 7}, "n_samples": 100, "n_genes": 50, "n_patients": 90,
            "n_train": 60, "n_choose": 20, "n_held_out": 20, "patients_held_out": 18,
            "trials": n, "epochs": 20, "halving": [4, 10], "what": "networks",
            "rival": "logistic", "sampler": "random", "chance": 0.5,
            "score": "balanced_accuracy",
            "metrics": {"balanced_accuracy": astuple(METRICS["balanced_accuracy"])},
            "vary": {name: asdict(one) for name, one in SPACES[space].settings.items()},
        },
        trials=table_of([rows], FLEET_COLUMNS, [*SPACES[space].settings, "widths"]),
        best=(0, 2, 4),
        importance=tuple(
            Importance(name, 0.5 - 0.05 * i, 0.1, 0.6)
            for i, name in enumerate(SPACES[space].settings)
        ),
        explained=0.6,
        models={"best network": metrics, "logistic": metrics},
        difference=Estimate(0.0, -0.1, 0.1),
        p_value=0.8,
        verdict=("It works.", "Sixty tries."),
        findings=({"level": "warning", "message": "Few patients."},),
        run={"seconds": {"networks": 12.0}, "networks_per_second": 5.0, "seed": 0, "command": "x"},
    )  # fmt: skip


@pytest.mark.parametrize("space", SPACES)
def test_every_setting_has_its_figure(space):
    page = compose(found(space))
    section = next(one for one in page.sections if one.title == "What each setting did")
    (row,) = [block for block in section.blocks if isinstance(block, Row)]
    titles = [figure.title for figure in row.figures]
    assert titles == [setting.title for setting in SPACES[space].settings.values()]
    assert all(figure.traces for figure in row.figures)
    rate = next(figure for figure in row.figures if figure.title == "Learning rate")
    assert len(rate.keys) == (3 if space == "hanczar" else 0)
    assert sum(len(t["x"]) for t in rate.traces if t["mode"] == "markers") == 60


def test_a_diverged_network_counts_as_chance():
    page = compose(found())
    section = next(one for one in page.sections if one.title == "What each setting did")
    (row,) = [block for block in section.blocks if isinstance(block, Row)]
    rate: Figure = next(f for f in row.figures if f.title == "Learning rate")
    assert 0.5 in rate.traces[0]["y"]


def test_the_best_are_named_with_their_settings():
    page = compose(found())
    section = next(one for one in page.sections if one.title == "The best networks")
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    assert [row[0] for row in table.rows] == ["0", "2", "4"]
    assert "1 diverged" in table.caption


def test_the_report_is_written_and_names_are_escaped(tmp_path):
    path = report_search(found(), tmp_path / "r.html")
    text = path.read_text(encoding="utf-8")
    assert "&lt;b&gt;mine" in text
    assert "<b>mine" not in text
    found().save(tmp_path / "s")
    assert report(tmp_path / "s", tmp_path / "again.html").is_file()
    with pytest.raises(InputError, match="no finished study"):
        report(tmp_path, tmp_path / "x.html")


def test_the_figure_of_importance_is_left_out_without_any():
    result = found()
    result.importance = ()
    assert not next(one for one in compose(result).sections if one.title == "What mattered").blocks
    assert isinstance(result.trials, pd.DataFrame)
