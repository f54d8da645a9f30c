"""New samples through a saved model: aligned by gene name, one file a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "predict": "verb",
    "require_suffix": "verb",
    "write": "verb",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.prediction.verb import predict as predict
    from bulkwise.prediction.verb import require_suffix as require_suffix
    from bulkwise.prediction.verb import write as write
