"""What was planted beside what was found."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bulkwise.explain import Recovery
from bulkwise.reporting.base import Table
from bulkwise.reporting.simulation import planted

TRUTH = {
    "tissues": ["a", "b", "c"],
    "paired_patients": 12,
    "sources": ["north", "south"],
    "parameters": {"batch_effect": 0.75},
}


def section(*aucs: tuple[float, float]):
    probes = [SimpleNamespace(linear_auc=one, forest_auc=two) for one, two in aucs]
    result = SimpleNamespace(controls=SimpleNamespace(source_probes=probes))
    found = Recovery(label="liver", n_planted=40, n_found=31, expected=1.25, auroc=0.987)
    return planted(result, TRUTH, [found])


def test_a_row_a_tissue_and_what_chance_would_find() -> None:
    table = next(b for b in section().blocks if isinstance(b, Table))
    assert table.rows == [("liver", "40", "31", "1.2", "0.987")]


@pytest.mark.parametrize(
    ("aucs", "said"), [(((0.7, 0.6), (0.5, 0.912)), "an AUC of up to 0.91"), ((), "")]
)
def test_the_best_probe_of_any_tissue_is_named(aucs, said) -> None:
    text = section(*aucs).blocks[0].text
    assert text.startswith("Planted: 3 tissues with marker genes, a tumour programme, 12 patients")
    assert "between north and south with a standard deviation of 0.75 log2 units" in text
    assert ("Found:" in text) == bool(said)
    assert said in text
