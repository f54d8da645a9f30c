"""What a fitted model uses, and whether it would use it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Recovery": "recovery",
    "class_gradients": "recovery",
    "recover_markers": "recovery",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.explain.recovery import Recovery as Recovery
    from bulkwise.explain.recovery import class_gradients as class_gradients
    from bulkwise.explain.recovery import recover_markers as recover_markers
