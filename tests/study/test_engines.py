"""Every engine gives the same numbers, and no unit is lost when a process dies."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import InputError, StudyError
from bulkwise.study import Local, Ray, Store, carry_out
from bulkwise.study.engines import engine_named

from . import work
from .conftest import plan_of

ARRAYS = {"x": np.linspace(0, 1, 300, dtype=np.float32)}


def test_one_process_and_two_give_the_same(tmp_path):
    one = carry_out(plan_of(6), work.product, ARRAYS, tmp_path / "1", engine=Local(1))
    two = carry_out(plan_of(6), work.product, ARRAYS, tmp_path / "2", engine=Local(2))
    assert one.results == two.results
    assert list(two.results) == [f"unit-{i}" for i in range(6)]


def test_a_unit_has_the_threads_of_its_plan(tmp_path):
    found = carry_out(plan_of(2, threads=2), work.times, ARRAYS, tmp_path, engine=Local(1))
    assert found.results["unit-1"] == [2, pytest.approx(150.0), 2]


def test_a_unit_that_fails_is_recorded_and_the_rest_goes_on(tmp_path):
    found = carry_out(plan_of(4), work.bad, ARRAYS, tmp_path, engine=Local(1))
    assert found.results == {"unit-0": 0, "unit-3": 3}
    assert found.failed == {
        "unit-1": "out of memory (too much)",
        "unit-2": "ValueError: no good",
    }


def test_a_study_whose_units_all_fail_says_so(tmp_path):
    units = plan_of(3).units[1:]
    with pytest.raises(StudyError, match="Every unit of the study failed, unit-1 first"):
        carry_out(plan_of(units=units), work.bad, ARRAYS, tmp_path, engine=Local(1))


def test_workers_that_are_killed_lose_no_unit(tmp_path):
    plan = plan_of(5, settings={"folder": str(tmp_path)})
    found = carry_out(plan, work.deadly, ARRAYS, tmp_path / "s", engine=Local(2))
    assert found.results == {f"unit-{i}": i for i in (0, 1, 3, 4)}
    assert "died 3 times" in found.failed["unit-2"]


def test_what_is_done_isnt_done_again(tmp_path):
    plan = plan_of(4)
    first = carry_out(plan, work.times, ARRAYS, tmp_path, engine=Local(1))
    content = (tmp_path / "study" / "results.jsonl").read_bytes()
    again = carry_out(plan, work.bad, ARRAYS, tmp_path, engine=Local(1))
    assert (again.results, again.resumed) == (first.results, 4)
    assert (tmp_path / "study" / "results.jsonl").read_bytes() == content
    assert Store.look(tmp_path).left == []


def test_engines_by_name():
    assert isinstance(engine_named("ray", address="auto"), Ray)
    assert isinstance(engine_named("local", processes=2), Local)
    for words, options in (
        ("no engine 'slurm'", {"name": "slurm"}),
        ("for the engine 'ray'", {"name": "local", "address": "auto"}),
        ("leave processes out", {"name": "ray", "processes": 2}),
        ("1 or more", {"name": "local", "processes": 0}),
    ):
        with pytest.raises(InputError, match=words):
            engine_named(**options)
