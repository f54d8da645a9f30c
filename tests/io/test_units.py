"""The unit is told, never guessed."""

from __future__ import annotations

import pytest

from bulkwise.checks.base import UNITS
from bulkwise.errors import UnitError
from bulkwise.io.units import settle_unit


def test_the_user_or_the_file_may_say_it() -> None:
    assert settle_unit("tpm", None, where="m") == "tpm"
    assert settle_unit(None, "tpm", where="m") == "tpm"
    assert settle_unit("tpm", "tpm", where="m") == "tpm"


def test_silence_lists_the_vocabulary() -> None:
    with pytest.raises(UnitError, match="isn't stated and is never guessed") as caught:
        settle_unit(None, None, where="m")
    assert all(unit in str(caught.value) for unit in UNITS)


@pytest.mark.parametrize(("stated", "in_file"), [("FPKM", None), (None, "logcounts"), ("x", "tpm")])
def test_an_unknown_unit_is_refused(stated: str | None, in_file: str | None) -> None:
    with pytest.raises(UnitError, match="isn't known; expected one of: counts"):
        settle_unit(stated, in_file, where="m")


def test_a_contradiction_is_refused_however_vague() -> None:
    with pytest.raises(UnitError, match="said to be 'log2_tpm', and the file itself says 'log2'"):
        settle_unit("log2_tpm", "log2", where="m")
