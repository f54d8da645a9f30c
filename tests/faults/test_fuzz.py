"""Damaged files give a cohort or a sentence, whatever the damage.

``make fuzz`` gives every reader 10,000 files; here it is a few hundred.
"""

from __future__ import annotations

import os
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

FILES = int(os.environ.get("BULKWISE_FUZZ", "150"))


@pytest.fixture(scope="module")
def fuzzing() -> ModuleType:
    spec = spec_from_file_location("fuzzing", Path(__file__).with_name("fuzzing.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("reader", ["text", "gct", "h5ad", "parquet", "sheet", "gmt", "bundle"])
def test_every_reader_survives_damage(fuzzing: ModuleType, tmp_path: Path, reader: str) -> None:
    told = fuzzing.fuzz(reader, FILES, 1, tmp_path)
    assert told["read"] + told["refused"] == FILES
    assert told["refused"] > 0


def test_every_reader_is_fuzzed(fuzzing: ModuleType, tmp_path: Path) -> None:
    readers = ["text", "gct", "h5ad", "parquet", "sheet", "gmt", "bundle"]
    assert list(fuzzing.seeds(tmp_path)) == readers
    for name, (good, read) in fuzzing.seeds(tmp_path).items():
        for content in good:
            (tmp_path / name).write_bytes(content)
            assert read(tmp_path / name) is not None


def test_the_same_seed_gives_the_same_damage(fuzzing: ModuleType) -> None:
    import random

    one, other = (fuzzing.damaged(b"0123456789" * 9, random.Random("a")) for _ in range(2))
    assert one == other != b"0123456789" * 9


def test_mutants_are_counted_by_room() -> None:
    spec = spec_from_file_location("mutation", Path(__file__).with_name("mutation.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    listed = (
        "    bulkwise.checks.base.x_were__mutmut_1: killed\n"
        "    bulkwise.checks.base.x_were__mutmut_2: no tests\n"
        "    bulkwise.split.folds.x__deal__mutmut_1: timeout\nother words\n"
    )
    assert module.count(listed) == {
        "checks": {"killed": 1, "no tests": 1},
        "split": {"timeout": 1},
    }
