"""The JSON that commands write is what the published schemas say."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "docs" / "schemas"
INSIDE = {"cached-cohort"}
"""Documents of bulkwise's own folders, which nobody else reads."""
Run = Callable[..., Any]


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_every_kind_of_document_has_a_schema() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "src" / "bulkwise").rglob("*.py")
    )
    written = set(re.findall(r'schema="([a-z_-]+)"|_SCHEMA = "([a-z_-]+)"', code))
    names = {one or other for one, other in written} - INSIDE
    published = {path.name.removesuffix(".schema.json") for path in SCHEMAS.iterdir()}
    assert {name.replace("_", "-") for name in names} <= published
    for name in published:
        const = validator(name).schema["properties"]["schema"]["const"]
        assert const.removeprefix("bulkwise/").replace("_", "-") == name


def test_a_results_folder(run: Run, options: tuple[object, ...], tmp_path: Path) -> None:
    asked = ("--target", "condition", "--folds", "2", "--repeats", "1", "--permutations", "2")
    assert run("evaluate", *options, *asked, "-o", tmp_path / "out").code == 0
    for name in ("metrics", "run"):
        document = json.loads((tmp_path / "out" / f"{name}.json").read_text())
        validator(name).validate(document)
        del document["format"]
        with pytest.raises(ValidationError, match="'format' is a required property"):
            validator(name).validate(document)
    files = json.loads((tmp_path / "out" / "run.json").read_text())["files"]
    assert sorted(files) == sorted(path.name for path in (tmp_path / "out").iterdir())


def test_a_bundle(run: Run, options: tuple[object, ...], tmp_path: Path) -> None:
    assert run("train", *options, "--target", "condition", "-o", tmp_path / "m.zip").code == 0
    with zipfile.ZipFile(tmp_path / "m.zip") as archive:
        document = json.loads(archive.read("bundle.json"))
    validator("bundle").validate(document)
    document["targets"]["condition"] = "normal"
    with pytest.raises(ValidationError, match="not of type 'array'"):
        validator("bundle").validate(document)
