from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import GeneError, InputError
from bulkwise.stats.base import encode_sets, group_terms, unique_genes

SYMBOLS = [
    "GENE0",
    "GENE1",
    "GENE2",
    "GENE3",
    "TP53",
    "MYC",
    "EGFR",
    "KRAS",
    "PTEN",
    "BRCA1",
    "BRCA2",
    "GAPDH",
    "ACTB",
    "VIM",
    "CD4",
    "TNF",
    "IL6",
    "STAT3",
    "NOTCH1",
    "CDK4",
    "ESR1",
    "GATA3",
    "FOXA1",
    "KRT5",
    "MKI67",
    "B2M",
    "ALB",
    "APOE",
    "TBP",
    "GENE29",
]


def test_sets_become_ascending_positions() -> None:
    sets = {"b": ["GENE3", "GENE1", "GENE3", "other"], "a": ["GENE29"], "none": []}
    (library,), findings = encode_sets(sets, SYMBOLS, smallest=1, largest=10)
    assert library.terms == ("b", "a")
    assert [part.tolist() for part in library] == [[1, 3], [29]]
    assert library.sizes.tolist() == [2, 1]
    assert [f.code for f in findings] == ["sets-of-other-size"]


def test_several_libraries_have_names() -> None:
    one = {"x": SYMBOLS[:3]}
    for given in (
        {"first": one, "second": one},
        [SimpleLibrary("first", one), SimpleLibrary("second", one)],
    ):
        found, _ = encode_sets(given, SYMBOLS, smallest=1, largest=5)
        assert [library.library for library in found] == ["first", "second"]
    (found,), _ = encode_sets(one, SYMBOLS, smallest=1, largest=5)
    assert found.library == "gene sets"


class SimpleLibrary(dict[str, list[str]]):
    def __init__(self, name: str, sets: dict[str, list[str]]) -> None:
        super().__init__(sets)
        self.name = name


@pytest.mark.parametrize(
    ("genes", "remedy"),
    [
        (
            [f"ENSG{k:011d}" for k in range(30)],
            "the library holds symbols and the genes are Ensembl",
        ),
        ([gene.title() for gene in SYMBOLS], "another species"),
        ([f"?{k}" for k in range(30)], "this species and platform"),
    ],
)
def test_sets_that_do_not_meet_are_refused_with_a_remedy(genes: list[str], remedy: str) -> None:
    with pytest.raises(GeneError, match=r"of the 30 genes of 'gene sets', [01] \(") as caught:
        encode_sets({"a": SYMBOLS}, genes, smallest=1, largest=100)
    assert remedy in str(caught.value)
    assert "'ACTB'" in str(caught.value)
    assert repr(genes[0]) in str(caught.value)


def test_sets_that_hardly_meet_warn() -> None:
    genes = [*SYMBOLS[:6], *(f"OTHER{k}" for k in range(30))]
    _, findings = encode_sets({"a": SYMBOLS}, genes, smallest=1, largest=100)
    assert [f.code for f in findings] == ["sets-meet-few-genes"]
    assert "6 (20.0%)" in findings[0].message


def test_empty_libraries_and_sizes_are_refused() -> None:
    with pytest.raises(InputError, match="holds no gene sets"):
        encode_sets({"a": []}, SYMBOLS, smallest=1, largest=3)
    with pytest.raises(InputError, match="No set of 'gene sets' has 5 to 9 genes"):
        encode_sets({"a": SYMBOLS[:3]}, SYMBOLS, smallest=5, largest=9)
    with pytest.raises(InputError, match="no library at all"):
        encode_sets([], SYMBOLS, smallest=5, largest=9)
    with pytest.raises(ValueError, match="'smallest' <= 'largest'"):
        encode_sets({"a": SYMBOLS}, SYMBOLS, smallest=5, largest=3)


def test_genes_twice_or_none_are_refused() -> None:
    assert unique_genes(np.array(["a", "b"]), what="here") == ["a", "b"]
    with pytest.raises(GeneError, match=r"1 genes are more than once in here \('a'\)"):
        unique_genes(["a", "b", "a"], what="here")
    with pytest.raises(GeneError, match="no genes in here"):
        unique_genes([], what="here")


def test_terms_on_the_same_genes_are_grouped() -> None:
    genes = [[0, 1, 2, 3], [0, 1, 2], [5, 6], [3, 4, 5, 6], [5, 6, 7], []]
    p = [0.01, 0.001, 0.5, 0.02, 0.03, 0.9]
    leaders = group_terms([np.array(part, dtype=int) for part in genes], p)
    assert leaders.tolist() == [1, 1, 3, 3, 4, 5]
    assert group_terms([], []).tolist() == []
