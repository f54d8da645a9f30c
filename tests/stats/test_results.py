from __future__ import annotations

import json

import numpy as np
import pandas as pd

from bulkwise.checks.base import Finding
from bulkwise.stats.results import ContrastResult


def _result() -> ContrastResult:
    table = pd.DataFrame(
        {
            "gene": ["a", "b", "c", "d"],
            "log2_fold_change": [2.0, -0.5, 3.0, 0.1],
            "mean": 5.0,
            "statistic": [3.0, -4.0, 9.0, 0.1],
            "p_value": [0.02, 0.01, 1e-9, 0.9],
            "adjusted_p_value": [0.03, 0.02, 4e-9, np.nan],
            "b": np.nan,
        }
    )
    return ContrastResult(
        table,
        "voom",
        "condition",
        "tumour",
        "normal",
        3,
        4,
        pd.DataFrame({"intercept": [1.0], "tumour-normal": [1.0]}),
        (Finding("design", "note", "All is well."),),
        None,
        pd.DataFrame(),
        (),
        {"correlation": 0.2},
    )


def test_discoveries_are_ordered_and_cut() -> None:
    assert _result().discoveries()["gene"].tolist() == ["c", "b", "a"]
    assert _result().discoveries(alpha=0.025)["gene"].tolist() == ["c", "b"]
    assert _result().discoveries(fold_change=2)["gene"].tolist() == ["c", "a"]


def test_title_and_json() -> None:
    result = _result()
    assert result.title == "tumour against normal"
    document = json.loads(json.dumps(result.to_dict()))
    assert document["genes"] == 4
    assert document["coefficients"] == ["intercept", "tumour-normal"]
    assert document["correlation"] == 0.2
    assert document["findings"][0]["code"] == "design"
