"""The tutorials' Python runs, block after block, as a reader would run it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
TUTORIALS = sorted((DOCS / "tutorials").glob("*.md"))


def blocks(path: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_tutorial_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = blocks(path)
    assert code, "a tutorial without code teaches nothing"
    namespace: dict[str, object] = {"__name__": "tutorial"}
    for number, block in enumerate(code, 1):
        exec(compile(block, f"{path.name}, block {number}", "exec"), namespace)
