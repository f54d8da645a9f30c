from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bulkwise.checks.sources import check_target_by_source


def test_a_target_that_is_constant_in_a_source_is_named() -> None:
    labels = ["yes", "no", "no", "no", "no"]
    sources = ["A", "A", "B", "B", "C"]
    (finding,) = check_target_by_source(labels, sources, target="relapse", source="site")
    assert finding.level == "warning"
    assert finding.items == ("B", "C")
    assert finding.message.startswith(
        "The target 'relapse' is constant in 2 of 3 values of 'site': "
        "'B' (2 samples, all 'no'), 'C' (1 samples, all 'no'); there"
    )


@pytest.mark.parametrize(
    ("labels", "sources"),
    [(["a", "b", "a", "b"], ["X", "X", "Y", "Y"]), (["a", "a"], ["X", "X"]), ([], [])],
)
def test_nothing_is_said_where_the_target_varies_or_there_is_one_source(
    labels: list[str], sources: list[str]
) -> None:
    assert check_target_by_source(labels, sources, target="t", source="s") == []


def test_a_long_list_is_cut_in_the_message_only() -> None:
    sources = [f"S{i}" for i in range(9)]
    (finding,) = check_target_by_source(["a"] * 9, sources, target="t", source="s")
    assert len(finding.items) == 9
    assert "and 4 more" in finding.message


@pytest.mark.real
def test_cancer_by_batch_of_the_bladder_cohort(data_folder: Path) -> None:
    import anndata

    obs = anndata.read_h5ad(data_folder / "bladderbatch.h5ad").obs
    labels, batches = obs["cancer"].astype(str), obs["batch"].astype(str)
    found = check_target_by_source(labels, batches, target="cancer", source="batch")
    counts = {b: len(np.unique(labels[batches == b])) for b in np.unique(batches)}
    alone = tuple(batch for batch, n in counts.items() if n == 1)
    assert (found[0].items if found else ()) == alone
