"""Named seeds: the same name gives the same numbers, another name others."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from bulkwise.randomness import Seeds


def test_children_depend_on_root_and_name_only() -> None:
    first, second = Seeds(7), Seeds(7)
    second.seed("something else first")
    assert first.seed("weights") == second.seed("weights")
    assert first.seed("weights") != first.seed("dropout")
    assert first.seed("weights") != Seeds(8).seed("weights")
    assert first.child("fold", 1).seed("a") != first.child("fold", 2).seed("a")


def test_seed_zero_is_a_seed() -> None:
    assert Seeds(0).seed("x") == Seeds(0).seed("x")
    assert Seeds(None).seed("x") != Seeds(None).seed("x")


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
def test_generators_advance(make: type) -> None:
    generator = make(3)
    assert Seeds(generator).seed("x") != Seeds(generator).seed("x")
    assert Seeds(make(3)).seed("x") == Seeds(make(3)).seed("x")


@pytest.mark.parametrize("bad", ["0", 1.5, True, object()])
def test_other_things_are_refused(bad: object) -> None:
    with pytest.raises(ValueError, match="'random_state' must be an integer"):
        Seeds(bad)  # type: ignore[arg-type]


def test_global_generators_are_never_touched() -> None:
    python, numpy_state, torch_state = (
        random.getstate(),
        np.random.get_state(legacy=False),
        torch.random.get_rng_state(),
    )
    seeds = Seeds(1)
    seeds.numpy("a").normal(size=5)
    torch.rand(5, generator=seeds.torch("b"))
    assert random.getstate() == python
    np.testing.assert_equal(np.random.get_state(legacy=False), numpy_state)
    assert torch.equal(torch.random.get_rng_state(), torch_state)


def test_sklearn_seeds_are_in_range() -> None:
    assert all(0 <= Seeds(i).sklearn("s") < 2**32 for i in range(50))
