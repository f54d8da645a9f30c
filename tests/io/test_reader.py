"""From a file and a sheet to a cohort."""

from __future__ import annotations

import gzip
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

import bulkwise as bw
from bulkwise.errors import GeneError, InputError, UnitError
from bulkwise.io import read_matrix

GENES = ["TP53", "EGFR", "MYC", "GAPDH", "KRAS"]
SAMPLES = ["S1", "S2", "S3"]
VALUES = np.arange(15, dtype=np.float32).reshape(3, 5)


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(VALUES.copy(), index=SAMPLES, columns=GENES)


def write(frame: pd.DataFrame, path: Path) -> Path:
    kind = path.suffixes[0]
    if kind == ".parquet":
        frame.to_parquet(path)
    elif kind == ".gct":
        body = frame.copy()
        body.insert(0, "Description", [f"about {name}" for name in frame.index])
        text = body.to_csv(sep="\t", index_label="Name")
        path.write_text(f"#1.2\n{len(frame)}\t{frame.shape[1]}\n{text}")
    else:
        frame.to_csv(path, sep="," if kind == ".csv" else "\t")
    return path


@pytest.mark.parametrize("name", ["m.csv", "m.tsv", "m.csv.gz", "m.tsv.gz", "m.parquet"])
@pytest.mark.parametrize("genes_in", ["rows", "columns"])
@pytest.mark.parametrize("hint", ["said", "sheet", "expected", "kind"])
def test_every_format_both_ways_round(
    frame: pd.DataFrame, tmp_path: Path, name: str, genes_in: str, hint: str
) -> None:
    path = write(frame.T if genes_in == "rows" else frame, tmp_path / name)
    options: dict[str, object] = {
        "said": {"genes_in": genes_in},
        "sheet": {"samples": pd.DataFrame({"label": list("abc")}, index=SAMPLES)},
        "expected": {"expected_genes": [*GENES, "MORE"]},
        "kind": {},
    }[hint]
    cohort = bw.read(path, unit="counts", **options)  # type: ignore[arg-type]
    np.testing.assert_array_equal(cohort.X, VALUES)
    assert cohort.X.dtype == np.float32
    assert cohort.X.flags.c_contiguous
    assert cohort.obs_names.tolist() == SAMPLES
    assert cohort.var_names.tolist() == GENES
    assert cohort.uns["unit"] == "counts"
    assert cohort.uns["cohort"] == "m"
    assert "findings" not in cohort.uns


def test_without_any_hint_genes_are_rows(tmp_path: Path) -> None:
    path = write(pd.DataFrame(VALUES, index=list("abc"), columns=list("vwxyz")), tmp_path / "m.tsv")
    assert bw.read(path, unit="counts").shape == (5, 3)


@pytest.mark.parametrize("packed", [False, True])
def test_gct(frame: pd.DataFrame, tmp_path: Path, packed: bool) -> None:
    path = write(frame.T, tmp_path / "m.gct")
    if packed:
        (tmp_path / "m.gct.gz").write_bytes(gzip.compress(path.read_bytes()))
        path = tmp_path / "m.gct.gz"
    cohort = bw.read(path, unit="counts")
    np.testing.assert_array_equal(cohort.X, VALUES)
    assert cohort.var["Description"].tolist() == [f"about {name}" for name in GENES]


def test_gct_1_3_says_something_of_samples_and_genes(tmp_path: Path) -> None:
    path = tmp_path / "m.gct"
    path.write_text(
        "#1.3\n2\t3\t1\t2\nid\tchr\tS1\tS2\tS3\nage\tna\t61\t70\t55\nsex\tna\tm\tf\tm\n"
        "TP53\t17\t1\t2\t3\nEGFR\t7\t4\t5\t6\n"
    )
    cohort = bw.read(path, unit="counts")
    np.testing.assert_array_equal(cohort.X, [[1, 4], [2, 5], [3, 6]])
    assert cohort.obs["age"].tolist() == [61, 70, 55]
    assert cohort.obs["sex"].tolist() == ["m", "f", "m"]
    assert cohort.var["chr"].tolist() == [17, 7]


def test_h5ad_keeps_its_unit_and_gains_the_sheet(frame: pd.DataFrame, tmp_path: Path) -> None:
    made = anndata.AnnData(frame.astype(np.float64))
    made.obs["label"], made.obs["kept"] = "old", "yes"
    made.uns["unit"] = "counts"
    made.write_h5ad(tmp_path / "c.h5ad")
    sheet = pd.DataFrame({"label": list("cba")}, index=SAMPLES[::-1])
    cohort = bw.read(tmp_path / "c.h5ad", samples=sheet, name="mine")
    assert cohort.obs["label"].tolist() == list("abc")
    assert cohort.obs["kept"].tolist() == ["yes"] * 3
    assert (cohort.uns["unit"], cohort.uns["cohort"]) == ("counts", "mine")
    with pytest.raises(UnitError, match="the file itself says 'counts'"):
        bw.read(tmp_path / "c.h5ad", unit="tpm")


def test_what_was_read_can_be_written_and_read_again(frame: pd.DataFrame, tmp_path: Path) -> None:
    sheet = pd.DataFrame({"label": ["a", None, "b"], "age": [1.0, np.nan, 3.0]}, index=SAMPLES)
    path = write(frame.T.rename(index={"MYC": "TP53"}), tmp_path / "m.tsv")
    first = bw.read(path, samples=sheet, unit="counts", duplicates="sum")
    first.write_h5ad(tmp_path / "again.h5ad")
    second = bw.read(tmp_path / "again.h5ad")
    np.testing.assert_array_equal(first.X, second.X)
    assert first.uns["findings"] == second.uns["findings"]
    assert second.obs["label"].isna().tolist() == [False, True, False]
    assert second.uns["cohort"] == "m"


def test_the_unit_must_be_told_before_anything_is_read(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = write(frame.T, tmp_path / "m.tsv")
    with pytest.raises(UnitError, match="never guessed"):
        bw.read(path)
    with pytest.raises(UnitError, match="'FPKM'"):
        bw.read(path, unit="FPKM")


@pytest.mark.parametrize(
    ("unit", "value", "message"),
    [
        ("counts", 1.5, "1.5 at gene 'EGFR', sample 'S2'"),
        ("fpkm", -0.5, "-0.5 at gene 'EGFR', sample 'S2'"),
        ("log2_tpm", 60, "60 at gene 'EGFR', sample 'S2'"),
        ("log2", -999, "codes for missing values such as -999"),
    ],
)
def test_values_that_contradict_the_unit(
    frame: pd.DataFrame, tmp_path: Path, unit: str, value: float, message: str
) -> None:
    frame.loc["S2", "EGFR"] = value
    with pytest.raises(UnitError, match=message):
        bw.read(write(frame.T, tmp_path / "m.tsv"), unit=unit)


def test_expected_counts_need_a_file_that_says_so(frame: pd.DataFrame, tmp_path: Path) -> None:
    made = anndata.AnnData(frame + 0.25)
    made.uns["unit"] = "counts"
    made.write_h5ad(tmp_path / "c.h5ad")
    with pytest.raises(UnitError, match="expected counts of RSEM"):
        bw.read(tmp_path / "c.h5ad")
    made.uns["expected_counts"] = True
    made.write_h5ad(tmp_path / "c.h5ad")
    assert bw.read(tmp_path / "c.h5ad").X[0, 0] == 0.25
    assert bw.check(bw.read(tmp_path / "c.h5ad")).ok


def test_missing_values_are_refused_or_kept(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.loc["S1", "MYC"] = np.nan
    path = write(frame.T, tmp_path / "m.tsv")
    with pytest.raises(InputError, match="gene 'MYC', sample 'S1'"):
        bw.read(path, unit="counts")
    cohort = bw.read(path, unit="counts", missing="keep")
    assert np.argwhere(np.isnan(cohort.X)).tolist() == [[0, 2]]


def test_versions_are_dropped_and_twins_on_y_stay(tmp_path: Path) -> None:
    ids = ["ENSG00000182378.15", "ENSG00000182378.15_PAR_Y", "ENSG00000141510.18"]
    path = write(pd.DataFrame(VALUES[:, :3], index=SAMPLES, columns=ids).T, tmp_path / "m.tsv")
    cohort = bw.read(path, unit="counts")
    assert cohort.var_names.tolist() == [
        "ENSG00000182378",
        "ENSG00000182378_PAR_Y",
        "ENSG00000141510",
    ]
    assert cohort.var["id"].tolist() == ids
    assert "3 Ensembl ids" in cohort.uns["findings"]["versions-dropped"]


def test_two_versions_of_one_id_are_duplicates(tmp_path: Path) -> None:
    ids = ["ENSG00000182378.15", "ENSG00000141510.18", "ENSG00000182378.14"]
    path = write(pd.DataFrame(VALUES[:, :3], index=SAMPLES, columns=ids).T, tmp_path / "m.tsv")
    with pytest.raises(GeneError, match="'ENSG00000182378'"):
        bw.read(path, unit="counts")
    cohort = bw.read(path, unit="counts", duplicates="max")
    np.testing.assert_array_equal(cohort.X, [[2, 1], [7, 6], [12, 11]])
    assert cohort.var["id"].tolist() == ids[:2]
    assert "1 of 3 genes" in cohort.uns["findings"]["duplicates-joined"]


def test_samples_may_be_dropped_and_that_is_said(frame: pd.DataFrame, tmp_path: Path) -> None:
    sheet = pd.DataFrame({"label": list("xy")}, index=["S3", "S9"])
    path = write(frame.T, tmp_path / "m.tsv")
    cohort = bw.read(path, samples=sheet, unit="counts", unmatched="drop")
    np.testing.assert_array_equal(cohort.X, VALUES[2:])
    assert cohort.obs["label"].tolist() == ["x"]
    assert [f.code for f in bw.check(cohort).findings if "left out" in f.message] == [
        "samples-dropped"
    ]


def test_labels_in_the_matrix_itself(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("id,tissue,TP53,EGFR,MYC,stage\nS1,lung,1,2,3,II\nS2,liver,4,5,6,I\n")
    cohort = bw.read(path, unit="counts")
    assert cohort.var_names.tolist() == ["TP53", "EGFR", "MYC"]
    assert cohort.obs["tissue"].tolist() == ["lung", "liver"]
    assert cohort.obs["stage"].tolist() == ["II", "I"]


def test_a_matrix_can_be_read_as_it_is(tmp_path: Path) -> None:
    path = write(
        pd.DataFrame([[0.5, -1]], index=["TP53.1"], columns=["S1", "S1"]), tmp_path / "m.tsv"
    )
    matrix = read_matrix(path)
    assert matrix.genes == ["TP53.1"]
    assert matrix.samples == ["S1", "S1"]
    np.testing.assert_array_equal(matrix.X, [[0.5], [-1]])


@pytest.mark.real
def test_airway(data_folder: Path) -> None:
    cohort = bw.read(
        data_folder / "airway/counts.csv.gz",
        samples=data_folder / "airway/metadata.csv",
        unit="counts",
    )
    assert cohort.shape == (8, 64102)
    assert cohort.obs["dex"].tolist() == ["control", "treated"] * 4
    assert cohort[:, "ENSG00000000003"].X.ravel().tolist() == [
        679, 448, 873, 408, 1138, 1047, 770, 572,
    ]  # fmt: skip
    assert bw.check(cohort, target="dex").ok


@pytest.mark.real
def test_a_file_of_rnaseqdb(data_folder: Path) -> None:
    folder = next((data_folder / "mirror/mskcc/RNAseqDB").glob("*/data"))
    path = folder / "expected_count/chol-rsem-count-tcga.txt.gz"
    frame = pd.read_csv(path, sep="\t", index_col=0)
    cohort = bw.read(path, unit="normalized_counts")
    np.testing.assert_array_equal(cohort.X, frame.iloc[:, 1:].to_numpy(np.float32).T)
    assert cohort.var["Entrez_Gene_Id"].tolist() == frame["Entrez_Gene_Id"].tolist()
    with pytest.raises(UnitError, match="36,107 of 182,178 values are no whole numbers"):
        bw.read(path, unit="counts")


@pytest.mark.real
@pytest.mark.parametrize("name", ["bladderbatch", "rtcga/CHOL", "microarray/golub", "degnext/COAD"])
def test_h5ad_cohorts_are_read_as_they_are(data_folder: Path, name: str) -> None:
    path = data_folder / f"{name}.h5ad"
    cohort, plain = bw.read(path), anndata.read_h5ad(path)
    np.testing.assert_array_equal(cohort.X, plain.X)
    assert cohort.var_names.tolist() == plain.var_names.tolist()
    pd.testing.assert_frame_equal(cohort.obs, plain.obs, check_names=False)
