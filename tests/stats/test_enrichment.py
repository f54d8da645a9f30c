from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from bulkwise.errors import GeneError
from bulkwise.io.genesets import read_gmt
from bulkwise.stats.base import adjust
from bulkwise.stats.enrichment import over_representation

GENES = [f"GENE{k}" for k in range(200)]
SETS = {
    "hit": GENES[:20],
    "hit too": GENES[:18],
    "half": GENES[10:30],
    "far": GENES[150:170],
    "nothing": GENES[180:190],
}


def test_a_list_and_its_sets() -> None:
    result = over_representation(GENES[:25], SETS, universe=GENES)
    table = result.table.set_index("term")
    row = table.loc["hit"]
    assert (row["overlap"], row["set_size"], row["list_size"], row["universe_size"]) == (
        20,
        20,
        25,
        200,
    )
    assert row["expected"] == 2.5
    assert row["fold_enrichment"] == 8.0
    half = table.loc["half"]
    odds, p = fisher_exact([[15, 5], [10, 170]], alternative="greater")
    np.testing.assert_allclose([half["odds_ratio"], half["p_value"]], [odds, p])
    assert half["genes"].split(";") == GENES[10:25]
    assert table.loc["nothing", "p_value"] == 1
    np.testing.assert_allclose(table["adjusted_p_value"], adjust(table["p_value"]))
    assert result.table["p_value"].is_monotonic_increasing


def test_redundant_terms_have_one_leader() -> None:
    result = over_representation(GENES[:25], SETS, universe=GENES)
    groups = result.table.set_index("term")["group"]
    assert groups[["hit", "hit too", "half", "far"]].tolist() == ["hit", "hit", "half", "far"]
    assert result.significant(leaders=True)["term"].tolist() == ["hit", "half"]
    assert result.significant()["term"].tolist() == ["hit", "hit too", "half"]


def test_signed_lists_and_several_libraries_stand_apart() -> None:
    result = over_representation(
        {"up": GENES[:25], "down": GENES[150:175]},
        {"one": SETS, "two": {"far": SETS["far"]}},
        universe=GENES,
    )
    table = result.table
    assert list(table.groupby(["library", "list"]).size()) == [5, 5, 1, 1]
    best = table[table["adjusted_p_value"] < 1e-6]
    assert set(zip(best["library"], best["list"], best["term"], strict=True)) == {
        ("one", "up", "hit"),
        ("one", "up", "hit too"),
        ("one", "up", "half"),
        ("one", "down", "far"),
        ("two", "down", "far"),
    }


def test_random_lists_are_not_enriched() -> None:
    rng = np.random.default_rng(0)
    sets = {f"s{k}": rng.choice(GENES, 30, replace=False) for k in range(400)}
    p = over_representation(rng.choice(GENES, 50, replace=False), sets, universe=GENES).table
    # discrete, so at most the level
    for level in (0.01, 0.05, 0.2):
        assert (p["p_value"] <= level).mean() <= level + 0.03


def test_genes_outside_the_universe_are_named() -> None:
    result = over_representation([*GENES[:25], "ELSE"], SETS, universe=GENES)
    (finding,) = result.findings
    assert finding.items == ("ELSE",)
    assert set(result.table["list_size"]) == {25}


def test_bad_lists_are_refused() -> None:
    with pytest.raises(GeneError, match="holds no genes"):
        over_representation([], SETS, universe=GENES)
    with pytest.raises(GeneError, match="has 200 genes and the universe 30"):
        over_representation(GENES, SETS, universe=GENES[:30])
    with pytest.raises(GeneError, match="3 of the 4 genes of the list 'up' aren't"):
        over_representation({"up": ["ENSG1", "ENSG2", "ENSG3", "GENE1"]}, SETS, universe=GENES)
    with pytest.raises(GeneError, match="more than once in the universe"):
        over_representation(GENES[:5], SETS, universe=GENES + GENES[:1])


@pytest.mark.real
def test_chromophobe_tumours_lose_the_nephron(data_folder: Path) -> None:
    path = data_folder / "reference" / "R" / "RNAseqDB_kich_TvsN_voom_limma.csv.gz"
    table = pd.read_csv(path, index_col=0, skipinitialspace=True)
    called = table[(table["adj.P.Val"] < 0.01) & (table["logFC"].abs() > 2)]
    lists = {
        "up": called.index[called["logFC"] > 0],
        "down": called.index[called["logFC"] < 0],
    }
    folder = data_folder / "genesets"
    names = ["KEGG_2021_Human", "MSigDB_Hallmark_v7.0", "GO_Biological_Process_2021"]
    libraries = [read_gmt(folder / f"{name}.gmt") for name in names]
    result = over_representation(lists, libraries, universe=table.index)
    found = result.significant()
    down = set(found[found["list"] == "down"]["term"])
    up = set(found[found["list"] == "up"]["term"])
    assert any("renal" in term or "kidney" in term for term in down)
    assert {"HALLMARK_KRAS_SIGNALING_DN"} & (up | down)
    assert len(found) > 20
