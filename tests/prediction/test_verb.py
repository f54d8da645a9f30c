"""New samples through a bundle: aligned by name, refused in words, left open where unlike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

import bulkwise as bw
from bulkwise import bundle
from bulkwise.errors import BundleError, GeneError, InputError, SampleError, UnitError
from bulkwise.models import RowSpaceLogistic
from bulkwise.prediction import predict
from bulkwise.preprocess import Log1p, LogCPM, Standardize
from bulkwise.storage import write_csv

TISSUES = ("kidney", "liver", "lung")
SYMBOLS = [f"GENE{j}" for j in range(96)] + ["GAPDH", "ACTB", "B2M", "TP53"]


def draw(n: int, seed: int, unit: str = "fpkm", tissues: tuple[str, ...] = TISSUES) -> AnnData:
    """Tissues as programs over the genes; ``brain`` is one that nobody trains on."""
    rng = np.random.default_rng(seed)
    programs = dict(
        zip((*TISSUES, "brain"), np.random.default_rng(7).normal(size=(4, 100)), strict=True)
    )
    tissue = np.array([tissues[i % len(tissues)] for i in range(n)])
    logs = 5 + np.stack([programs[name] for name in tissue]) + 0.5 * rng.normal(size=(n, 100))
    X = np.exp2(logs)
    if unit == "counts":
        X = rng.poisson(X * rng.uniform(1, 20, size=(n, 1)))
    return AnnData(
        X=X.astype(np.float32),
        obs=pd.DataFrame({"tissue": tissue}, index=[f"s{seed}-{i}" for i in range(n)]),
        var=pd.DataFrame(index=SYMBOLS),
        uns={"unit": unit},
    )


def save(folder: Path, unit: str = "fpkm", final: Any = None) -> Path:
    cohort = draw(90, 0, unit)
    steps = [LogCPM()] if unit == "counts" else [Log1p()]
    model = make_pipeline(*steps, Standardize(), final or RowSpaceLogistic(Cs=5, folds=3))
    model.fit(pd.DataFrame(cohort.X, columns=SYMBOLS), cohort.obs["tissue"].to_numpy())
    return bundle.save(model, folder / "model", cohort=cohort, target="tissue")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("fpkm"))


@pytest.fixture(scope="module")
def new() -> AnnData:
    return draw(30, 1)


def test_the_table(path: Path, new: AnnData):
    before = new.X.copy()
    table = bw.predict(path, new, abstain_below=0)
    assert list(table) == [
        "sample",
        "predicted",
        "applicability",
        "p(kidney)",
        "p(liver)",
        "p(lung)",
    ]
    assert table["sample"].tolist() == new.obs_names.tolist()
    assert (table["predicted"] == new.obs["tissue"].to_numpy()).mean() > 0.9
    probabilities = table.filter(like="p(").to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    best = table["predicted"].map(lambda label: list(TISSUES).index(label))
    np.testing.assert_array_equal(probabilities.argmax(axis=1), best)
    assert table.attrs["findings"] == []
    np.testing.assert_array_equal(new.X, before)


def test_a_loaded_bundle_and_its_path_are_the_same(path: Path, new: AnnData):
    pd.testing.assert_frame_equal(predict(path, new), predict(bundle.load(path), new))


def test_genes_go_by_name(path: Path, new: AnnData):
    expected = predict(path, new)
    shuffled = new[:, np.random.default_rng(0).permutation(100)].copy()
    pd.testing.assert_frame_equal(predict(path, shuffled), expected)
    more = AnnData(
        X=np.hstack([np.full((30, 5), 1e4, dtype=np.float32), new.X]),
        obs=new.obs,
        var=pd.DataFrame(index=[f"OTHER{j}" for j in range(5)] + SYMBOLS),
        uns=new.uns,
    )
    pd.testing.assert_frame_equal(predict(path, more), expected)


def test_samples_do_not_touch_each_other(path: Path, new: AnnData):
    whole = predict(path, new)
    alone = pd.concat([predict(path, new[[i]].copy()) for i in range(3)], ignore_index=True)
    pd.testing.assert_frame_equal(alone, whole.iloc[:3])


def test_a_tissue_nobody_trained_on_gets_no_prediction(path: Path, new: AnnData):
    brains = draw(30, 2, tissues=("brain",))
    table = predict(path, brains)
    assert (table["predicted"] == "").mean() > 0.9
    assert table["p(liver)"].notna().all()
    assert (predict(path, new)["predicted"] == "").mean() < 0.2
    assert (predict(path, brains, abstain_below=0)["predicted"] != "").all()
    assert (predict(path, new, abstain_below=1.0)["predicted"] == "").mean() > 0.9


@pytest.mark.parametrize("unit", ["fpkm", "counts"])
def test_a_few_missing_genes_are_filled_and_said(tmp_path: Path, unit: str):
    path, new = save(tmp_path, unit), draw(30, 1, unit)
    expected = predict(path, new, abstain_below=0)
    fewer = predict(path, new[:, 8:].copy(), abstain_below=0)
    message = fewer.attrs["findings"][0]["message"]
    assert "8 of the model's 100 genes" in message
    assert "GENE0, GENE1" in message
    assert (fewer["predicted"] == expected["predicted"]).mean() > 0.9
    assert np.abs(fewer["p(liver)"] - expected["p(liver)"]).mean() < 0.1


def test_a_gene_under_its_former_symbol_is_named_and_not_used(tmp_path: Path):
    cohort, new = draw(90, 0), draw(5, 1)
    cohort.var_names = ["SEPTIN2", *cohort.var_names[1:]]
    model = make_pipeline(Log1p(), Standardize(), RowSpaceLogistic(Cs=5, folds=3))
    model.fit(pd.DataFrame(cohort.X, columns=cohort.var_names), cohort.obs["tissue"].to_numpy())
    path = bundle.save(model, tmp_path / "m", cohort=cohort, target="tissue")
    new.var_names = ["SEPT2", *new.var_names[1:]]
    said = predict(path, new).attrs["findings"][0]["message"]
    assert "SEPT2 for SEPTIN2): rename them" in said


def test_a_filled_gene_is_at_the_training_mean(path: Path, new: AnnData):
    loaded = bundle.load(path)
    filled = loaded.prepared(np.tile(loaded.typical, (1, 1)))
    np.testing.assert_allclose(loaded.model[:-1].transform(filled), 0.0, atol=1e-4)


def test_filled_counts_follow_the_depth(tmp_path: Path):
    loaded = bundle.load(save(tmp_path, "counts"))
    shallow = draw(1, 3, "counts")
    deep = shallow.copy()
    deep.X = shallow.X * 10
    both = [predict(loaded, cohort[:, 8:].copy(), abstain_below=0) for cohort in (shallow, deep)]
    np.testing.assert_allclose(both[0]["p(lung)"], both[1]["p(lung)"], atol=0.05)


def test_too_few_genes_are_refused_with_numbers(path: Path, new: AnnData):
    with pytest.raises(GeneError, match=r"80 of the 100 genes expected.*at least 90%"):
        predict(path, new[:, 20:].copy())


def test_another_kind_of_id_is_named(path: Path, new: AnnData):
    other = new.copy()
    other.var_names = [f"ENSG{j:011d}" for j in range(100)]
    with pytest.raises(GeneError, match="ensembl"):
        predict(path, other)


def test_another_unit_is_refused(path: Path, new: AnnData):
    other = new.copy()
    other.uns["unit"] = "log2_fpkm"
    with pytest.raises(UnitError, match=r"takes 'fpkm' and the matrix is in 'log2_fpkm'"):
        predict(path, other)
    with pytest.raises(UnitError, match="'tpm' was stated"):
        predict(path, new, unit="tpm")
    del other.uns["unit"]
    with pytest.raises(UnitError, match="isn't stated"):
        predict(path, other)
    pd.testing.assert_frame_equal(predict(path, other, unit="fpkm"), predict(path, new))


def test_values_that_contradict_the_unit(path: Path, new: AnnData):
    other = new.copy()
    other.X = np.log2(other.X) - 6
    with pytest.raises(UnitError, match="which no amount of RNA is"):
        predict(path, other)


def test_holes_are_placed(path: Path, new: AnnData):
    other = new.copy()
    other.X[3, 7] = np.nan
    with pytest.raises(GeneError, match=r"GENE7.*s1-3"):
        predict(path, other)


def test_samples_that_cannot_be_told_apart_or_are_none(path: Path, new: AnnData):
    twice = new.copy()
    twice.obs_names = ["a"] * 30
    with pytest.raises(SampleError, match=r"(more than once|twice)"):
        predict(path, twice)
    with pytest.raises(SampleError, match="no sample"):
        predict(path, new[:0].copy())


@pytest.mark.parametrize("level", [-0.1, 1.1, float("nan"), "half"])
def test_levels_that_are_none(path: Path, new: AnnData, level: Any):
    with pytest.raises(InputError, match="from 0 to 1"):
        predict(path, new, abstain_below=level)


def test_samples_it_was_trained_on_are_named(path: Path):
    findings = predict(path, draw(90, 0)[:3].copy()).attrs["findings"]
    assert [finding["code"] for finding in findings] == ["trained-on"]
    assert "3 of the 3 samples" in findings[0]["message"]


def test_a_model_without_probabilities(tmp_path: Path, new: AnnData):
    table = predict(save(tmp_path, final=LinearSVC()), new, abstain_below=0)
    assert list(table) == ["sample", "predicted", "applicability"]
    assert (table["predicted"] == new.obs["tissue"].to_numpy()).mean() > 0.9


def test_from_a_file(tmp_path: Path, path: Path, new: AnnData):
    new.to_df().T.rename_axis("gene").to_csv(tmp_path / "new.tsv", sep="\t")
    table = predict(path, tmp_path / "new.tsv", unit="fpkm")
    expected = predict(path, new)
    assert table["predicted"].tolist() == expected["predicted"].tolist()
    np.testing.assert_allclose(table["p(liver)"], expected["p(liver)"], atol=1e-4)
    with pytest.raises(BundleError, match="There is no bundle"):
        predict(tmp_path / "absent", new)
    with pytest.raises(InputError, match="sample sheet"):
        predict(path, new, samples=tmp_path / "sheet.csv")


def test_csv_is_written_whole_and_runs_nothing(tmp_path: Path, path: Path, new: AnnData):
    odd = new[:4].copy()
    odd.obs_names = ["=1+1", "@cmd", "-12.5", "'quoted"]
    table = predict(path, odd, abstain_below=0)
    write_csv(tmp_path / "p.csv", table)
    lines = (tmp_path / "p.csv").read_text().splitlines()
    assert lines[0] == "sample,predicted,applicability,p(kidney),p(liver),p(lung)"
    assert [line.split(",")[0] for line in lines[1:]] == ["'=1+1", "'@cmd", "-12.5", "''quoted"]
    assert [float(line.split(",")[4]) for line in lines[1:]] == table["p(liver)"].tolist()
    assert table["sample"][0] == "=1+1"
    with pytest.raises(InputError, match="Can't write"):
        write_csv(tmp_path / "p.csv" / "q.csv", table)


def test_abstentions_are_empty_cells(tmp_path: Path, path: Path):
    write_csv(tmp_path / "p.csv", predict(path, draw(3, 2, tissues=("brain",))))
    assert [line.split(",")[1] for line in (tmp_path / "p.csv").read_text().splitlines()[1:]] == [
        ""
    ] * 3


@pytest.mark.real
def test_a_real_tissue_left_out(tmp_path: Path, data_folder: Path):
    import anndata

    cohort = anndata.read_h5ad(data_folder / "gtex_26_tissues.h5ad")
    cohort.obs["tissue"] = cohort.obs["tissue"].astype(str)
    lungs = cohort[cohort.obs["tissue"] == "Lung"].copy()
    others = cohort[cohort.obs["tissue"] != "Lung"].copy()
    known = others[::5].copy()
    train = others[np.arange(others.n_obs) % 5 > 0].copy()
    model = make_pipeline(Standardize(), RowSpaceLogistic(Cs=5, folds=3))
    model.fit(pd.DataFrame(train.X, columns=train.var_names), train.obs["tissue"].to_numpy())
    loaded = bundle.load(bundle.save(model, tmp_path / "m", cohort=train, target="tissue"))
    assert (predict(loaded, lungs)["predicted"] == "").mean() > 0.9
    table = predict(loaded, known)
    kept = (table["predicted"] != "").to_numpy()
    assert kept.mean() > 0.85
    assert (table["predicted"] == known.obs["tissue"].to_numpy())[kept].mean() > 0.9
