"""A cohort as arrays, small enough to count by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from bulkwise.evaluation.base import Inputs


@pytest.fixture
def inputs_of() -> Callable[..., Inputs]:
    """From one label and one patient a sample."""

    def made(labels: str, patients: str, sources: str | None = None) -> Inputs:
        names = np.array(list(labels))
        classes, codes = np.unique(names, return_inverse=True)
        samples = np.array([f"s{i}" for i in range(len(labels))])
        return Inputs(
            name="made",
            unit="log2",
            X=np.zeros((len(labels), 2)),
            genes=("A", "B"),
            samples=samples,
            sheet=pd.DataFrame(index=samples),
            target="kind",
            labels=names,
            classes=tuple(map(str, classes)),
            codes=codes,
            groups=np.array(list(patients)),
            group_column="patient",
            sources=None if sources is None else np.array(list(sources)),
            source_column=None if sources is None else "source",
            findings=(),
        )

    return made
