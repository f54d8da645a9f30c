"""Bundles: a fitted model in JSON, safetensors and checksums, which can be opened safely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Bundle": "record",
    "check_storable": "store",
    "load": "store",
    "save": "store",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.bundle.record import Bundle as Bundle
    from bulkwise.bundle.store import check_storable as check_storable
    from bulkwise.bundle.store import load as load
    from bulkwise.bundle.store import save as save
