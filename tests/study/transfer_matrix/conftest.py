"""Three hospitals with the same weak difference between two classes, and a fourth without it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.networks import MLP
from bulkwise.training import Training

P = 120
QUICK = {
    "network": MLP(widths=(12, 6)),
    "training": Training(epochs=15, patience=5),
    "repeats": 2,
    "sizes": (8, 16),
    "baselines": ("logistic",),
}


def hospitals(n: int = 48, names=("east", "north", "south", "west"), unit="log2") -> AnnData:
    rng = np.random.default_rng(0)
    way = rng.normal(size=P)
    parts, sheets = [], []
    for place, name in enumerate(names):
        sick = np.arange(n) % 2
        own = way if name != "west" else rng.normal(size=P)
        X = 6 + rng.normal(size=P) + rng.normal(size=(n, P)) + 0.45 * np.outer(sick - 0.5, own)
        parts.append(X)
        sheets.append(
            pd.DataFrame(
                {
                    "condition": np.where(sick, "tumour", "normal"),
                    "hospital": name,
                    "patient": [f"{name}{place}{i // 2}" for i in range(n)],
                }
            )
        )
    sheet = pd.concat(sheets, ignore_index=True)
    sheet.index = [f"s{i}" for i in range(len(sheet))]
    made = AnnData(np.concatenate(parts).astype(np.float32), obs=sheet)
    made.var_names = [f"G{i}" for i in range(P)]
    made.uns["unit"] = unit
    return made


@pytest.fixture
def cohort() -> AnnData:
    return hospitals()
