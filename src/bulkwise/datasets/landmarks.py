"""Lists of landmark genes: D-GEX's, or a file of the user's."""

from __future__ import annotations

from pathlib import Path

from bulkwise.errors import GeneError, InputError
from bulkwise.storage import PathLike

__all__ = ["dgex_landmarks", "read_landmarks"]

_DGEX = Path(__file__).parent / "data" / "landmarks" / "dgex.txt"
_SHOWN = 3


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
    """Gene names from a text file: one a line, or the first column of a csv or tsv.

    A header (``gene``, ``symbol`` or ``landmark``), empty lines and lines that start with ``#``
    are passed over.

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
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"Can't read landmarks from {str(path)!r}: expected a text file with a gene name a "
            f"line ({error})."
        ) from error
    names = [line.replace("\t", ",").split(",")[0].strip().strip('"') for line in lines]
    names = [name for name in names if name and not name.startswith("#")]
    if names and names[0].lower() in {"gene", "symbol", "landmark"}:
        names = names[1:]
    if not names:
        raise InputError(f"The file of landmarks {str(path)!r} holds no gene name.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise GeneError(
            f"The file of landmarks {str(path)!r} holds {len(twice)} names more than once "
            f"({', '.join(twice[:_SHOWN])}); name each gene once."
        )
    return names
