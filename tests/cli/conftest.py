"""Run the command line in this process, as a shell would."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from bulkwise.cli import main
from bulkwise.study.random_search import networks


@dataclass(frozen=True)
class Done:
    """What a command left: exit code, stdout, and stderr as one line."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


@cache
def validator(name: str) -> Draft202012Validator:
    """What the published schema of a kind of document says."""
    path = SCHEMAS / f"{name.replace('_', '-')}.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def validate_written(arguments: tuple[object, ...]) -> None:
    """Hold every JSON document that a command wrote against its schema."""
    if "-o" not in arguments:
        return
    place = Path(str(arguments[arguments.index("-o") + 1]))
    found = [place.with_suffix(".json")] if place.suffix else place.rglob("*.json")
    for path in found:
        document = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        if isinstance(document, dict) and "schema" in document:
            validator(document["schema"].removeprefix("bulkwise/")).validate(document)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call ``bulkwise`` with arguments."""

    def call(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["bulkwise", *map(str, arguments)])
        monkeypatch.setattr("signal.signal", lambda *_: None)
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main.run()
        written = capsys.readouterr()
        code = stopped.value.code
        assert isinstance(code, int)
        if code == 0:
            validate_written(arguments)
        return Done(code, written.out, " ".join(written.err.split()))

    return call


@pytest.fixture(scope="session")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with expression.csv (genes in rows) and samples.csv: 40 samples, 20 patients."""
    folder = tmp_path_factory.mktemp("cohort")
    rng = np.random.default_rng(0)
    names = [f"P{i:02d}-{part}" for i in range(20) for part in ("N", "T")]
    genes = [f"GENE{i:03d}" for i in range(60)]
    values = rng.normal(6, 1, size=(40, 60))
    values[1::2, :10] += 3
    pd.DataFrame(values.T.round(3), index=pd.Index(genes, name="gene"), columns=names).to_csv(
        folder / "expression.csv"
    )
    sheet = pd.DataFrame(
        {
            "sample": names,
            "condition": ["normal", "tumour"] * 20,
            "patient": [name[:3] for name in names],
            "site": [["A", "B"][i // 2 % 2] for i in range(40)],
        }
    )
    sheet.sample(frac=1, random_state=0).to_csv(folder / "samples.csv", index=False)
    return folder


@pytest.fixture
def options(matrix: Path) -> tuple[object, ...]:
    """INPUT and the options that describe it."""
    return (matrix / "expression.csv", "--samples", matrix / "samples.csv", "--unit", "log2")


@pytest.fixture
def search_words(
    options: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[object, ...]:
    """A small search, its networks in units of eight."""
    monkeypatch.setattr(networks, "NETWORKS_OF_A_UNIT", 8)
    asked = ("--target", "condition", "--trials", 16, "--epochs", 4, "--processes", 1)
    return ("search", *options, *asked, "-o", tmp_path / "out")
