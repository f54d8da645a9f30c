from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import GeneError, InputError
from bulkwise.io.changes import read_changes
from bulkwise.storage import write_csv


def test_our_own_table_comes_back(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "gene": ["TP53", "-AS1", "A"],
            "log2_fold_change": [1.5, -2.0, np.nan],
            "mean": [5.0, 6.0, 1.0],
            "statistic": [3.0, -4.0, np.nan],
            "p_value": [0.001, 0.0001, np.nan],
            "adjusted_p_value": [0.01, 0.001, np.nan],
            "b": [0.0, 1.0, np.nan],
        }
    )
    write_csv(tmp_path / "de.csv", table)
    wanted = table[["gene", "log2_fold_change", "adjusted_p_value", "statistic"]]
    pd.testing.assert_frame_equal(read_changes(tmp_path / "de.csv"), wanted)


@pytest.mark.parametrize(
    "text",
    [
        '"","logFC","AveExpr","t","P.Value","adj.P.Val","B"\n"TP53",1.5,5,3,0.001,0.01,0\n',
        "logFC\tAveExpr\tt\tP.Value\tadj.P.Val\tB\nTP53\t1.5\t5\t3\t0.001\t0.01\t0\n",
        "gene,baseMean,log2FoldChange,lfcSE,stat,pvalue,padj\nTP53,9,1.5,1,3,0.001,0.01\n",
        "\ufeffsymbol,logFC,FDR,stat\r\nTP53,1.5,0.01,3\r\n",
    ],
    ids=["limma csv", "limma row names", "DESeq2", "edgeR with a byte-order mark"],
)
def test_tables_of_other_programs(text: str, tmp_path: Path) -> None:
    (tmp_path / "t.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "t.csv").write_bytes(text.encode())
    for name in ("t.gz", "t.csv"):
        (row,) = read_changes(tmp_path / name).to_dict("records")
        assert row == {
            "gene": "TP53", "log2_fold_change": 1.5, "adjusted_p_value": 0.01, "statistic": 3.0,
        }  # fmt: skip


def test_a_list_of_genes(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("gene\nTP53\n\n MYC \nTP53\n")
    assert read_changes(tmp_path / "l.txt").to_dict("list") == {"gene": ["TP53", "MYC"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty; expected a table or a list"),
        (
            "gene,p\nA,1\n",
            "has no column 'log2_fold_change', 'adjusted_p_value'; it has 'gene', 'p'",
        ),
        ("gene,logFC,FDR\nA,big,1\n", "'logFC' of .* holds 'big' in row 2; expected a number"),
        ("gene,logFC,FDR\nA,1,1\nA,2,1\n", "1 genes stand in .* more than once .'A'."),
        ("gene,logFC,FDR\nA,1,1,9,9\nB,1\n", "more cells than its heading"),
    ],
)
def test_what_is_no_table_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises((InputError, GeneError), match=said):
        read_changes(tmp_path / "t.csv")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        read_changes(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder; expected a table"):
        read_changes(tmp_path)
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(InputError, match="expected text"):
        read_changes(tmp_path / "b.csv")
