"""From words to devices."""

from __future__ import annotations

import pytest
import torch

from bulkwise.devices import resolve
from bulkwise.errors import InputError


def test_cpu_is_always_there() -> None:
    assert resolve("cpu") == torch.device("cpu")


def test_auto_takes_cuda_only_where_there_is_one() -> None:
    assert resolve("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("name", ["gpu", "cuda:one", "", "mps"])
def test_unknown_names(name: str) -> None:
    with pytest.raises(InputError, match="isn't known: expected 'auto', 'cpu'"):
        resolve(name)


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(InputError, match=r"'cuda:99' isn't there: this machine has \d+"):
        resolve("cuda:99")


@pytest.mark.gpu
def test_cuda() -> None:
    assert resolve("cuda") == torch.device("cuda:0")
