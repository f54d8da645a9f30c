"""Many small networks trained in lock-step, as a few large multiplications.

A network on a few hundred coordinates of the row space is so small that most of a step's time
goes into starting operations. Networks of one depth and batch size take their steps together: one
product of a batch with all first layers, and one batched product for each later layer. Each has
its own learning rate, momentum, penalties, dropout, widths, first weights and early stop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Fleet": "conduct",
    "Halving": "members",
    "Member": "members",
    "Outcome": "members",
    "Rows": "members",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.training.fleet.conduct import Fleet as Fleet
    from bulkwise.training.fleet.members import Halving as Halving
    from bulkwise.training.fleet.members import Member as Member
    from bulkwise.training.fleet.members import Outcome as Outcome
    from bulkwise.training.fleet.members import Rows as Rows
