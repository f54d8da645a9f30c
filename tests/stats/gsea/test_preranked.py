from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import GeneError, InputError
from bulkwise.io.genesets import read_gmt
from bulkwise.stats.base import adjust
from bulkwise.stats.gsea import preranked, running_score

GENES = [f"GENE{k}" for k in range(2000)]
RNG = np.random.default_rng(0)
STATISTIC = np.sort(RNG.normal(size=2000))[::-1]


def _random_sets(number: int, seed: int = 1) -> dict[str, list[str]]:
    rng = np.random.default_rng(seed)
    return {
        f"s{k}": rng.choice(GENES, rng.integers(15, 80), replace=False).tolist()
        for k in range(number)
    }


SETS = {
    "up": GENES[:150:4],
    "up again": GENES[:140:4],
    "down": GENES[-100::3],
    **_random_sets(30),
}


def test_planted_sets_come_out_with_their_sign() -> None:
    table = preranked(GENES, STATISTIC, SETS).table.set_index("term")
    assert set(table.index[:3]) == {"up", "up again", "down"}
    assert (np.sign(table["nes"][["up", "up again", "down"]]) == [1, 1, -1]).all()
    assert (table["p_value"][:3] < 1e-6).all()
    assert (table["p_value"] > 0).all()
    np.testing.assert_allclose(table["adjusted_p_value"], adjust(table["p_value"]))
    assert table.loc["up again", "group"] == table.loc["up", "group"]
    edge = table.loc["up", "leading_edge"].split(";")
    assert edge == [gene for gene in SETS["up"] if gene in edge]
    assert edge[0] == "GENE0"
    assert table.loc["down", "leading_edge"].split(";")[-1] == SETS["down"][-1]


def test_order_of_genes_and_of_sets_changes_nothing() -> None:
    shuffled = np.random.default_rng(2).permutation(2000)
    one = preranked(GENES, STATISTIC, SETS).table
    two = preranked(
        [GENES[k] for k in shuffled], STATISTIC[shuffled], dict(reversed(SETS.items()))
    ).table
    pd.testing.assert_frame_equal(
        one.sort_values("term", ignore_index=True), two.sort_values("term", ignore_index=True)
    )


def test_turning_the_list_over_turns_the_signs() -> None:
    one = preranked(GENES, STATISTIC, SETS).table.set_index("term")
    two = preranked(GENES, -STATISTIC, SETS).table.set_index("term").loc[one.index]
    np.testing.assert_allclose(one["es"], -two["es"], atol=1e-12)


def test_seeds_are_seeds() -> None:
    one, same, other = (
        preranked(GENES, STATISTIC, SETS, random_state=seed).table for seed in (0, 0, 1)
    )
    pd.testing.assert_frame_equal(one, same)
    assert not one["p_value"].equals(other["p_value"])


def test_random_sets_have_uniform_p() -> None:
    p = preranked(GENES, STATISTIC, _random_sets(800, seed=3)).table["p_value"]
    for level in (0.01, 0.05, 0.5):
        assert abs((p <= level).mean() - level) < 5 * np.sqrt(level * (1 - level) / 800)


def test_p_does_not_jump_where_the_draws_change() -> None:
    # sets of one size with scores on both sides of the tenth permutation
    rng = np.random.default_rng(4)
    sets = {}
    for k in range(60):
        shift = np.exp(-np.arange(2000) / (2000 * (1 + k % 12)))
        sets[f"s{k}"] = rng.choice(GENES, 30, replace=False, p=shift / shift.sum()).tolist()
    table = preranked(GENES, STATISTIC, sets, permutations=1000).table
    part = table[(table["es"] > 0) & (table["p_value"] < 0.2)].sort_values("es")
    logs = np.log(part["p_value"].to_numpy())
    steps = np.diff(logs) / np.hypot(
        part["p_error"].to_numpy()[1:], part["p_error"].to_numpy()[:-1]
    )
    assert steps.max() < 4  # higher scores have lower P, within the errors


def test_genes_without_statistic_are_left_out() -> None:
    statistic = STATISTIC.copy()
    statistic[5:25] = np.nan
    result = preranked(GENES, statistic, SETS)
    assert "genes-without-statistic" in [f.code for f in result.findings]
    assert result.table.set_index("term").loc["up", "size"] == len(SETS["up"]) - 5


def test_ties_are_said() -> None:
    result = preranked(GENES, np.round(STATISTIC, 1), SETS)
    assert "ties-in-ranking" in [f.code for f in result.findings]


def test_running_score_is_the_tables() -> None:
    found = running_score(GENES, STATISTIC, SETS["up"])
    row = preranked(GENES, STATISTIC, SETS).table.set_index("term").loc["up"]
    assert found.score == row["es"]
    assert found.curve[found.peak] == pytest.approx(found.score)
    assert len(found.hits) == row["size"]
    assert (np.diff(found.statistic) <= 0).all()


def test_bad_input_is_refused() -> None:
    with pytest.raises(GeneError, match="more than once in the ranked list"):
        preranked(["A", "A"], [1.0, 2.0], SETS)
    with pytest.raises(GeneError, match="don't meet"):
        preranked([f"X{k}" for k in range(2000)], STATISTIC, SETS)
    with pytest.raises(InputError, match="give one a gene"):
        preranked(GENES, STATISTIC[:-1], SETS)
    with pytest.raises(InputError, match=r"infinite for 1 genes \('GENE0'\)"):
        preranked(GENES, np.r_[np.inf, STATISTIC[1:]], SETS)
    with pytest.raises(InputError, match="All statistics are equal"):
        preranked(GENES, np.ones(2000), SETS)
    with pytest.raises(InputError, match="holds all 30 ranked genes"):
        preranked(GENES[:30], STATISTIC[:30], {"all": GENES[:30]})
    with pytest.raises(ValueError, match="'permutations'"):
        preranked(GENES, STATISTIC, SETS, permutations=10)
    with pytest.raises(ValueError, match="'power'"):
        preranked(GENES, STATISTIC, SETS, power=-1)
    with pytest.raises(GeneError, match="0 of the 2,000 ranked genes are in the set"):
        running_score(GENES, STATISTIC, ["X"])


@pytest.mark.real
def test_chromophobe_tumours_gain_mitochondria(data_folder: Path) -> None:
    path = data_folder / "reference" / "R" / "RNAseqDB_kich_TvsN_voom_limma.csv.gz"
    ranked = pd.read_csv(path, index_col=0, skipinitialspace=True)["t"]
    folder = data_folder / "genesets"
    libraries = [read_gmt(folder / f"{n}.gmt") for n in ("KEGG_2021_Human", "MSigDB_Hallmark_v7.0")]
    found = preranked(ranked.index, ranked, libraries).significant()
    first = found.groupby("library")["term"].first()
    assert first["KEGG_2021_Human"] == "Oxidative phosphorylation"
    assert first["MSigDB_Hallmark_v7.0"] == "HALLMARK_OXIDATIVE_PHOSPHORYLATION"
    nes = found.set_index("term")["nes"]
    assert nes["HALLMARK_OXIDATIVE_PHOSPHORYLATION"] > 2.5
    assert nes["HALLMARK_EPITHELIAL_MESENCHYMAL_TRANSITION"] < 0
