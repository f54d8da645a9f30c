"""The report of a judgement of inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "inference_blocks": "blocks",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.reporting.inference.blocks import inference_blocks as inference_blocks
