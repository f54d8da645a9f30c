"""Analyses of inferred genes: known agreement with those of the measured ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.evaluation.inference.downstream import downstream

N, P = 60, 40
GENES = [f"G{j}" for j in range(P)]
PARTS = [(np.arange(0, N // 2), np.arange(N // 2, N)), (np.arange(N // 2, N), np.arange(N // 2))]
CONTRAST = ("condition", "tumour", "normal")


@pytest.fixture
def cohort() -> AnnData:
    sheet = pd.DataFrame(
        {
            "condition": np.where(np.arange(N) % 2, "tumour", "normal"),
            "tissue": np.where(np.arange(N) % 3, "colon", "liver"),
        },
        index=[f"s{i}" for i in range(N)],
    )
    return AnnData(X=np.zeros((N, P), dtype=np.float32), obs=sheet)


def hardly_changed(logs: np.ndarray) -> np.ndarray:
    """The same with nine tenths of the change between the conditions taken out."""
    change = logs[1::2].mean(axis=0) - logs[::2].mean(axis=0)
    return logs - 0.9 * change * (np.arange(N) % 2)[:, None]


@pytest.fixture
def measured() -> np.ndarray:
    """Twenty genes go up or down in tumours; two tell the tissue."""
    rng = np.random.default_rng(0)
    logs = hardly_changed(8 + 0.5 * rng.normal(size=(N, P)))
    change = np.where(np.arange(20) % 2, 1.5, -1.5) * np.linspace(1, 2, 20)
    logs[1::2, :20] += change
    logs[np.arange(N) % 3 > 0, 20:22] += 4
    return logs


def of(cohort, measured, inferred, genes=GENES, **asked):
    parts = [inferred[test] for _, test in PARTS]
    return downstream(
        cohort, measured, genes, PARTS, parts, **({"label": None, "contrast": None} | asked)
    )


def test_measured_genes_agree_with_themselves(cohort, measured) -> None:
    found = of(cohort, measured, measured, label="tissue", contrast=CONTRAST)
    assert found.fold_changes == pytest.approx(1)
    assert (found.same_sign, found.top) == (1.0, 1.0)
    assert found.measured == found.inferred == 1.0
    assert (found.label, found.contrast) == ("tissue", "tumour:normal")


def test_mirrored_genes_have_the_opposite_changes(cohort, measured) -> None:
    found = of(cohort, measured, 16 - measured, label="tissue", contrast=CONTRAST)
    assert found.fold_changes == pytest.approx(-1)
    assert found.same_sign == 0
    assert found.inferred < 0.6 < found.measured


def test_only_significant_genes_are_asked_for_their_sign(cohort, measured) -> None:
    half = measured.copy()
    half[:, 22:] = 16 - half[:, 22:]  # not significant
    half[:, :5] = 16 - half[:, :5]
    assert of(cohort, measured, half, contrast=CONTRAST).same_sign == pytest.approx(0.75)


def test_nothing_significant_has_no_sign(cohort) -> None:
    noise = hardly_changed(np.random.default_rng(3).normal(8, 1, size=(N, P)))
    found = of(cohort, noise, noise, contrast=CONTRAST)
    assert np.isnan(found.same_sign)
    assert found.fold_changes == pytest.approx(1)


def test_nothing_asked_is_nothing_found(cohort, measured) -> None:
    found = of(cohort, measured, measured)
    assert (found.label, found.contrast) == ("", "")
    assert np.isnan([found.measured, found.inferred, found.fold_changes, found.top]).all()
