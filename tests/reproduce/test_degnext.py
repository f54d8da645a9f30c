"""The reproduction of DEGnext on made cohorts: both tables, the changes, and what is refused."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from plotly import graph_objects

from bulkwise.errors import InputError
from bulkwise.reporting import Figure, Table, render
from bulkwise.reproduce import Reproduction, degnext_cohorts, reproduce_degnext
from bulkwise.reproduce.degnext import paper
from bulkwise.reproduce.degnext.cohorts import opened
from bulkwise.reproduce.degnext.tables import paper_mean
from bulkwise.reproduce.degnext.trials import Judged, mean_accuracy

PARTS = {"T2": 60, "F1": 60, "T3": 40}


def made(name: str, seed: int, parts: dict[str, int] | None = None) -> ad.AnnData:
    """Counts of 10 normals and 18 tumours; a third of T2 neutral, the validated genes change."""
    rng = np.random.default_rng(seed)
    split = np.repeat(list(parts or PARTS), list((parts or PARTS).values()))
    change = rng.choice([-1, 1], size=len(split))
    change[(split == "T2") & (rng.random(len(split)) < 0.33)] = 0
    tumour = np.arange(28) >= 10
    levels = rng.normal(8, 1, size=len(split)) + 0.5 * rng.normal(size=(28, len(split)))
    counts = np.round(np.exp2(levels + tumour[:, None] * change * 1.5)).astype(np.float32)
    genes = pd.DataFrame(
        {
            "split": split,
            "direction": np.array(["down", "neutral", "up"])[change + 1],
            "validated": np.isin(split, ["F1", "T3"]),
        },
        index=[f"G{j}" for j in range(len(split))],
    )
    sheet = pd.DataFrame(
        {"condition": np.where(tumour, "tumour", "normal")}, index=[f"{name}{i}" for i in range(28)]
    )
    return ad.AnnData(
        counts, obs=sheet, var=genes, uns={"unit": "normalized_counts", "cohort": name}
    )


@pytest.fixture(scope="module")
def result() -> Reproduction:
    cohorts = [
        made("LUAD", 0),
        made("PRAD", 1),
        made("BRCA", 2, {"T3": 50}),
        made("CHOL", 3, {"T1": 200, **PARTS}),
        made("STAD", 4, {"T2": 60}),
    ]
    return reproduce_degnext(cohorts, epochs=3, random_state=0, command="bulkwise reproduce")


def test_the_papers_mean_on_the_open_sets_is_known() -> None:
    sets = [
        "BRCA",
        "CHOL",
        "COAD",
        "ESCA",
        "KICH",
        "KIRP",
        "LIHC",
        "LUAD",
        "LUSC",
        "READ",
        "THCA",
        "UCEC",
    ]
    judged = [Judged(name, "", "", np.ones(1), {}) for name in sets]
    assert paper_mean(judged, paper.GENERAL) == pytest.approx(0.98907, abs=1e-5)
    assert set(paper.TAUGHT) | set(paper.TESTED) == set(paper.GENERAL)


def test_what_stands_in_for_a_part_that_lacks(result: Reproduction) -> None:
    general, transfer = (result.metrics["cohorts"][f"table {n}"] for n in (2, 3))
    assert {name: one["taught"] for name, one in general.items()} == {
        "LUAD": "T2 and F1",
        "PRAD": "T2 and F1",
        "BRCA": "T3, 5 folds",
        "CHOL": "T1 and F1",
    }
    assert {name: one["tested"] for name, one in transfer.items()} == {"CHOL": "Q", "STAD": "T2"}
    assert transfer["CHOL"]["genes"] == 100
    assert transfer["CHOL"]["taught"] == "2 other cohorts"


def test_rules_and_our_model_are_right_on_plain_data(result: Reproduction) -> None:
    models = result.metrics["models"]
    for name in ("mean, CPM", "Wilcoxon", "order-free (ours)", "random forest"):
        assert models[f"{name}; table 2"]["metrics"]["accuracy"]["value"] > 0.97
    assert models["majority; table 2"]["metrics"]["accuracy"]["value"] < 0.75
    assert set(models["DEGnext; table 2"]["metrics"]) == {
        "accuracy", "recall", "precision", "f_measure", "mcc", "auroc",
    }  # fmt: skip
    printed = result.metrics["paper"]["models"]["DEGnext; table 2"]["metrics"]
    assert printed["accuracy"]["value"] == pytest.approx((0.9982 + 0.9935 + 0.988 + 1) / 4)


def test_order_sizes_and_noise_do_what_they_must(result: Reproduction) -> None:
    plain = {
        name: one["metrics"]["accuracy"]["value"]
        for name, one in result.metrics["models"].items()
        if name.endswith("table 2")
    }
    changed = result.metrics["changed"]
    inside, across = changed["columns within a condition"], changed["all columns"]
    assert inside["mean, CPM"]["value"] == pytest.approx(plain["mean, CPM; table 2"])
    assert inside["order-free (ours)"]["value"] == pytest.approx(
        plain["order-free (ours); table 2"]
    )
    assert 0.3 < across["mean, CPM"]["value"] < 0.7
    assert changed["library sizes"]["mean, CPM"]["value"] == plain["mean, CPM; table 2"]
    assert changed["library sizes"]["DEGnext"]["value"] == pytest.approx(
        plain["DEGnext; table 2"], abs=0.011
    )
    noise = result.metrics["noise"]
    assert list(noise) == ["1", "10", "50", "100", "500", "1000", "1500"]
    assert noise["1500"]["mean, CPM"]["value"] < noise["1"]["mean, CPM"]["value"]


def test_libraries_of_other_sizes_have_the_same_levels() -> None:
    (cohort,) = opened([made("LUAD", 0)])
    again = cohort.scaled(np.random.default_rng(0).uniform(0.3, 3, size=28))
    np.testing.assert_allclose(again.rows.levels, cohort.rows.levels, rtol=1e-12)
    assert not np.allclose(again.values, cohort.values)


def test_an_interval_of_a_difference_pairs_the_genes() -> None:
    rng = np.random.default_rng(0)
    truth = rng.choice([-1, 1], size=(6, 200))
    noise = rng.normal(size=(6, 200))
    judged = [
        Judged(str(i), "", "", truth[i], {"a": truth[i] + noise[i], "b": truth[i] + noise[i]})
        for i in range(6)
    ]
    same = mean_accuracy(judged, "a", "b")
    assert (same.value, same.low, same.high) == (0, 0, 0)
    alone = mean_accuracy(judged, "a")
    assert alone.low < alone.value < alone.high
    assert alone.value == pytest.approx(0.84, abs=0.03)  # the normal law at 1


def test_the_page_holds_tables_figures_and_differences(result: Reproduction, tmp_path) -> None:
    page = result.page
    assert [one.title for one in page.sections][:1] == ["What was claimed, and what was found"]
    blocks = [block for section in page.sections for block in section.blocks]
    for figure in (block for block in blocks if isinstance(block, Figure)):
        graph_objects.Figure(data=list(figure.traces), layout=dict(figure.layout))
    claims = next(block for block in blocks if isinstance(block, Table))
    assert any("sign of the mean difference" in row[0] for row in claims.rows)
    text = render(page)
    assert "What differs from the paper" in text
    assert "T2 and F1" in text
    files = {path.name for path in result.save(tmp_path / "out").iterdir()}
    assert files == {"metrics.json", "report.html", "run.json"}
    assert "DEGnext, paper" in result.summary


def test_swapped_columns_and_missing_parts_are_refused() -> None:
    swapped = made("LUAD", 0)
    swapped.obs["condition"] = np.where(swapped.obs["condition"] == "tumour", "normal", "tumour")
    with pytest.raises(InputError, match="probably swapped"):
        reproduce_degnext([swapped], epochs=1)
    parts = made("LUAD", 0)
    del parts.var["split"]
    with pytest.raises(InputError, match="no column 'split'"):
        reproduce_degnext([parts], epochs=1)
    with pytest.raises(InputError, match="Nothing can be tested"):
        reproduce_degnext([made("STAD", 4, {"T2": 60})], epochs=1)
    with pytest.raises(InputError, match="at least one epoch"):
        reproduce_degnext([made("LUAD", 0)], epochs=0)


def test_a_folder_without_cohorts_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="no cohort of DEGnext"):
        degnext_cohorts(tmp_path)


@pytest.mark.real
def test_the_real_parts(data_folder) -> None:
    cohorts = {one.name: one for one in opened(degnext_cohorts(data_folder))}
    learnt = {name: one.learnt[1] for name, one in cohorts.items()}
    assert learnt["KICH"] == "T1 and F1"
    assert learnt["LUAD"] == "T2 and F1"
    assert learnt["THCA"] == "T2"
    assert learnt["BRCA"] == ""
    assert sum(len(one.tested) > 0 for one in cohorts.values()) == 12
    change = cohorts["READ"].rows.change[cohorts["READ"].tested]
    assert (np.sign(change) == cohorts["READ"].sign[cohorts["READ"].tested]).mean() == 0.96
