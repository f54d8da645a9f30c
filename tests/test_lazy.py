"""Rooms load their files when a name is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import bulkwise
from bulkwise.lazy import attach


def test_importing_the_package_loads_no_heavy_library() -> None:
    code = (
        "import sys, bulkwise; "
        "print([m for m in ('torch', 'sklearn', 'pandas', 'numpy', 'anndata') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", bulkwise.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(bulkwise, name) is not None
    assert name in dir(bulkwise)


def test_verbs_stay_functions_after_their_rooms_are_imported() -> None:
    import bulkwise.evaluation
    import bulkwise.reporting

    for verb in ("read", "check", "evaluate", "compare", "save", "load", "predict", "report"):
        assert callable(getattr(bulkwise, verb))


def test_an_unknown_name_is_an_attribute_error_that_names_the_room() -> None:
    get, names = attach("somewhere", {"Thing": "thing"})
    assert names() == ["Thing"]
    with pytest.raises(AttributeError, match=r"'somewhere' has no attribute 'Other'"):
        get("Other")
    with pytest.raises(AttributeError, match="no attribute 'unheard'"):
        bulkwise.unheard  # noqa: B018
