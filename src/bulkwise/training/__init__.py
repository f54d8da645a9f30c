"""Training: settings, one network's loop, and the lossless reduction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "History": "base",
    "RowSpace": "rowspace",
    "Smoother": "smoother",
    "Training": "base",
    "label_directions": "gene_rows",
    "worth_reducing": "rowspace",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.training.base import History as History
    from bulkwise.training.base import Training as Training
    from bulkwise.training.gene_rows import label_directions as label_directions
    from bulkwise.training.rowspace import RowSpace as RowSpace
    from bulkwise.training.rowspace import worth_reducing as worth_reducing
    from bulkwise.training.smoother import Smoother as Smoother
