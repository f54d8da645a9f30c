"""What gene names are, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bulkwise.checks.genes import (
    check_genes,
    check_transposed,
    duplicated,
    excel_mangled,
    id_kind,
    looks_like_genes,
    renamed,
    without_version,
)

SYMBOLS = [
    "A1CF", "BRAF", "C9orf72", "DUSP1", "ELANE", "FOXP3", "GLI1", "HLA-A", "IFNG", "JUN",
    "KIT", "LMNA", "MLH1", "NRAS", "OTC", "PAX6", "QKI", "RET", "SOX2", "TTN", "UTY", "VHL",
]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["ENSG00000141510", "ENSG00000182378.15_PAR_Y", "ENSMUSG00000059552.1"], "ensembl"),
        (["7157", "672", "100009676"], "entrez"),
        (["1007_s_at", "AFFX-BioB-5_at", "ILMN_1343291", "A_23_P117082"], "probe"),
        (["TP53", "GAPDH", "ACTB", "LOC1", "weird name"], "symbol"),
        (["Tp53", "Gapdh", "Actb", "Trp63"], "symbol"),
        (SYMBOLS, "symbol"),
        (["TCGA-A6-2671-01A", "GTEX-ZYT6-2226", "TCGA-A6-2672-01A"], "unknown"),
        ([f"S{i}" for i in range(200)], "unknown"),
        ([f"GSM{71019 + i}" for i in range(200)], "unknown"),
        ([f"GENE{i}" for i in range(200)], "unknown"),
        ([], "unknown"),
        (["ENSG00000141510"] * 7 + ["x y"] * 3, "unknown"),
        (["ENSG00000141510"] * 8 + ["x y"] * 2, "ensembl"),
    ],
)
def test_kinds_of_ids(names: list[str], kind: str) -> None:
    assert id_kind(names) == kind


def test_how_surely_names_are_genes() -> None:
    assert looks_like_genes(["ENSG00000141510"]) == 3
    assert looks_like_genes(["TP53", "GAPDH", "ACTB"]) == 3
    assert looks_like_genes(SYMBOLS) == 2
    assert looks_like_genes(["1", "2"]) == 1
    assert looks_like_genes(["S1", "S2"]) == 0


@pytest.mark.parametrize(
    "name",
    [
        "1-Mar", "02-Sep", "10-Dec", "Mar-01", "SEP-2", "2001-03-01", "2001-03-01 00:00:00",
        "3/1/2001", "2.31E+13", "1. Mrz", "1-Dez", "43891", "36951",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_makes_of_names_is_seen(name: str) -> None:
    names = [*SYMBOLS[:11], name, *SYMBOLS[11:]]
    assert excel_mangled(names) == [11]


@pytest.mark.parametrize(
    "name", ["MARCH1", "SEPT2", "DEC1", "MAR1", "HLA-A", "1060P11.3", "5S_rRNA", "7SK", "12345", ""]
)
def test_real_names_are_left_alone(name: str) -> None:
    assert excel_mangled([*SYMBOLS, name]) == []


def test_numbers_among_numbers_are_no_dates() -> None:
    assert excel_mangled([str(i) for i in range(43890, 43899)]) == []


def test_versions_of_ensembl_ids_only() -> None:
    assert without_version("ENSG00000141510.18") == "ENSG00000141510"
    assert without_version("AC004556.1") == "AC004556.1"


@pytest.mark.real
def test_all_symbols_of_the_genome_are_symbols_and_no_dates(data_folder: Path) -> None:
    table = pd.read_csv(data_folder / "genes/grch38.csv.gz", dtype=str, keep_default_na=False)
    symbols = sorted(set(table["symbol"]) - {""})
    assert len(symbols) > 30_000
    assert id_kind(symbols) == "symbol"
    assert id_kind(table["ensgene"].tolist()) == "ensembl"
    assert excel_mangled(symbols) == []


def test_duplicates_need_not_be_neighbours() -> None:
    assert duplicated(["A", "B", "A", "C", "B", "A"]) == {"A": 3, "B": 2}


def test_complaints_name_rows() -> None:
    names = ["A", "", "1-Mar", "A"]
    found = {finding.code: finding for finding in check_genes(names, rows=[2, 3, 5, 6], where="m")}
    assert set(found) == {"empty-gene-name", "excel-mangled", "duplicate-genes"}
    assert "first at 3" in found["empty-gene-name"].message
    assert "'1-Mar' in row 5" in found["excel-mangled"].message
    assert found["duplicate-genes"].items == ("A",)
    assert {finding.level for finding in found.values()} == {"error"}


def test_complaints_name_positions_without_rows() -> None:
    assert "'1-Mar' in position 2" in check_genes(["A", "1-Mar"])[0].message


def test_many_complaints_are_cut() -> None:
    message = check_genes([f"{i}-Mar" for i in range(1, 9)])[0].message
    assert "and 3 more" in message
    assert len(check_genes([f"{i}-Mar" for i in range(1, 9)])[0].items) == 8


def test_good_names_pass() -> None:
    assert check_genes(SYMBOLS) == []


def test_a_transposed_matrix_is_seen() -> None:
    genes, samples = ["TP53", "GAPDH", "ACTB"], ["S1", "S2"]
    assert check_transposed(genes, samples) == []
    assert check_transposed(samples, genes)[0].code == "transposed"
    assert check_transposed(genes, genes) == []
    assert check_transposed(["x"], SYMBOLS) == []


def test_symbols_that_changed_because_of_spreadsheets() -> None:
    there = ["SEPT2", "MARCHF1", "MARC1", "TP53"]
    absent = ["SEPTIN2", "MARCH1", "MTARC1", "MYC", "SEPTIN3"]
    assert renamed(absent, there) == {"SEPTIN2": "SEPT2", "MARCH1": "MARCHF1", "MTARC1": "MARC1"}
