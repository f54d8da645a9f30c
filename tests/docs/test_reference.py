"""Every room of the house has its place in the reference."""

from __future__ import annotations

from pathlib import Path

import bulkwise

ROOT = Path(__file__).parents[2]


def test_every_room_with_a_table_is_in_the_reference() -> None:
    pages = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")
    )
    rooms = [name for name in bulkwise.__all__ if hasattr(getattr(bulkwise, name), "TABLE")]
    assert len(rooms) > 8
    missing = [name for name in rooms if f"<!-- room: {name} -->" not in pages]
    assert missing == []


def test_every_verb_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "verbs.md").read_text(encoding="utf-8")
    for verb in ("read", "check", "evaluate", "compare", "save", "load", "predict", "report"):
        assert f".{verb}\n" in page
