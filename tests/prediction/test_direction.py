"""Directions through a bundle: asked for the conditions that the model was trained on."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from bulkwise.prediction.direction import direction


class Model:
    column_, contrast_ = "state", ["b", "a"]

    def predict(self, cohort, *, column, contrast):
        table = pd.DataFrame({"gene": ["G"], "predicted": [f"{column} {contrast} {cohort}"]})
        table.attrs["findings"] = [
            {"code": "few", "level": "note", "message": "Few.", "items": ["s1", "s2"]}
        ]
        return table


def test_the_models_own_question_is_asked_and_its_findings_handed_on():
    table, (finding,) = direction(SimpleNamespace(model=Model()), "cohort", ["s1", "s2"])
    assert table["predicted"].tolist() == ["state ('b', 'a') cohort"]
    assert (finding.code, finding.level, finding.message) == ("few", "note", "Few.")
    assert finding.items == ("s1", "s2")
    assert "findings" not in table.attrs
