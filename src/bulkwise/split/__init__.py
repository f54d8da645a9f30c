"""Which samples to train on and which to test on, as indices, with patients kept apart.

A *group* is whatever must not stand on both sides of a split: a patient. Without groups each
sample stands for itself. Labels are classes, unless they are fractional numbers or a table of
several targets, which aren't stratified (whole numbers are classes: give None for a regression
on them). The same ``random_state`` gives the same split, and with groups the order of the
samples doesn't matter either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Fold": "base",
    "check_folds": "audit",
    "complementary_halves": "halves",
    "fold_findings": "audit",
    "grouped_folds": "folds",
    "inner_folds": "folds",
    "inner_holdout": "holdout",
    "leave_one_source_out": "sources",
    "permute_labels": "permutation",
    "subsample": "subsample",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.split.audit import check_folds as check_folds
    from bulkwise.split.audit import fold_findings as fold_findings
    from bulkwise.split.base import Fold as Fold
    from bulkwise.split.folds import grouped_folds as grouped_folds
    from bulkwise.split.folds import inner_folds as inner_folds
    from bulkwise.split.halves import complementary_halves as complementary_halves
    from bulkwise.split.holdout import inner_holdout as inner_holdout
    from bulkwise.split.permutation import permute_labels as permute_labels
    from bulkwise.split.sources import leave_one_source_out as leave_one_source_out
    from bulkwise.split.subsample import subsample as subsample
