"""Parameters out of their range are named, with what was expected."""

from __future__ import annotations

import pytest

from bulkwise.checks.settings import chosen, instance, weight, weights_by_name
from bulkwise.errors import InputError
from bulkwise.training import Training


def test_good_values_come_back():
    assert instance("M", "training", Training(epochs=3), Training).epochs == 3
    assert chosen("M", "loss", "a", {"a": 1}) == "a"
    assert weight("M", "w", 2) == 2.0
    assert weights_by_name("M", "w", None, ["a", "b"]) == [0.5, 0.5]
    assert weights_by_name("M", "w", {"b": 1, "a": 3}, ["a", "b"]) == [3.0, 1.0]
    assert weights_by_name("M", "w", (1, 0), ["a", "b"]) == [1.0, 0.0]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: instance("M", "training", 3, Training), r"must be bulkwise\.training\.Training"),
        (lambda: chosen("M", "loss", "c", {"b": 1, "a": 2}), r"one of \['a', 'b'\]. Got 'c'"),
        (lambda: weight("M", "w", -1), r"range \[0, inf\). Got -1"),
        (lambda: weight("M", "w", True), "Got True"),
        (lambda: weight("M", "w", float("nan")), "Got nan"),
        (lambda: weights_by_name("M", "w", (1,), ["a", "b"]), r"targets \['a', 'b'\]"),
        (lambda: weights_by_name("M", "w", {"a": 1, "c": 1}, ["a", "b"]), "Got {'a': 1, 'c': 1}"),
        (lambda: weights_by_name("M", "w", (1, -2), ["a", "b"]), r"Got \(1, -2\)"),
    ],
)
def test_bad_values_are_named(call, said):
    with pytest.raises(InputError, match=said):
        call()
