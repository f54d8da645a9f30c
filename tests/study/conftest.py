"""A small plan, a small cohort, and units that behave badly on request."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.study import Plan, Unit


def plan_of(n: int = 4, **more) -> Plan:
    units = tuple(Unit(f"unit-{i}", {"number": i}) for i in range(n))
    given = {"kind": "search", "settings": {"times": 2}, "data": "d" * 64, "seed": 0}
    return Plan(**({**given, "code": "c" * 64, "threads": 1, "units": units} | more))


@pytest.fixture
def plan() -> Plan:
    return plan_of()


@pytest.fixture
def cohort() -> AnnData:
    """120 samples of 60 patients, three classes, 300 genes."""
    rng = np.random.default_rng(0)
    patient = np.arange(120) // 2
    y = patient % 3
    X = rng.normal(size=(120, 300)).astype(np.float32)
    X[:, :20] += rng.normal(size=(3, 20))[y].astype(np.float32)
    sheet = pd.DataFrame(
        {"kind": np.array(["a", "b", "c"])[y], "patient": [f"p{i}" for i in patient]},
        index=[f"s{i}" for i in range(120)],
    )
    made = AnnData(X, obs=sheet)
    made.var_names = [f"G{i}" for i in range(300)]
    made.uns["unit"] = "log2"
    return made
