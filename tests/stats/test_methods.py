from __future__ import annotations

import pytest

from bulkwise.errors import UnitError
from bulkwise.stats.methods import METHODS, choose_method, suggest_method


def test_suggestions() -> None:
    assert suggest_method("counts", 30, 40) == "wilcoxon"
    assert suggest_method("counts", 29, 400) == "voom"
    assert suggest_method("log2", 3, 3) == "limma"
    assert suggest_method("counts", 300, 300, adjusted=True) == "voom"


def test_a_choice_is_said() -> None:
    chosen, (finding,) = choose_method("auto", "tpm", (5, 5), adjusted=False)
    assert chosen == "limma"
    assert "chosen for the unit 'tpm'" in finding.message
    chosen, (finding,) = choose_method("auto", "tpm", (50, 50), adjusted=False)
    assert "chosen for groups of 30 samples or more" in finding.message
    assert "Li et al., Genome Biology 23:79, 2022" in finding.message


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_named_method_stays(method: str) -> None:
    unit = "log2" if method == "limma" else "counts"
    assert choose_method(method, unit, (3, 3), adjusted=False) == (method, [])


def test_counts_that_are_none_warn() -> None:
    for unit in ("normalized_counts", "rsem"):
        method, (finding,) = choose_method("voom", unit, (3, 3), adjusted=False)
        assert method == "voom"
        assert finding.code == "not-raw-counts"


def test_wrong_units_and_names_are_refused() -> None:
    for method in ("voom", "pydeseq2"):
        with pytest.raises(UnitError, match="takes counts and the unit is 'fpkm'"):
            choose_method(method, "fpkm", (3, 3), adjusted=False)
    with pytest.raises(UnitError, match="use 'voom'"):
        choose_method("limma", "counts", (3, 3), adjusted=False)
    with pytest.raises(ValueError, match="Got 'ttest' instead"):
        choose_method("ttest", "counts", (3, 3), adjusted=False)
