from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import InputError
from bulkwise.stats.deseq import negative_binomial

DESIGN = pd.DataFrame({"intercept": 1.0, "t-n": (np.arange(8) > 3).astype(float)})


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydeseq2.dds", None)
    with pytest.raises(InputError, match=r"install bulkwise\[counts\], or choose .* 'voom'"):
        negative_binomial(np.ones((8, 3)), DESIGN, "t-n")


def test_known_genes_come_out() -> None:
    pytest.importorskip("pydeseq2", reason="needs the extra bulkwise[counts]")
    rng = np.random.default_rng(0)
    mean = np.exp(rng.uniform(2, 7, 200)) * np.where(
        (np.arange(200) < 20) & (np.arange(8)[:, None] > 3), 4, 1
    )
    counts = rng.negative_binomial(10, 10 / (10 + mean)) + 0.3
    table, _ = negative_binomial(
        pd.DataFrame(counts, columns=[f"g{i}" for i in range(200)]), DESIGN, "t-n"
    )
    called = table["adjusted_p_value"] < 0.05
    assert called[:20].sum() >= 15
    assert called[20:].sum() <= 8
    assert abs(table["log2_fold_change"][:20].mean() - 2) < 0.3
    assert table["gene"].tolist() == [f"g{i}" for i in range(200)]
