"""The room's table names what it has, and a file never hides a function of its name."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module

import pytest

from bulkwise import stats
from bulkwise.checks.base import Finding


@pytest.mark.parametrize("name", stats.TABLE)
def test_every_name_of_the_table_is_there(name: str) -> None:
    assert getattr(stats, name).__name__ == name
    assert name in dir(stats)


def test_no_file_is_called_like_a_public_name() -> None:
    files = {module.name for module in pkgutil.iter_modules(stats.__path__)}
    assert files & set(stats.TABLE) == set()


def test_public_results_are_in_the_table() -> None:
    # what a public function returns has a public name
    returned = set()
    for name in stats.TABLE:
        function = getattr(stats, name)
        if inspect.isfunction(function):
            module = import_module(function.__module__)
            annotation = str(inspect.signature(function).return_annotation)
            found = getattr(module, annotation, None)
            if inspect.isclass(found) and found is not Finding and found.__module__ != "builtins":
                returned.add(annotation)
    assert returned <= set(stats.TABLE)
    assert {"ModeratedFit", "ContrastResult", "Enrichment"} <= returned
