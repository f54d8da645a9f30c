"""A plan carried out: what is left is computed, filed as it comes, in rounds where one guides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bulkwise.errors import StudyError
from bulkwise.study import Store, carry_out
from bulkwise.study.base import Done

from .conftest import plan_of


class Backwards:
    """An engine that gives a unit's settings back, the last unit first; remembers its calls."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.calls: list[list[str]] = []
        self.stop_after = stop_after

    def run(self, work, plan, units, arrays):
        self.calls.append([unit.name for unit in units])
        for place, unit in enumerate(reversed(units)):
            if place == self.stop_after:
                raise KeyboardInterrupt
            error = "bad" if unit.settings["number"] == arrays.get("fails") else ""
            yield Done(unit.name, None if error else dict(unit.settings), error, 1.5)


class Doubling:
    """A guide that tells a round's units how many results there were before it."""

    size = 2

    def __init__(self) -> None:
        self.seen: list[set[str]] = []

    def __call__(self, units, results):
        self.seen.append(set(results))
        return [replace(unit, settings={"number": 10 * len(results)}) for unit in units]


def run(folder, engine, plan=None, arrays=None, guide=None):
    return carry_out(plan or plan_of(), None, arrays or {}, folder, engine=engine, guide=guide)


def test_results_are_in_the_plans_order_whatever_the_engines(tmp_path):
    found = run(tmp_path, Backwards())
    assert found.results == {f"unit-{i}": {"number": i} for i in range(4)}
    assert list(found.results) == [f"unit-{i}" for i in range(4)]
    assert (found.seconds, found.resumed, found.failed) == (6.0, 0, {})


def test_what_was_filed_before_a_break_isnt_computed_again(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Backwards(stop_after=2))
    engine = Backwards()
    found = run(tmp_path, engine)
    assert engine.calls == [["unit-0", "unit-1"]]
    assert (found.resumed, len(found.results), found.seconds) == (2, 4, 6.0)
    idle = Backwards()
    assert run(tmp_path, idle).resumed == 4
    assert idle.calls == []


def test_a_unit_that_failed_is_left_out_named_and_tried_again(tmp_path):
    found = run(tmp_path, Backwards(), arrays={"fails": 2})
    assert list(found.results) == ["unit-0", "unit-1", "unit-3"]
    assert found.failed == {"unit-2": "bad"}
    engine = Backwards()
    assert run(tmp_path, engine).failed == {}
    assert engine.calls == [["unit-2"]]


def test_when_all_fail_the_first_error_is_said_and_nothing_lost(tmp_path):
    plan = plan_of(1)
    with pytest.raises(StudyError, match="Every unit of the study failed, unit-0 first: bad"):
        run(tmp_path, Backwards(), plan, {"fails": 0})
    assert Store.look(tmp_path).failed == {"unit-0": "bad"}


def test_a_guide_sees_the_rounds_before_and_sets_the_units_of_the_next(tmp_path):
    guide, engine = Doubling(), Backwards()
    found = run(tmp_path, engine, plan_of(5), guide=guide)
    assert engine.calls == [["unit-0", "unit-1"], ["unit-2", "unit-3"], ["unit-4"]]
    assert [len(seen) for seen in guide.seen] == [0, 2, 4]
    assert [one["number"] for one in found.results.values()] == [0, 0, 20, 20, 40]


def test_a_round_that_is_done_is_passed_over_and_a_half_one_gets_its_own_settings(tmp_path):
    whole = run(tmp_path / "whole", Backwards(), plan_of(6), guide=Doubling())

    class Broken(Backwards):
        def run(self, work, plan, units, arrays):
            if len(self.calls) == 1:
                self.stop_after = 1
            yield from super().run(work, plan, units, arrays)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "begun", Broken(), plan_of(6), guide=Doubling())
    engine = Backwards()
    resumed = run(tmp_path / "begun", engine, plan_of(6), guide=Doubling())
    assert engine.calls == [["unit-2"], ["unit-4", "unit-5"]]
    assert list(resumed.results) == list(whole.results)
