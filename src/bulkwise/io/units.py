"""The unit of a matrix: told by the user or by the file, and never guessed."""

from __future__ import annotations

from bulkwise.checks.base import UNITS, require_unit
from bulkwise.errors import UnitError

__all__ = ["UNITS", "settle_unit"]


def settle_unit(stated: str | None, in_file: object, *, where: str) -> str:
    """The unit that the user states and the file says, if they agree.

    Parameters
    ----------
    stated
        What the user says; None for nothing.
    in_file
        What the file says (``.uns["unit"]`` of an h5ad file); None for nothing.
    where
        The file, for messages.

    Raises
    ------
    UnitError
        If neither says it, it is unknown, or the two differ. The message lists the vocabulary.
    """
    if stated is not None:
        stated = require_unit(stated, where=where)
    if in_file is None or str(in_file) == "":
        return require_unit(stated, where=where)
    known = (
        require_unit(str(in_file), where=f"{where} (as the file says)")
        if (stated is None)
        else str(in_file)
    )
    if stated is not None and stated != known:
        raise UnitError(
            f"The unit of {where} is said to be {stated!r}, and the file itself says {known!r}; "
            "leave it out, or mend the file's .uns['unit']."
        )
    return known
