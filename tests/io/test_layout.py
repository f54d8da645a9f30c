"""Telling the layout of a text matrix from its first lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulkwise.errors import InputError
from bulkwise.io.layout import sniff, split_line

HERE = Path("matrix.txt")


def test_a_plain_matrix() -> None:
    layout = sniff(b"gene\tS1\tS2\nTP53\t1\t2.5\nMYC\t3\t4\n", HERE)
    assert layout.separator == "\t"
    assert layout.lead == ("gene",)
    assert layout.columns == ["S1", "S2"]
    assert layout.first_rows == ["TP53", "MYC"]
    assert layout.skip == 1
    assert layout.genes_in is None


@pytest.mark.parametrize("separator", ["\t", ",", ";", "|", " "])
def test_separators(separator: str) -> None:
    lines = [["gene", "S1", "S2"], ["TP53", "1", "2"], ["MYC", "3", "4"]]
    head = "\n".join(separator.join(line) for line in lines)
    assert sniff(head.encode(), HERE).separator == separator


def test_byte_order_mark_comments_and_quotes() -> None:
    head = '\ufeff# made by a tool\n\n"gene","S,1","S2"\n"TP53",1,2\n'.encode()
    layout = sniff(head, HERE)
    assert layout.columns == ["S,1", "S2"]
    assert layout.skip == 3


def test_a_header_without_a_corner_as_r_writes_it() -> None:
    layout = sniff(b"S1\tS2\nTP53\t1\t2\n", HERE)
    assert layout.lead == ("",)
    assert layout.columns == ["S1", "S2"]


def test_columns_of_notes_before_and_after_the_numbers() -> None:
    head = (
        b"Geneid\tChr\tStart\tLength\tS1\tS2\tdescription\n"
        b"A1\tchr1\t100\t900\t1\t2\ttext\nA2\tchr1\t200\t800\t3\t4\ttext\n"
    )
    layout = sniff(head, HERE)
    assert layout.lead == ("Geneid", "Chr", "Start", "Length")
    assert layout.columns == ["S1", "S2"]
    assert layout.trail == ("description",)


def test_a_column_of_a_known_sample_holds_numbers_whatever_it_is_called() -> None:
    head = b"gene\tLength\tS1\nTP53\t1\t2\nMYC\t3\t4\n"
    assert sniff(head, HERE).columns == ["S1"]
    assert sniff(head, HERE, samples={"Length", "S1"}).columns == ["Length", "S1"]


def test_row_numbers_before_the_names() -> None:
    layout = sniff(b",gene,S1\n0,TP53,2\n1,MYC,4\n", HERE)
    assert layout.names_at == 1
    assert layout.first_rows == ["TP53", "MYC"]
    assert sniff(b",kind,S1\nTP53,x,2\nMYC,y,4\n", HERE).names_at == 0


def test_one_bad_cell_does_not_make_a_column_of_notes() -> None:
    head = b"gene\tS1\tS2\nTP53\toops\t2\nMYC\t3\t4\nEGFR\t5\t6\n"
    assert sniff(head, HERE).columns == ["S1", "S2"]


def test_a_cut_last_line_is_left_out() -> None:
    head = b"gene\tS1\tS2\nTP53\t1\t2\nMYC\t"
    assert sniff(head, HERE, whole=False).first_rows == ["TP53"]


def test_gct_of_both_versions() -> None:
    old = sniff(b"#1.2\n1\t2\nName\tDescription\tS1\tS2\nTP53\tx\t1\t2\n", HERE)
    assert (old.skip, old.lead, old.n_rows) == (3, ("Name", "Description"), 1)
    assert old.genes_in == "rows"
    new = sniff(b"#1.3\n1\t2\t2\t1\nid\ta\tb\tS1\tS2\nsex\tna\tna\tm\tf\nTP53\tx\ty\t1\t2\n", HERE)
    assert (new.skip, new.lead, new.columns) == (4, ("id", "a", "b"), ["S1", "S2"])
    assert new.column_notes == {"sex": ["m", "f"]}


def test_a_gct_file_without_rows_is_refused() -> None:
    with pytest.raises(InputError, match="says 1 rows of data and has none"):
        sniff(b"#1.2\n1\t2\nName\tDescription\tS1\tS2\n", HERE)


def test_splitting_a_line_keeps_quoted_separators() -> None:
    assert split_line('"a, b", c ,"d""e"', ",") == ["a, b", "c", 'd"e']
