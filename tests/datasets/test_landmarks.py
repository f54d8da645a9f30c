"""Lists of landmark genes."""

from __future__ import annotations

import gzip

import pytest

from bulkwise.datasets import dgex_landmarks, read_landmarks
from bulkwise.errors import GeneError, InputError


@pytest.mark.real
def test_the_embedded_list_is_the_published_one(data_folder):
    with gzip.open(data_folder / "genes" / "dgex_landmarks.tsv.gz", "rt") as lines:
        published = [line.split("\t")[0] for line in lines]
    assert dgex_landmarks() == published
    assert len(set(published)) == 943


def test_a_file_of_names(tmp_path):
    path = tmp_path / "genes.csv"
    path.write_text("gene,explained\nTP53,0.1\n# a remark\n\nGAPDH,0.2\n")
    assert read_landmarks(path) == ["TP53", "GAPDH"]
    path.write_text("TP53\nGAPDH\nTP53\n")
    with pytest.raises(GeneError, match="more than once"):
        read_landmarks(path)
    path.write_text("\n")
    with pytest.raises(InputError, match="holds no gene name"):
        read_landmarks(path)
    with pytest.raises(InputError, match="Can't read landmarks"):
        read_landmarks(tmp_path / "none.txt")
