from __future__ import annotations

from collections.abc import Callable

from bulkwise.evaluation.external import ExternalValidation
from bulkwise.reporting.base import Facts, Notice, Table
from bulkwise.reporting.external.cohorts import cohorts

Make = Callable[..., ExternalValidation]


def test_units_platforms_and_the_censored_are_stated(found: ExternalValidation) -> None:
    section = cohorts(found)
    table = section.blocks[0]
    assert isinstance(table, Table)
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Cohort"] == ("home", "away")
    assert rows["Unit"] == ("log2_tpm", "log2_tpm")
    assert rows["Platform"] == ("array", "array")
    external = found.external
    assert rows["– censored before 5 years"] == (
        str(external.train.censored),
        str(external.test.censored),
    )
    assert "no label" in table.caption


def test_genes_in_common_and_clinical_words(found: ExternalValidation) -> None:
    blocks = cohorts(found).blocks
    (facts,) = (block for block in blocks if isinstance(block, Facts))
    assert ("Genes in common, by name", "25") in facts.pairs
    titles = [block.title for block in blocks if isinstance(block, Table)]
    assert titles == [
        "Where it was trained and where it was tested",
        "How the clinical columns were read",
    ]
    assert all(block.level == "note" for block in blocks if isinstance(block, Notice))


def test_a_target_has_no_censored(make_found: Make) -> None:
    table = cohorts(make_found(classes=2)).blocks[0]
    assert isinstance(table, Table)
    assert not any("censored" in row[0] for row in table.rows)
    assert table.caption == ""
