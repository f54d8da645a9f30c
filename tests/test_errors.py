"""The tree of errors is what callers catch by."""

from __future__ import annotations

import pytest

from bulkwise import errors


def test_every_error_is_a_bulkwise_error_and_is_listed() -> None:
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    assert {item.__name__ for item in classes} == set(errors.__all__)
    assert all(issubclass(item, errors.BulkwiseError) for item in classes)


@pytest.mark.parametrize("name", ["GeneError", "SampleError", "UnitError", "LeakageError"])
def test_input_errors_are_value_errors(name: str) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, errors.InputError)
    assert issubclass(kind, ValueError)
