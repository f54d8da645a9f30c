"""Text matrices of every shape, equal to what pandas makes of them."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkwise.errors import InputError
from bulkwise.io import matrices
from bulkwise.io.base import GenesIn, Matrix, look_at, read_head
from bulkwise.io.layout import sniff


def read(path: Path, genes_in: GenesIn = "rows") -> Matrix:
    file = look_at(path)
    head, whole = read_head(file)
    layout = sniff(head, path, whole=whole)
    return matrices.read_text(file, layout, lambda columns, rows: genes_in)


def table(n_rows: int, n_columns: int, seed: int = 0) -> pd.DataFrame:
    values = np.random.default_rng(seed).gamma(0.5, 100, (n_rows, n_columns)).round(3)
    return pd.DataFrame(
        values,
        index=[f"G{i}" for i in range(n_rows)],
        columns=[f"S{j}" for j in range(n_columns)],
    )


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_both_orientations(tmp_path: Path, packed: bool, line_end: str) -> None:
    frame = table(7, 5)
    text = frame.to_csv(sep="\t", lineterminator=line_end).encode()
    path = tmp_path / "m"
    path.write_bytes(gzip.compress(text) if packed else text)
    rows, columns = read(path, "rows"), read(path, "columns")
    np.testing.assert_array_equal(rows.X, frame.to_numpy(np.float32).T)
    np.testing.assert_array_equal(columns.X, frame.to_numpy(np.float32))
    assert rows.genes == columns.samples == frame.index.tolist()
    assert rows.samples == columns.genes == frame.columns.tolist()
    assert rows.gene_places == list(range(2, 9))
    for matrix in (rows, columns):
        assert matrix.X.dtype == np.float32
        assert matrix.X.flags.c_contiguous


@pytest.mark.parametrize("genes_in", ["rows", "columns"])
@pytest.mark.parametrize("guess", [1, 40, 5000])
def test_many_blocks_and_a_wrong_guess_of_their_number(
    tmp_path: Path, genes_in: GenesIn, guess: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = table(300, 11, seed=1)
    path = tmp_path / "m.csv"
    frame.to_csv(path)
    monkeypatch.setattr(matrices, "_BLOCK", 700)
    monkeypatch.setattr(matrices, "_guess_rows", lambda file, layout: guess)
    matrix = read(path, genes_in)
    values = matrix.X.T if genes_in == "rows" else matrix.X
    np.testing.assert_array_equal(values, frame.to_numpy(np.float32))
    assert (matrix.genes if genes_in == "rows" else matrix.samples) == frame.index.tolist()


def test_a_line_longer_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = table(3, 400, seed=2)
    path = tmp_path / "m.tsv"
    frame.to_csv(path, sep="\t")
    monkeypatch.setattr(matrices, "_BLOCK", 64)
    np.testing.assert_array_equal(read(path).X, frame.to_numpy(np.float32).T)


def test_the_error_in_a_late_block_names_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = table(200, 4).to_csv(sep="\t").split("\n")
    lines[150] = lines[150].replace("G149\t", "G149\tx")
    path = tmp_path / "m.tsv"
    path.write_text("\n".join(lines))
    monkeypatch.setattr(matrices, "_BLOCK", 500)
    with pytest.raises(InputError, match=r"line 151 \(row 'G149'\), column 'S0'.*got 'x"):
        read(path)


def test_numbers_in_all_their_forms(tmp_path: Path) -> None:
    cells = ["1e3", "1E+03", "-0", ".5", "5.", "+2", " 7 ", '"8"', "16777217", "1e-50", "3.4e38"]
    path = tmp_path / "m.tsv"
    header = "\t".join(f"S{j}" for j in range(len(cells)))
    path.write_text(f"gene\t{header}\nTP53\t" + "\t".join(cells) + "\n")
    expected = [1000, 1000, 0, 0.5, 5, 2, 7, 8, np.float32(16777217), 0, np.float32(3.4e38)]
    np.testing.assert_array_equal(read(path).X[:, 0], np.array(expected, np.float32))


@pytest.mark.parametrize("word", ["", "NA", "NaN", "nan", "null", "NULL", "N/A", "#N/A", "None"])
def test_words_for_missing_become_nan(tmp_path: Path, word: str) -> None:
    path = tmp_path / "m.tsv"
    path.write_text(f"gene\tS1\tS2\nTP53\t1\t2\nMYC\t{word}\t4\n")
    np.testing.assert_array_equal(read(path).X, np.array([[1, np.nan], [2, 4]], np.float32))


def test_blank_lines_and_the_table_marks_of_geo_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "series_matrix.txt"
    path.write_text(
        '!Series_title\t"x"\n!series_matrix_table_begin\n"ID_REF"\t"GSM1"\t"GSM2"\n'
        '"1007_s_at"\t1\t2\n\n"1053_at"\t3\t4\n!series_matrix_table_end\n'
    )
    matrix = read(path)
    assert matrix.genes == ["1007_s_at", "1053_at"]
    np.testing.assert_array_equal(matrix.X, [[1, 3], [2, 4]])


def test_notes_stand_beside_their_genes(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(
        "gene,description,entrez,S1,S2,kind\n"
        '"A","kinase, ""beta""", 7157,1,2,coding\n'
        "B,plain,12,3,4,other\n"
    )
    matrix = read(path)
    assert matrix.genes == ["A", "B"]
    assert matrix.gene_notes == {
        "description": ['kinase, "beta"', "plain"],
        "entrez": ["7157", "12"],
        "kind": ["coding", "other"],
    }
    np.testing.assert_array_equal(matrix.X, [[1, 3], [2, 4]])


def test_row_numbers_are_no_notes(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(",gene,S1\n0,TP53,2\n1,MYC,4\n")
    matrix = read(path)
    assert matrix.genes == ["TP53", "MYC"]
    assert matrix.gene_notes == {}


def test_names_in_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "m.tsv"
    path.write_bytes("gène\tSé\nTP53é\t1\n".encode("latin-1"))
    matrix = read(path)
    assert (matrix.samples, matrix.genes) == (["Sé"], ["TP53é"])


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    values=st.lists(
        st.lists(
            st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=3, max_size=3
        ),
        min_size=1,
        max_size=6,
    ),
    separator=st.sampled_from(["\t", ",", ";"]),
    quoting=st.sampled_from([0, 1]),
)
def test_what_pandas_writes_is_read_exactly(
    values: list[list[float]], separator: str, quoting: int, tmp_path: Path
) -> None:
    frame = pd.DataFrame(values, index=[f'G"{i}' for i in range(len(values))], columns=list("abc"))
    path = tmp_path / "m"
    frame.astype(np.float32).to_csv(path, sep=separator, quoting=quoting)  # type: ignore[call-overload]
    np.testing.assert_array_equal(read(path).X.T, frame.to_numpy(np.float32))
