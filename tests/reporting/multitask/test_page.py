"""The page of several targets: one table of all, the code, and a section a target and part."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import InputError
from bulkwise.evaluation import MultitaskEvaluation
from bulkwise.evaluation.base import Projection
from bulkwise.reporting import report
from bulkwise.reporting.base import Row, Table
from bulkwise.reporting.multitask import compose


@pytest.fixture
def both(made) -> MultitaskEvaluation:
    one = two = made()
    drawn = Projection(
        method="Code of held-out samples",
        axes=("PC1 of the code (60 %)", "PC2 of the code (20 %)"),
        sample=("s1", "s2"),
        label=one.question.labels[:2],
        source=None,
        x=(0.0, 1.0),
        y=(1.0, 0.0),
    )
    return MultitaskEvaluation(
        {"tissue": one, "<b>stage": two}, {"tissue": drawn, "<b>stage": drawn}
    )


def test_the_page_holds_every_target_and_the_code(both):
    page = compose(both)
    titles = [section.title for section in page.sections if section.blocks]
    assert titles[:2] == ["All targets", "The code of held-out samples"]
    for name in both.targets:
        assert f"Results beside the baselines: {name}" in titles
        assert f"Class by class: {name}" in titles
    table = page.sections[0].blocks[0]
    assert isinstance(table, Table)
    models = len(both.targets["tissue"].models)
    assert len(table.rows) == 2 * models
    assert {row[0] for row in table.rows} == set(both.targets)
    drawn = page.sections[1].blocks[1]
    assert isinstance(drawn, Row)
    assert len(drawn.figures) == 2
    assert np.isfinite(drawn.figures[0].traces[0]["x"]).all()


def test_it_is_written_from_the_result_or_its_folder(both, tmp_path):
    path = report(both, tmp_path / "report.html")
    text = path.read_text()
    assert "&lt;b&gt;stage" in text
    assert "<b>stage" not in text.split("<body", 1)[1]
    with pytest.raises(InputError, match="no results folder"):
        report(tmp_path / "nowhere", tmp_path / "x.html")


def test_a_model_without_a_code_has_no_such_section(both):
    page = compose(MultitaskEvaluation(both.targets, {}))
    assert "The code of held-out samples" not in [s.title for s in page.sections if s.blocks]
