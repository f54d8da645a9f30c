"""Lists of landmark genes: D-GEX's, or a file of the user's."""

from __future__ import annotations

from pathlib import Path

from bulkwise.io.genesets import read_gene_list
from bulkwise.storage import PathLike

__all__ = ["dgex_landmarks", "read_landmarks"]

_DGEX = Path(__file__).parent / "data" / "landmarks" / "dgex.txt"


def dgex_landmarks() -> list[str]:
    """The symbols of D-GEX's 943 landmark genes, those of the L1000 platform.

    Their source stands beside the file in ``data/landmarks``.

    Examples
    --------
    >>> len(dgex_landmarks())
    943
    """
    return _DGEX.read_text(encoding="utf-8").split()


def read_landmarks(path: PathLike) -> list[str]:
    """Names of landmark genes from a file (:func:`bulkwise.io.read_gene_list`).

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If it isn't there, isn't text, or holds no name.
    GeneError
        If a name is there twice.
    """
    return read_gene_list(path, what="landmarks")
