"""What every task asks of new samples."""

from __future__ import annotations

from bulkwise.prediction.base import some


def test_the_first_few_names() -> None:
    assert some(["a", "b"]) == "a, b"
    assert some(list("abcdefg")) == "a, b, c, d, e, ..."
