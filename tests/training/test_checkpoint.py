"""The state of unfinished training: whole, its own, or refused."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from bulkwise.errors import FitError, InputError
from bulkwise.training.checkpoint import Checkpoint

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "state": torch.arange(5, dtype=torch.uint8)}
FACTS = {"epoch": 3, "loss": [0.1 + 0.2, 1e-300]}


@pytest.fixture
def checkpoint(tmp_path):
    return Checkpoint(tmp_path / "states", "f" * 64)


def test_what_is_saved_is_loaded(checkpoint):
    assert checkpoint.load() is None
    checkpoint.save(TENSORS, FACTS)
    tensors, facts = checkpoint.load()
    assert facts == FACTS
    assert {name: value.dtype for name, value in tensors.items()} == {
        "a": torch.float32,
        "state": torch.uint8,
    }
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    assert [path.name for path in checkpoint.path.parent.iterdir()] == ["f" * 32 + ".safetensors"]
    checkpoint.remove()
    checkpoint.remove()
    assert checkpoint.load() is None


def test_tensors_that_share_memory_are_saved_apart(checkpoint):
    whole = torch.arange(6.0)
    checkpoint.save({"whole": whole, "part": whole[2:]}, {})
    tensors, _ = checkpoint.load()
    assert torch.equal(tensors["part"], whole[2:])


def test_it_is_safetensors_with_a_json_header(checkpoint):
    checkpoint.save(TENSORS, FACTS)
    with safe_open(checkpoint.path, framework="np") as file:
        header = file.metadata()
    assert header["schema"] == "bulkwise/checkpoint"
    assert json.loads(header["facts"]) == FACTS


def test_a_damaged_file_is_refused(checkpoint):
    checkpoint.save(TENSORS, FACTS)
    checkpoint.path.write_bytes(checkpoint.path.read_bytes()[:-7])
    with pytest.raises(FitError, match=r"Can't resume .* damaged; delete the file"):
        checkpoint.load()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fingerprint": "0" * 64}, "belongs to another fit"),
        ({"schema": "bulkwise/bundle"}, "belongs to another fit"),
        ({"format": "99"}, "another version of bulkwise"),
        ({"facts": "{"}, "damaged"),
    ],
)
def test_another_file_is_refused(checkpoint, change, message):
    header = {
        "schema": "bulkwise/checkpoint",
        "format": "1",
        "fingerprint": checkpoint.fingerprint,
        "facts": "{}",
    }
    checkpoint.path.parent.mkdir()
    save_file(TENSORS, checkpoint.path, metadata={**header, **change})
    with pytest.raises(FitError, match=message):
        checkpoint.load()


def test_a_place_that_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Can't write"):
        Checkpoint(tmp_path / "file", "f" * 64).save(TENSORS, FACTS)
