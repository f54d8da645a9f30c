"""Every sentence and number of the checks, word for word, at and beside each limit.

``python tests/checks/test_sentences.py`` writes ``sentences.json`` anew; read what changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest

from bulkwise.checks import (
    base,
    design,
    directions,
    genes,
    labels,
    linear_model,
    pairs,
    samples,
    sex,
    sources,
    targets,
    values,
)
from bulkwise.checks import settings as parameters
from bulkwise.checks.cohort import check
from bulkwise.errors import BulkwiseError, GeneError

GOLDEN = Path(__file__).with_name("sentences.json")
NAN = float("nan")


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def some(n: int, letter: str = "S") -> list[str]:
    return [f"{letter}{i}" for i in range(n)]


def obs(**columns: Any) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=some(n))


def places(value: float, n: int = 1) -> tuple[np.ndarray, list[str], list[str]]:
    """4 samples x 3 genes, n values of them special."""
    X = np.full((4, 3), 2.0)
    X.flat[:n] = value
    return X, some(3, "G"), some(4)


def wide(high: float, *, whole: bool = False) -> tuple[np.ndarray, list[str]]:
    """50 samples x 20 genes from 0 to a largest value."""
    X = rng().uniform(0, high, (50, 20))
    X[0, 0] = high
    return (np.rint(X) if whole else X), some(50)


def swapped(n: int, *, wrong: dict[int, tuple[float, float]] | None = None) -> tuple[Any, ...]:
    """n pairs; in those of wrong the normal and the tumour sample stand elsewhere (0 or 1)."""
    base_ = rng().normal(6, 0.3, (2 * n, 30))
    side = np.tile([0.0, 1.0], n)
    for i, (left, right) in (wrong or {}).items():
        side[2 * i], side[2 * i + 1] = left, right
    X = base_ + 3 * side[:, None] * (np.arange(30) < 12)
    patients = [f"P{i:02d}" for i in range(n) for _ in range(2)]
    return X, patients, ["normal", "tumour"] * n, ["lung"] * (2 * n)


def judged(n: int, unit: str = "log2", **wrong: Any) -> list[Any]:
    X, patients, conditions, strata = swapped(n, **wrong)
    return pairs.check_pairs(X, unit, patients, conditions, strata, column="condition")


def cohort(unit: str | None = "log2_tpm", n: int = 20, **columns: Any) -> anndata.AnnData:
    X = rng().normal(6, 1, (n, 40)).astype(np.float32)
    table = obs(**columns) if columns else pd.DataFrame(index=some(n))
    found = anndata.AnnData(X, table, pd.DataFrame(index=some(40, "G")))
    if unit is not None:
        found.uns["unit"] = unit
    return found


def paired_cohort() -> anndata.AnnData:
    X, patients, conditions, strata = swapped(9, wrong={2: (1, 0)})
    table = obs(Patient=patients, batch=["b1", "b2"] * 9, Condition=conditions, Tissue=strata)
    table["gender"] = ["male", "female"] * 9
    names = ["XIST", "RPS4Y1", *some(28, "G")]
    X[:, :2] = np.tile([[2.0, 9.0]], (18, 1))
    return anndata.AnnData(
        X.astype(np.float32), table, pd.DataFrame(index=names), uns={"unit": "log2"}
    )


def report(found: Any) -> dict[str, Any]:
    return found.to_dict()


def raised(call: Callable[[], Any]) -> str:
    try:
        call()
    except BulkwiseError as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


FULL = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1], [0, 1, 0, 1, 0, 1]])
TWICE = np.column_stack([FULL, FULL[:, 1] + FULL[:, 2]])
ZERO = np.column_stack([FULL, np.zeros(6)])
TCGA = [f"TCGA-A6-267{i}-{code}A" for i, code in enumerate(("01", "09", "10", "19", "20", "11"))]

CASES: dict[str, Callable[[], Any]] = {
    # base
    "unit none": lambda: raised(lambda: base.require_unit(None)),
    "unit empty": lambda: raised(lambda: base.require_unit("", where="here")),
    "unit unknown": lambda: raised(lambda: base.require_unit("pints")),
    "unit no text": lambda: raised(lambda: base.require_unit(3, where="there")),
    "unit known": lambda: [base.require_unit("tpm"), base.is_log("log2"), base.is_linear("log2")],
    "microarray": lambda: [base.is_log("microarray"), base.is_linear("microarray")],
    "logs": lambda: [
        base.log_values(np.array([[0.0, 1.0, -1.0, 3.0]]), unit)
        for unit in ("tpm", "log2", "microarray")
    ],
    "logs of whole numbers": lambda: base.log_values(np.array([[0, 1, 3]]), "counts"),
    "logs of a scanner": lambda: [
        base.log_values(np.array([[high, 1.0, NAN]]), "microarray") for high in (50.0, 51.0)
    ],
    "logs of nothing": lambda: base.log_values(np.empty((0, 2)), "microarray").shape,
    "named": lambda: [base.name_some(range(n)) for n in (1, 5, 6)] + [base.name_some("abc", 2)],
    "were": lambda: [base.were(n) for n in (0, 1, 2)],
    "refuse": lambda: [
        raised(
            lambda: base.refuse([base.Finding("a", "note", "A."), base.Finding("b", "error", "B.")])
        ),
        raised(lambda: base.refuse([base.Finding("b", "error", "B.")], GeneError)),
        raised(lambda: base.refuse([base.Finding("a", "warning", "A.")])),
    ],
    # values
    "dense": lambda: [
        raised(lambda: values.dense(None)),
        raised(lambda: values.dense(__import__("scipy.sparse").sparse.csr_matrix((2, 2)), "it")),
        raised(lambda: values.dense(np.ones(3))),
        raised(lambda: values.dense(np.array([["a"]]), "that")),
        raised(lambda: values.dense(np.ones((1, 1), complex))),
        [values.dense(np.ones((1, 2), kind)).dtype.str for kind in ("f2", "i8", "u1", "?")],
    ],
    "extremes": lambda: [
        values.extremes(X) for X in (np.empty((0, 3)), np.array([[1, -2.0]]), np.array([[NAN, 1]]))
    ],
    "missing": lambda: values.check_finite(*places(NAN)),
    "missing, many": lambda: values.check_finite(*places(NAN, 4)),
    "missing, three": lambda: values.check_finite(*places(NAN, 3)),
    "infinite": lambda: values.check_finite(*places(-np.inf, 2)),
    "missing and infinite": lambda: values.check_finite(
        np.array([[NAN, np.inf]]), ["A", "B"], ["S"]
    ),
    "finite": lambda: (
        values.check_finite(*places(5.0))
        + values.check_finite(np.array([[1, 2]]), ["A", "B"], ["S"])
    ),
    "missing in a later block": lambda: (
        values.check_finite(
            np.vstack([np.zeros((9, 1 << 18)), np.full((1, 1 << 18), NAN)]), some(1 << 18), some(10)
        )[0].message
    ),
    "negative": lambda: [
        [f.to_dict() for f in values.check_unit(places(v)[0], "tpm", *places(v)[1:])]
        for v in (-0.0009, -0.001, -0.0011, -7.0)
    ],
    "fractional counts": lambda: [
        [f.to_dict() for f in values.check_unit(places(v)[0], "counts", *places(v)[1:])]
        for v in (1.0009, 0.9991, 1.002, 0.5)
    ],
    "fractions that were expected": lambda: values.check_unit(
        *(lambda X, g, s: (X, "counts", g, s))(*places(0.5)), expected_counts=True
    ),
    "fractions of another unit": lambda: values.check_unit(
        *(lambda X, g, s: (X, "cpm", g, s))(*places(0.5))
    ),
    "no logarithm": lambda: [
        [f.to_dict() for f in values.check_unit(places(v)[0], "log2", *places(v)[1:])]
        for v in (50.0, -50.0, 50.5, -50.5)
    ],
    "a scanner says nothing": lambda: values.check_unit(places(-900.0)[0], "microarray", [], []),
    "no values": lambda: values.check_unit(np.empty((0, 3)), "tpm", [], []),
    "missing and negative": lambda: values.check_unit(
        np.array([[NAN, -5.0]]), "tpm", ["A", "B"], ["S"]
    ),
    "few values": lambda: values.hint_unit(np.full((50, 19), 2.5), "tpm", some(50)),
    "logged already": lambda: [
        [f.to_dict() for f in values.hint_unit(wide(high)[0], unit, wide(high)[1])]
        for high in (25.0, 25.5)
        for unit in ("tpm", "counts", "fpkm")
    ],
    "logged twice": lambda: [
        [f.to_dict() for f in values.hint_unit(wide(high)[0], unit, wide(high)[1])]
        for high in (4.9, 5.0)
        for unit in (
            "log2_counts",
            "log2_cpm",
            "log2_tpm",
            "log2_fpkm",
            "log2_rsem",
            "log2",
            "log_ratio",
        )
    ],
    "whole numbers": lambda: [
        [f.to_dict() for f in values.hint_unit(*(lambda X, s: (X, unit, s))(*wide(90, whole=True)))]
        for unit in ("cpm", "tpm", "fpkm", "fpkm_harmonised", "rsem", "counts")
    ],
    "zeros aren't counts": lambda: values.hint_unit(np.zeros((50, 20)), "fpkm", some(50)),
    "whole numbers at the beginning": lambda: values.hint_unit(
        np.vstack([wide(90, whole=True)[0], wide(90)[0]]), "fpkm", some(100)
    ),
    "more than a million": lambda: [
        [f.to_dict() for f in values.hint_unit(np.full((50, 20), each), unit, some(50))]
        for each in (54_999.5, 55_000.5)
        for unit in ("tpm", "fpkm", "cpm")
    ],
    "empty matrix": lambda: values.check_spread(np.empty((0, 3)), some(3), []),
    "zero samples": lambda: values.check_spread(
        np.array([[0.0, 0.0], [1.0, 2.0], [0.0, 0.0]]), ["A", "B"], ["S", "T", "U"]
    ),
    "constant genes": lambda: values.check_spread(
        np.array([[1.0, 5.0, NAN], [2.0, 5.0, 4.0]]), ["A", "B", "C"], ["S", "T"]
    ),
    "all constant": lambda: values.check_spread(np.ones((2, 6)), some(6, "G"), ["S", "T"]),
    "constant at first": lambda: values.check_spread(
        np.vstack([np.ones((5, 1 << 18)), np.full((1, 1 << 18), 2.0)]), some(1 << 18), some(6)
    ),
    "one sample": lambda: values.check_spread(np.ones((1, 2)), ["A", "B"], ["S"]),
    # genes
    "kinds": lambda: [
        genes.id_kind(names)
        for names in (
            [],
            ["ENSG00000141510", "ENSMUSG00000059552.1", "ENST00000269305_PAR_Y"],
            ["ENSG00000141510"] * 4 + ["x"],
            ["ENSG00000141510"] * 3 + ["x"],
            ["1007_s_at", "AFFX-BioB", "ILMN_1", "A_23_P1", "TC01000001.hg.1"],
            ["7157", "1", "999999999"],
            ["0157", "7157x"],
            ["TP53", "EGFR", "MYC"],
            ["TP53", "S1"],
            ["TP53", "S1", "S2", "S3"],
            ["tp53", "egfr", "myc", *some(40)],
            some(40),
            [
                f"{a}{b}{i}"
                for i, (a, b) in enumerate(
                    zip("ABCDEFGHIJKLMNOPQRSTUVWX", "QWERTZUIOPASDFGHJKLYXCVB", strict=True)
                )
            ],
            [f"{a.lower()}x{i}" for i, a in enumerate("ABCDEFGHIJKLMNOPQRSTUVWX")],
            [f"{a}verylongsamplename{i}" for i, a in enumerate("ABCDEFGHIJKLMNOPQRSTUVWX")],
            [f"{a}Q{i}" for i, a in enumerate("ABCDEFGHIJKLMNOPQRS")],
            [f"{a}Q{i}" for i, a in enumerate("ABCDEFGHIJKLMNOPQRST")],
        )
    ],
    "how surely genes": lambda: [
        genes.looks_like_genes(names)
        for names in (
            ["ENSG00000141510"],
            ["1007_s_at"],
            ["TP53", "EGFR", "MYC"],
            ["TP53", "EGFR"],
            ["tp53", "egfr", "myc"],
            ["7157"],
            ["S1"],
        )
    ],
    "versions": lambda: [
        genes.without_version(name)
        for name in ("ENSG00000141510.18", "ENSG00000182378.15_PAR_Y", "ENSG00000141510", "A.1")
    ],
    "dates": lambda: genes.excel_mangled(
        [
            "1-Mar",
            "02.Sep",
            "3/1/2001",
            "3/1/01",
            "2001-03-01",
            "2001-03-01 00:00:00",
            "Mar-01",
            "Sept-2",
            "2.31E+13",
            "1e+05",
            "MARCH1",
            "SEPT2",
            "-Mar",
            "43891",
            "1-1",
            "2001-3-1",
            "1 okt",
            "7-Dez",
            "12345",
            "35000",
            "34999",
            "49999",
            "50000",
            *some(60),
        ]
    ),
    "serials among numbers": lambda: [
        genes.excel_mangled(["43891", *some(n)]) for n in (19, 20, 21)
    ],
    "renamed": lambda: sorted(
        genes.renamed(
            [
                *(f"SEPTIN{i}" for i in range(1, 16)),
                *(f"MARCHF{i}" for i in range(1, 13)),
                "MTARC1",
                "MTARC2",
                "DELEC1",
                "TP53",
                "SEPT9",
            ],
            [
                *(f"SEPT{i}" for i in range(1, 16)),
                *(f"MARCH{i}" for i in range(1, 13)),
                "MARC1",
                "MARC2",
                "DEC1",
                "SEPTIN9",
            ],
        ).items()
    ),
    "genes, all wrong": lambda: genes.check_genes(["", " ", "1-Mar", "A", "A", "B", "B", "C"]),
    "genes, six empty": lambda: genes.check_genes([""] * 6, rows=range(2, 8), where="'m.tsv'"),
    "genes, one twice": lambda: genes.check_genes(["A", "B", "A"]),
    "genes, dates in rows": lambda: genes.check_genes(
        [f"{i}-Mar" for i in range(1, 8)], rows=range(11, 18), where="'m.tsv'"
    ),
    "genes, five dates": lambda: genes.check_genes([f"{i}-Mar" for i in range(1, 6)]),
    "genes, good": lambda: genes.check_genes(["A", "B"]),
    "transposed": lambda: genes.check_transposed(some(9), ["TP53", "EGFR", "MYC", "KRAS"]),
    "not transposed": lambda: genes.check_transposed(
        ["TP53", "EGFR", "MYC"], ["TP53", "EGFR", "MYC"]
    ),
    "perhaps transposed": lambda: genes.check_transposed(some(9), ["7157", "1956"]),
    # samples
    "mangled": lambda: [
        samples.r_mangled(name) for name in ("A-1", "1-A", "_a", ".5b", ".b", "ä b", "X", "a.b")
    ],
    "samples, wrong": lambda: samples.check_samples(["", "A", "B", "A", " ", "A", "B"]),
    "samples, six empty": lambda: samples.check_samples([""] * 6, where="it"),
    "samples, one twice": lambda: samples.check_samples(["A", "A", "B"], where="the sheet"),
    "samples, six twice": lambda: samples.check_samples([*some(6), *some(6)]),
    "samples, good": lambda: samples.check_samples(["A", "B"]),
    "match": lambda: samples.check_match(["A", "B"], ["B", "A"]),
    "no match": lambda: samples.check_match(some(6), some(4, "T")),
    "some missing": lambda: samples.check_match(["A", "B", "C"], ["A", "D"], where="'s.csv'"),
    "only in the sheet": lambda: samples.check_match(["A"], ["A", "D"]),
    "only in the matrix": lambda: samples.check_match(["A", "D"], ["A"]),
    "R changed the matrix": lambda: samples.check_match(["X1.A", "B"], ["1-A", "B"]),
    "R changed the sheet": lambda: samples.check_match(["1-A", "B"], ["X1.A", "B"]),
    "another case": lambda: samples.check_match(["a  b", "C"], ["A B", "C"]),
    "cut names": lambda: [
        [f.to_dict() for f in samples.check_match([f"{name}-01A", "C"], [name, "C"])]
        for name in ("TCGA-A6", "TCGA-A6-1")
    ],
    "type codes": lambda: samples.check_type_codes(
        pd.DataFrame(
            {
                "right": ["tumour", "cancer", "normal", "healthy", "normal", "control"],
                "wrong": ["normal", "healthy", "tumor", "Primary Tumor ", "normal", "n"],
                "other": ["x"] * 6,
            },
            index=TCGA,
        ),
        TCGA,
    ),
    "type codes of others": lambda: samples.check_type_codes(obs(x=["tumour"] * 2), ["A", "B"]),
    "type codes of some": lambda: samples.check_type_codes(
        obs(x=["t", "solid tissue normal", "primary tumour"]),
        [TCGA[2], TCGA[0].replace("-", "."), "B"],
    ),
    # labels
    "missing words": lambda: [
        labels.is_missing(value)
        for value in (
            None,
            NAN,
            np.float32("nan"),
            " NA ",
            "None",
            "n/a",
            "#N/A",
            "NaT",
            "<NA>",
            "Not Available",
            "[na]",
            "null",
            "",
            0,
            "0",
            "normal",
        )
    ],
    "columns": lambda: [
        raised(lambda: labels.require_column(obs(A=[1]), "a")),
        raised(lambda: labels.require_column(obs(A=[1]), "b", what="groups")),
        raised(lambda: labels.require_column(pd.DataFrame(index=["S"]), "b")),
        raised(lambda: labels.require_column(obs(**{f"c{i:02d}": [1] for i in range(20)}), "b")),
        raised(lambda: labels.require_column(obs(**{f"c{i:02d}": [1] for i in range(21)}), "b")),
        raised(lambda: labels.require_column(pd.DataFrame([[1, 2]], columns=["a", "a"]), "a")),
        labels.require_column(obs(A=[7]), "A").tolist(),
    ],
    "labels missing": lambda: labels.check_labels(
        obs(x=["None", None, "a", "NA", "a", "", NAN]), "x"
    ),
    "labels missing, no words": lambda: labels.check_labels(obs(x=[None, "a"]), "x", what="groups"),
    "labels mixed": lambda: labels.check_labels(obs(x=[1, "a", 2.5]), "x"),
    "labels alike": lambda: labels.check_labels(
        obs(x=["Tumour", "tumour", "a  b", "a b", "normal"]), "x", what="groups"
    ),
    "labels good": lambda: (
        labels.check_labels(obs(x=["a", "b"]), "x") + labels.check_labels(obs(x=[1, 2]), "x")
    ),
    "classes none": lambda: labels.check_classes([]),
    "classes one": lambda: labels.check_classes(["a", "a"], name="x"),
    "classes many": lambda: [
        [f.to_dict() for f in labels.check_classes(some(n) + ["S0"] * more)]
        for n, more in ((50, 0), (51, 0), (51, 101), (51, 102), (51, 103))
    ],
    "classes small": lambda: [
        [f.to_dict() for f in labels.check_classes(list("aabbbcccc"), folds=folds)]
        for folds in (2, 3, 4)
    ],
    "classes small in patients": lambda: labels.check_classes(
        list("aaaabbbb"), [1, 1, 2, 2, 3, 4, 5, 6], name="x", folds=3
    ),
    "classes small, six": lambda: labels.check_classes(list("abcdefggg"), folds=2),
    "labels as text": lambda: [
        labels.require_labels(obs(x=column), "x").tolist()
        for column in (
            [1.0, 2.0],
            [" a", "b "],
            [1.5, 2.0],
            pd.Categorical(["a", "b"], ["a", "b", "c"]),
        )
    ],
    "labels refused": lambda: [
        raised(lambda: labels.require_labels(obs(x=["a", "a"]), "x")),
        raised(lambda: labels.require_labels(obs(x=["a", None]), "x", what="groups")),
        raised(lambda: labels.require_labels(obs(x=["a", "b", "b"]), "x", what="other", folds=2)),
        labels.require_labels(obs(x=["a", "a"]), "x", what="groups").tolist(),
    ],
    # design
    "source fixes": lambda: design.check_source(list("aabb"), list("YYXX"), target="t", source="s"),
    "source fixes one class": lambda: design.check_source(
        list("aabbcc"), list("XXYZYZ"), target="t", source="s"
    ),
    "source alone": lambda: design.check_source(list("aab"), list("XXX"), target="t", source="s"),
    "source with one class": lambda: design.check_source(
        list("aaaa"), list("XXYY"), target="t", source="s"
    ),
    "source shared": lambda: design.check_source(
        list("abab"), list("XXYY"), target="t", source="s"
    ),
    "source half shared": lambda: design.check_source(
        list("aaab"), list("XYYY"), target="t", source="s"
    ),
    "one patient": lambda: design.check_groups(["p", "p"], name="g"),
    "one sample of one patient": lambda: design.check_groups(["p"], name="g"),
    "two patients": lambda: design.check_groups(["p", "q"], name="g"),
    "genes in one source": lambda: design.check_one_source_genes(
        np.array(
            [
                [1, 1, 1, 0, 1],
                [1, 1, 0, 0, 1],
                [1, 0, 0, 0, 1],
                [1, 1, 0, 0, 0],
                [1, 0, 0, 1, 0],
                [1, 0, 0, 1, 0],
                [1, 0, 0, 1, 0],
                [1, 0, 0, 0, 0],
                [0, 0, 9, 0, 0],
            ]
        ),
        [*"XXXX", *"YYYY", "Z"],
        some(5, "G"),
        source="s",
    ),
    "genes in sources too small": lambda: design.check_one_source_genes(
        np.array([[1], [1], [1], [0], [0]]), list("XXXYY"), ["A"], source="s"
    ),
    "genes in both sources": lambda: design.check_one_source_genes(
        np.ones((6, 2)), list("XXXYYY"), ["A", "B"], source="s"
    ),
    # directions
    "directions": lambda: [
        [f.to_dict() for f in directions.check_directions(t, usual, reference=n, taught=(10, 40))]
        for t, usual, n in (
            (np.arange(40.0), np.zeros(40), 20),
            (np.arange(40.0), -np.arange(40.0) - 1, 20),
            (np.arange(30.0), -np.arange(30.0) - 1, 20),
            (np.arange(29.0), -np.arange(29.0) - 1, 20),
            (np.arange(40.0), np.arange(40.0) + 1, 5),
            (np.arange(40.0), np.arange(40.0) + 1, 4.9),
            (np.arange(40.0), np.arange(40.0) + 1, 80),
            (np.arange(40.0), np.arange(40.0) + 1, 80.5),
            (np.tile([1.0, -1], 20), np.repeat([1.0, -1], 20), 20),
        )
    ],
    # linear models
    "independent": lambda: [
        linear_model.independent_columns(X).tolist() for X in (FULL, TWICE, ZERO, TWICE[:, ::-1])
    ],
    "dependencies": lambda: [
        linear_model.dependencies(X, some(X.shape[1], "c"))
        for X in (FULL, TWICE, ZERO, TWICE[:, ::-1])
    ],
    "nearly dependent": lambda: [
        linear_model.independent_columns(
            np.column_stack([np.ones(4), 1 + np.array([0, 0, 0, size])])
        ).tolist()
        for size in (1e-6, 1e-8)
    ],
    "full rank": lambda: [
        raised(lambda: linear_model.require_full_rank(FULL, ["1", "a", "b"])),
        raised(lambda: linear_model.require_full_rank(TWICE, ["1", "a", "b", "c"])),
        raised(lambda: linear_model.require_full_rank(TWICE, ["1", "a", "b", "c"], tested="c")),
        raised(lambda: linear_model.require_full_rank(ZERO, ["1", "a", "b", "c"])),
        raised(
            lambda: linear_model.require_full_rank(
                np.column_stack([FULL[:, :2], FULL[:, :1] * 2]), ["1", "a", "b"], tested="b"
            )
        ),
        raised(
            lambda: linear_model.require_full_rank(
                np.column_stack([FULL[:, :2], 1 - FULL[:, 1]]), ["1", "a", "b"], tested="b"
            )
        ),
    ],
    "estimable": lambda: [
        linear_model.is_estimable(X, contrast)
        for X, contrast in (
            (FULL, [0, 1, 0]),
            (TWICE, [0, 1, 0, 0]),
            (TWICE, [0, 1, 1, 2]),
            (TWICE, [0, 0, 0, 1]),
            (TWICE, [0, 1, -1, 0]),
            (ZERO, [0, 0, 0, 1]),
            (FULL * 1e-3, [0, 1, 0]),
        )
    ],
    "estimable required": lambda: [
        raised(lambda: linear_model.require_estimable(TWICE, [0, 1, 0, 0], name="a")),
        raised(lambda: linear_model.require_estimable(FULL, [0, 1, 0], name="a")),
    ],
    "residual": lambda: [
        [f.to_dict() for f in linear_model.check_residual_df(n, 2)] for n in (1, 2, 3, 4, 5, 6)
    ],
    "groups compared": lambda: [
        raised(lambda: linear_model.check_groups_compared(list("aab"), ["a", "c"], column="x")),
        [
            f.to_dict()
            for f in linear_model.check_groups_compared(list("aab"), ["a", "b"], column="x")
        ],
        [
            f.to_dict()
            for f in linear_model.check_groups_compared([1, 1, 2, 2], ["1", "2"], column="x")
        ],
        raised(lambda: linear_model.check_groups_compared(some(13), ["c"], column="x")),
    ],
    "confounding": lambda: linear_model.check_confounding(
        list("aaaabbbb"),
        {
            "same": list("xxxxyyyy"),
            "age": [1.0, 2, 3, 4, 5, 6, 7, 8],
            "free": list("xyxyxyxy"),
            "names": list("stuvwxyz"),
            "constant": ["k"] * 8,
            "mostly": list("xxxyyyyy"),
            "half": list("xxxyxyyy"),
            "holes": [1.0, 2, 3, 4, 5, 6, 7, NAN],
            "two": [0, 0, 0, 0, 1, 1, 1, 1],
        },
        column="c",
    ),
    "confounding with one condition": lambda: linear_model.check_confounding(
        list("aaaa"), {"x": list("ppqq")}, column="c"
    ),
    "incomplete pairs": lambda: linear_model.check_pairs(
        list("ababa"), [1, 1, 2, 2, 3], column="patient"
    ),
    "no pairs": lambda: raised(
        lambda: linear_model.check_pairs(list("aab"), [1, 2, 3], column="p")
    ),
    "whole pairs": lambda: linear_model.check_pairs(list("abab"), [1, 1, 2, 2], column="p"),
    # pairs
    "pairs found": lambda: [
        pairs.find_pairs(list("ppqqr"), list("xyyxx")),
        pairs.find_pairs(list("ppp"), list("xyx")),
        pairs.find_pairs(list("pp"), list("xx")),
        pairs.find_pairs(list("ppp"), list("xyz")),
    ],
    "pairs fine": lambda: judged(8),
    "pairs swapped": lambda: judged(8, wrong={3: (1, 0)}),
    "pairs too few": lambda: judged(7, wrong={3: (1, 0)}),
    "pairs alike": lambda: judged(12, wrong={1: (1, 1), 5: (0, 0)}),
    "pairs, twelve": lambda: judged(40, wrong=dict.fromkeys(range(12), (1, 0))),
    "pairs, ten": lambda: judged(40, wrong=dict.fromkeys(range(10), (1, 0))),
    "pairs without a difference": lambda: pairs.check_pairs(
        np.ones((16, 4)), "log2", swapped(8)[1], swapped(8)[2], swapped(8)[3], column="c"
    ),
    "pairs across strata": lambda: pairs.check_pairs(
        swapped(9, wrong={2: (1, 0)})[0],
        "log2",
        swapped(9)[1],
        swapped(9)[2],
        ["a", "b"] * 9,
        column="c",
    ),
    "pairs of three conditions": lambda: pairs.check_pairs(
        np.ones((3, 2)), "log2", list("ppp"), list("xyz"), list("aaa"), column="c"
    ),
    "pairs with holes": lambda: pairs.check_pairs(
        np.where(rng().random((20, 30)) < 0.05, NAN, swapped(10, wrong={4: (1, 0)})[0]),
        "log2",
        *swapped(10)[1:],
        column="c",
    ),
    "places": lambda: [
        np.round(part, 6).tolist()
        for part in pairs._place(
            *(swapped(9, wrong={2: (0.8, 0.1)})[0][side::2] for side in (0, 1))
        )
    ],
    "filled": lambda: pairs._filled(np.array([[NAN, NAN, 1.0], [2.0, NAN, 3.0], [4.0, NAN, 5.0]])),
    # sex
    "sex called": lambda: [
        None if called is None else called.tolist()
        for called in (
            sex.call_sex(
                np.array([[1.0, 3.0], [3.0, 1.0], [2.0, 3.9], [3.9, 2.0]]),
                "log2",
                ["XIST", "RPS4Y1"],
            ),
            sex.call_sex(np.array([[1.0, 3.0]]), "log2", ["RPS4Y1", "XIST"]),
            sex.call_sex(
                np.array([[0.0, 9.0]]), "tpm", ["ENSG00000229807.12", "ENSG00000129824.1"]
            ),
            sex.call_sex(np.array([[1.0, 9.0]]), "log2", ["7503", "6192"]),
            sex.call_sex(np.array([[1.0, 9.0]]), "log2", ["221728_x_at", "201909_at"]),
            sex.call_sex(np.array([[9.0, 1.0, 5.0]]), "log2", ["214218_s_at", "201909_at", "XIST"]),
            sex.call_sex(np.array([[1.0, 9.0]]), "log_ratio", ["XIST", "RPS4Y1"]),
            sex.call_sex(np.array([[1.0, 9.0]]), "log2", ["XIST", "A"]),
            sex.call_sex(np.array([[1.0, 9.0]]), "log2", ["A", "RPS4Y1"]),
            sex.call_sex(np.empty((0, 2)), "log2", ["XIST", "RPS4Y1"]),
            sex.call_sex(np.array([[1.0, 9.0, 9.0]]), "log2", ["XIST", "RPS4Y1", "XIST.2"]),
        )
    ],
    "sex stated": lambda: sex.stated_sex(
        ["male", " M", "man", "Boy", "female", "F", "woman", "w", "girl", "x", 1]
    ),
    "sex mismatch": lambda: sex.check_sex(
        np.array(["male", "female", "unclear", "male"]),
        np.array(["female", "female", "male", ""]),
        some(4),
        column="sex",
    ),
    "sex fine": lambda: sex.check_sex(np.array(["male"]), np.array(["male"]), ["S"], column="sex"),
    "sex in a patient": lambda: sex.check_sex_of_patients(
        np.array(["male", "female", "male", "unclear"]), list("ppqq"), column="patient"
    ),
    "sex in patients fine": lambda: sex.check_sex_of_patients(
        np.array(["male"] * 2), list("pq"), column="p"
    ),
    # sources, targets, settings
    "constant in a source": lambda: [
        [f.to_dict() for f in sources.check_target_by_source(label, place, target="t", source="s")]
        for label, place in (
            (list("aabab"), list("XXYYY")),
            (list("abab"), list("XXYY")),
            (list("aaaa"), list("XXXX")),
            (list("abcdefgh"), list("STUVWXYZ")),
            (list("abcde"), list("STUVW")),
        )
    ],
    "targets": lambda: [
        raised(lambda: targets.target_names(pd.DataFrame({"a": ["x", None], "b": ["y", "z"]}))),
        raised(lambda: targets.target_names(pd.DataFrame([[1, 2]], columns=["a", "a"]))),
        raised(lambda: targets.target_names(pd.DataFrame(index=["S"]))),
        targets.target_names(pd.DataFrame({"a": [1], 2: [3]})),
        targets.target_names(np.ones(3)),
    ],
    "target columns": lambda: [
        {name: (column.dtype.kind, column.tolist()) for name, column in found.items()}
        for found in (
            targets.target_columns(np.array([["a", 1], ["b", 2]], dtype=object), ["x", "y"]),
            targets.target_columns(np.array([1, 2]), None),
            targets.target_columns(np.array([["a", "b"]]), None),
            targets.target_columns(np.array(["a", 1], dtype=object), ["m"]),
        )
    ],
    "parameters": lambda: [
        raised(lambda: parameters.instance("Model", "net", 3, base.Finding)),
        raised(lambda: parameters.chosen("Model", "how", "x", {"b": 1, "a": 2})),
        parameters.chosen("Model", "how", "a", {"b": 1, "a": 2}),
        [
            raised(lambda v=v: parameters.weight("Model", "w", v))
            for v in (-0.1, np.inf, NAN, True, "1", None)
        ],
        [parameters.weight("Model", "w", v) for v in (0, 2, np.float32(0.5))],
        parameters.weights_by_name("M", "w", None, ["a", "b"]),
        parameters.weights_by_name("M", "w", {"b": 1, "a": 2}, ["a", "b"]),
        parameters.weights_by_name("M", "w", [3, 4], ["a", "b"]),
        [
            raised(lambda v=v: parameters.weights_by_name("M", "w", v, ["a", "b"]))
            for v in ([1], {"a": 1}, {"a": 1, "c": 2}, [1, -1], {"a": 1, "b": NAN})
        ],
    ],
    # the whole cohort
    "cohort none": lambda: raised(lambda: check(np.ones((2, 2)))),
    "cohort column": lambda: [
        raised(lambda: check(cohort(x=["a"] * 20), target="y")),
        raised(lambda: check(cohort(x=["a"] * 20), groups="y")),
        raised(lambda: check(cohort(x=["a"] * 20), source="y")),
    ],
    "cohort plain": lambda: report(check(cohort())),
    "cohort without a unit": lambda: report(check(cohort(None))),
    "cohort of odd unit": lambda: report(check(cohort("pints"))),
    "cohort with columns": lambda: report(
        check(
            cohort(
                state=["a", "b"] * 9 + ["a", None],
                patient=[f"P{i // 2}" for i in range(20)],
                Batch=["x"] * 10 + ["y"] * 10,
            ),
            target="state",
        )
    ),
    "cohort with a source as target": lambda: report(
        check(cohort(source=["x", "y"] * 10, p=["q"] * 20), target="source", groups="p")
    ),
    "cohort of many sources": lambda: [
        check(cohort(n=63, batch=[f"b{i % k}" for i in range(63)])).summary.get("sources")
        for k in (20, 21)
    ],
    "cohort of one source": lambda: report(check(cohort(batch=["x"] * 20), source="batch")),
    "cohort of pairs": lambda: report(check(paired_cohort())),
    "cohort of pairs, with a target": lambda: report(
        check(paired_cohort(), target="Condition", groups="Patient", source="batch")
    ),
    "cohort that reading changed": lambda: (
        lambda one: (one.uns.update(findings={"versions-dropped": "Said."}), report(check(one)))[1]
    )(cohort()),
    "cohort of expected counts": lambda: [
        (lambda one: (one.uns.update(expected_counts=flag), check(one).ok))(cohort("counts"))[1]
        for flag in (True, False)
    ],
    "cohort required": lambda: raised(lambda: check(cohort(None)).require()),
}


def said(found: Any) -> Any:
    """What a case gave, as JSON holds it."""
    if hasattr(found, "to_dict"):
        return found.to_dict()
    if isinstance(found, np.ndarray):
        return said(found.tolist())
    if isinstance(found, dict):
        return {str(key): said(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [said(one) for one in found]
    if isinstance(found, float):
        return repr(round(found, 6))
    return found.item() if isinstance(found, np.generic) else found


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    return json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES)
def test_a_check_says_what_it_said(case: str, golden: dict[str, Any]) -> None:
    assert json.loads(json.dumps(said(CASES[case]()))) == golden[case]


def test_every_sentence_is_one(golden: dict[str, Any]) -> None:
    """One line that ends in a stop, and no case that isn't there any more."""
    assert list(golden) == list(CASES)

    def messages(found: Any) -> list[str]:
        if isinstance(found, dict):
            own = [found["message"]] if "message" in found else []
            return own + [text for part in found.values() for text in messages(part)]
        return (
            [text for part in found for text in messages(part)] if isinstance(found, list) else []
        )

    every = messages(list(golden.values()))
    assert len(every) > 100
    assert all(text[-1] in ".?" and "\n" not in text for text in every)


if __name__ == "__main__":
    made = {name: said(case()) for name, case in CASES.items()}
    GOLDEN.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
