"""The small real cohort inside the package: bladder cancer arrays in five batches.

Its origin, its licence and what was done to it stand beside the file in ``data/bladder``;
``tools/make_bladder.py`` makes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bulkwise.storage import sha256_file

if TYPE_CHECKING:
    import anndata

__all__ = ["FILE", "SHA256", "problem", "read"]

FILE = Path(__file__).parent / "data" / "bladder" / "bladder.h5ad"
SHA256 = "40d75b62b3a977b8404cbc50b2d25181738f81cb50e5c51729ecfe46f95ff1fe"


def read() -> anndata.AnnData:
    """57 samples x 22,283 U133A probes, log2 RMA values; ``.obs``: cancer, outcome, batch."""
    import anndata

    return anndata.read_h5ad(FILE)


def problem() -> str | None:
    """A sentence if the embedded file isn't the one that was released, else None."""
    found = sha256_file(FILE)
    if found == SHA256:
        return None
    return (
        f"The embedded file {str(FILE)!r} is damaged: expected SHA-256 {SHA256}, got {found}; "
        "install bulkwise again."
    )
