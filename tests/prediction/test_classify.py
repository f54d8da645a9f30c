"""Several targets in one table, and the level to abstain below."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.bundle import Bundle
from bulkwise.errors import InputError
from bulkwise.prediction.classify import ABSTAIN_BELOW, classify


class _Two:
    """Predicts two targets in scikit-learn's form: columns of labels, a list of tables."""

    def predict(self, X: Any) -> Any:
        return np.array([["liver", "tumour"]] * len(X))

    def predict_proba(self, X: Any) -> Any:
        return [np.tile([0.25, 0.75], (len(X), 1)), np.tile([0.1, 0.9], (len(X), 1))]


@pytest.fixture
def bundle() -> Bundle:
    return Bundle(
        task="classify",
        model=SimpleNamespace(steps=[("model", _Two())]),
        genes=("A", "B"),
        unit="log2",
        targets={"tissue": ("lung", "liver"), "condition": ("normal", "tumour")},
        applicability=SimpleNamespace(score_samples=lambda X: np.array([1.0, 0.04])),
        typical=np.zeros(2, dtype=np.float32),
        card="",
        training={},
        versions={},
        hashes={"salt": "", "samples": [], "patients": []},
    )


@pytest.fixture
def cohort() -> AnnData:
    return AnnData(
        X=np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32),
        obs=pd.DataFrame(index=["s1", "s2"]),
        var=pd.DataFrame(index=["A", "B"]),
        uns={"unit": "log2"},
    )


def test_several_targets_stand_side_by_side(bundle: Bundle, cohort: AnnData) -> None:
    table, findings = classify(bundle, cohort, ["s1", "s2"])
    assert findings == []
    assert table.columns.tolist() == [
        "sample",
        "predicted(tissue)",
        "predicted(condition)",
        "applicability",
        "p(tissue: lung)",
        "p(tissue: liver)",
        "p(condition: normal)",
        "p(condition: tumour)",
    ]
    assert table["predicted(tissue)"].tolist() == ["liver", ""]
    assert table["p(condition: tumour)"].tolist() == [0.9, 0.9]


def test_the_level(bundle: Bundle, cohort: AnnData) -> None:
    table, _ = classify(bundle, cohort, ["s1", "s2"], abstain_below=0.0)
    assert table["predicted(tissue)"].tolist() == ["liver", "liver"]
    assert ABSTAIN_BELOW > 0.04
    with pytest.raises(InputError, match="from 0 to 1"):
        classify(bundle, cohort, ["s1", "s2"], abstain_below=2.0)
