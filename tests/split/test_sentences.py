"""Every sentence of the splits word for word, and what a seed gives.

``python tests/split/test_sentences.py`` writes ``sentences.json`` anew; read what changed. The
draws are part of the promise that the same seed gives the same folds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bulkwise.errors import BulkwiseError
from bulkwise.split import audit, base, folds, halves, holdout, permutation, sources
from bulkwise.split.base import Fold

GOLDEN = Path(__file__).with_name("sentences.json")
PAIRED = np.tile(["n", "t"], 12)
OWNERS = np.repeat([f"P{i:02d}" for i in range(12)], 2)
MIXED = np.array(list("aaaaaabbbbbbccccdd"))
MANY = np.repeat(np.arange(9), 2)


def raised(call: Callable[[], Any]) -> str:
    try:
        call()
    except (BulkwiseError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


def found(train: Any, test: Any, y: Any = None, groups: Any = None) -> list[dict[str, Any]]:
    fold = Fold(np.asarray(train), np.asarray(test), 0, "fold 1")
    return [finding.to_dict() for finding in audit.fold_findings([fold], y, groups)]


CASES: dict[str, Callable[[], Any]] = {
    "tables": lambda: [
        list(base.tabulate(y, groups))
        for y, groups in (
            (["b", "a", "b"], None),
            (["b", "a", "b"], [2, 10, 2]),
            (None, ["p", "q", "p"]),
            ([1.0, 2.0, 1.0], None),
            ([1.5, 2.0, 1.0], None),
            (np.array([["a", "b"], ["a", "c"]]), ["p", "q"]),
        )
    ],
    "tables refused": lambda: [
        raised(lambda: base.tabulate(None, None)),
        raised(lambda: base.tabulate(["a", None], None)),
        raised(lambda: base.tabulate(["a", "b"], ["p"])),
        raised(lambda: base.tabulate(["a", "b"], ["p", None])),
        raised(lambda: base.tabulate([None] * 6, ["p"] * 6)),
    ],
    "holders": lambda: [
        base.tabulate(list("aabbbbbbb"), [*"pqrstuvwx"]).holders(column) for column in (0, 1)
    ],
    "folds": lambda: [
        folds.grouped_folds(y, groups, n_splits=n, n_repeats=repeats, random_state=seed)
        for y, groups, n, repeats, seed in (
            (PAIRED, OWNERS, 3, 1, 0),
            (MIXED, None, 2, 2, 0),
            (MIXED[:16], MANY[:16], 2, 1, 1),
            (None, OWNERS, 4, 1, 2),
            (MIXED[:16], None, 4, 1, 3),
        )
    ],
    "folds refused": lambda: [
        raised(lambda: folds.grouped_folds(MIXED, n_splits=3)),
        raised(lambda: folds.grouped_folds(MIXED, MANY, n_splits=3)),
        raised(lambda: folds.grouped_folds(list("ab"), n_splits=2)),
        raised(lambda: folds.grouped_folds(None, list("pq"), n_splits=3)),
        raised(lambda: folds.grouped_folds(None, list("pp"), n_splits=2)),
        raised(lambda: folds.grouped_folds(list("aabb"), n_splits=1)),
        raised(lambda: folds.grouped_folds(list("aabb"), n_splits=True)),
        raised(lambda: folds.grouped_folds(list("aabb"), n_splits=2.0)),
        raised(lambda: folds.grouped_folds(list("aabb"), n_splits=2, n_repeats=0)),
        raised(
            lambda: folds.grouped_folds(
                list("abcabcabdd"), ["p"] * 3 + ["q"] * 3 + ["r"] * 2 + ["s", "t"], n_splits=2
            )
        ),
    ],
    "folds of classes that can't part": lambda: raised(
        lambda: folds._refuse_one_sided(
            base.tabulate(list("abab"), list("ppqq")), np.array([0, 0]), 2
        )
    ),
    "inner folds": lambda: [
        folds.inner_folds(y, groups, n_splits=n, random_state=seed)
        for y, groups, n, seed in (
            (MIXED, None, 5, 0),
            (list("aaaab"), None, 3, 0),
            (PAIRED, OWNERS, 3, 1),
            (list("aabbb"), None, 3, 4),
        )
    ],
    "inner folds refused": lambda: [
        raised(lambda: folds.inner_folds(list("abc"))),
        raised(lambda: folds.inner_folds(list("aab"), list("pqr"), n_splits=1)),
        raised(lambda: folds.inner_folds(list("abab"), list("ppqr"))),
    ],
    "dealt": lambda: [
        folds._deal(counts, n, np.random.default_rng(seed))
        for counts, n, seed in (
            (np.array([[2, 0], [1, 0], [0, 1], [0, 3], [1, 1], [4, 0], [1, 0]]), 3, 0),
            (np.array([[1], [5], [1], [1], [3], [1]]), 2, 1),
            (np.eye(6, dtype=int)[:, :3] + np.eye(6, dtype=int)[::-1, :3], 2, 2),
        )
    ],
    "spread": lambda: [
        folds._spread(
            np.array([[1, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 0]]), 2, np.random.default_rng(s)
        )
        for s in range(4)
    ],
    "held out": lambda: [
        holdout.inner_holdout(y, groups, share=share, random_state=seed)
        for y, groups, share, seed in (
            (MIXED, None, 0.2, 0),
            (MIXED, MANY, 0.3, 1),
            (PAIRED, OWNERS, 0.25, 2),
            (None, OWNERS, 0.1, 3),
            (list("aab"), None, 0.01, 4),
            (list("aaaabb"), list("pqrstt"), 0.5, 5),
            (list("aaaabbbb"), list("pppqrstu"), 0.5, 6),
            (list("ab") * 10, None, 0.25, 7),
        )
    ],
    "held out refused": lambda: [
        raised(lambda: holdout.inner_holdout(list("abc"), random_state=0)),
        raised(lambda: holdout.inner_holdout(list("aabb"), list("pppp"), random_state=0)),
        raised(lambda: holdout.inner_holdout(list("aabb"), share=0, random_state=0)),
        raised(lambda: holdout.inner_holdout(list("aabb"), share=1.0, random_state=0)),
    ],
    "permuted": lambda: [
        permutation.permute_labels(y, groups, within, random_state=seed)
        for y, groups, within, seed in (
            (MIXED, None, None, 0),
            (PAIRED, OWNERS, None, 1),
            (MIXED, MANY, np.repeat(["x", "y"], 9), 2),
            (np.arange(6.0), None, list("xxxyyy"), 3),
            (list("aabbabab"), list("ppqqrrss"), None, 4),
            (list("abaabbab"), list("pppqqqrr"), None, 5),
            (list("aabb"), list("pppp"), None, 6),
        )
    ],
    "permuted refused": lambda: [
        raised(
            lambda: permutation.permute_labels(list("aabb"), None, list("xxyy"), random_state=0)
        ),
        raised(lambda: permutation.permute_labels(list("aaaa"), random_state=0)),
        raised(lambda: permutation.permute_labels(list("ab"), list("p"), random_state=0)),
        raised(lambda: permutation.permute_labels(list("ab"), None, list("x"), random_state=0)),
        raised(lambda: permutation.permute_labels(["a", None], random_state=0)),
    ],
    "halves": lambda: [
        halves.complementary_halves(y, groups, n_pairs=2, random_state=seed).astype(int)
        for y, groups, seed in ((MIXED, None, 0), (PAIRED, OWNERS, 1), (list("aaaaabbbb"), None, 2))
    ],
    "halves refused": lambda: [
        raised(lambda: halves.complementary_halves(list("aab"), n_pairs=1)),
        raised(lambda: halves.complementary_halves(list("ab"), n_pairs=1)),
        raised(lambda: halves.complementary_halves(list("aabbccdd"), list("pqrsptqu"), n_pairs=1)),
        raised(lambda: halves.complementary_halves(list("aaaabbbb"), list("ppppqqqq"), n_pairs=1)),
    ],
    "halves, few": lambda: [
        halves._too_few(np.array(counts), ["a", "b"], "patient")
        for counts in ([[1, 0]] * 4 + [[0, 1]] * 3, [[1, 1]] * 4)
    ],
    "halves, sound": lambda: [
        halves._sound(np.array([[1, 0], [0, 1], [1, 0]]), np.array(chosen))
        for chosen in ([True, True, False], [True, True, True], [True, False, True])
    ],
    "sources": lambda: [
        sources.leave_one_source_out(list("xxyyzz"), list("ababab")),
        sources.leave_one_source_out(list("xxyyzz"), list("ababab"), list("pqrspt")),
        sources.leave_one_source_out([2, 10, 2, 10]),
        sources.leave_one_source_out(list("xxyy"), None, list("pqrs")),
    ],
    "sources refused": lambda: [
        raised(lambda: sources.leave_one_source_out(list("xxx"))),
        raised(lambda: sources.leave_one_source_out(list("xxyy"), list("abaa"))),
        raised(lambda: sources.leave_one_source_out(list("xxyy"), list("ab"))),
        raised(lambda: sources.leave_one_source_out(list("xy"), list("ab"), list("pp"))),
        raised(lambda: sources.leave_one_source_out(list("xy"), None, list("pp"))),
    ],
    "audit": lambda: [
        audit.check_folds([([2, 0], [1]), Fold(np.array([1]), np.array([0, 2]), 3, "mine")]),
        audit.check_folds([([0, 1], [2, 3])], list("ppqq")),
        audit.check_folds([([0], [3])], n_samples=4),
    ],
    "audit refused": lambda: [
        raised(lambda: audit.check_folds([])),
        raised(lambda: audit.check_folds([([0, 1], [1])])),
        raised(lambda: audit.check_folds([([0], [1]), ([0, 1, 2], [1, 0])])),
        raised(lambda: audit.check_folds([([0, 1], [2])], list("pqp"))),
        raised(lambda: audit.check_folds([([], [1])])),
        raised(lambda: audit.check_folds([([0], [[1]])])),
        raised(lambda: audit.check_folds([([0.5], [1])])),
        raised(lambda: audit.check_folds([([True], [1])])),
        raised(lambda: audit.check_folds([([-1], [1])])),
        raised(lambda: audit.check_folds([([0], [4])], n_samples=4)),
        raised(lambda: audit.check_folds([([0], [3])], list("pqr"))),
        raised(lambda: audit.check_folds([([0, 0, 2, 2, 2], [1])])),
        raised(lambda: audit.check_folds([Fold(np.array([0]), np.array([0]), 0, "mine")])),
        raised(lambda: audit.check_folds([([0], [1])], ["p", None])),
    ],
    "findings": lambda: [
        found([0, 1], [2, 3], list("aabb")),
        found([0, 2], [1, 3], list("aabb")),
        found([0, 2], [1], list("aabb")),
        found([0, 2, 4], [1, 3], list("aabbc")),
        found([0, 1, 2], [3, 4, 5], list("aabbcc")),
        found([0], [1], None, list("pqr")),
        found([0, 1], [2], None, None),
        found([0, 1], [2], None, list("pqr")),
        found([0], [1], list("abcdefgh"), list("pqrstuvw")),
    ],
}


def said(value: Any) -> Any:
    """What a case gave, as JSON holds it."""
    if isinstance(value, np.ndarray):
        return said(value.tolist())
    if isinstance(value, dict):
        return {str(key): said(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [said(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    return json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES)
def test_a_split_gives_what_it_gave(case: str, golden: dict[str, Any]) -> None:
    assert json.loads(json.dumps(said(CASES[case]()))) == golden[case]


if __name__ == "__main__":
    made = {name: said(case()) for name, case in CASES.items()}
    GOLDEN.write_text(json.dumps(made, ensure_ascii=False, indent=None) + "\n", encoding="utf-8")
