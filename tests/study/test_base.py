"""Plans: their hash, their way through JSON, and the threads of a unit."""

from __future__ import annotations

import json

import pytest
import torch
from threadpoolctl import threadpool_info

from bulkwise.study import base
from bulkwise.study.base import Plan, Unit, code_hash, threads

from .conftest import plan_of


def test_a_plan_survives_json_and_its_hash_leaves_the_command_out(plan):
    again = Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert again == plan
    assert again.sha256 == plan_of(command=("search", "x")).sha256
    assert again.sha256 != plan_of(seed=1).sha256


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "curve"},
        {"settings": {"times": 3}},
        {"data": "e" * 64},
        {"code": "f" * 64},
        {"threads": 2},
        {"units": (Unit("unit-0", {"number": 1}),)},
    ],
)
def test_all_that_results_depend_on_is_in_the_hash(plan, more):
    assert plan_of(**more).sha256 != plan.sha256
    assert plan_of(**more) != plan


def test_the_command_comes_back_and_the_order_of_settings_does_not_matter():
    plan = plan_of(command=("search", "a b"), settings={"x": 1, "y": [1, 2]})
    again = Plan.from_dict(plan.to_dict())
    assert again.command == ("search", "a b")
    assert plan_of(settings={"y": [1, 2], "x": 1}).sha256 == plan.sha256


def test_the_hash_of_the_code_follows_the_code(tmp_path, monkeypatch):
    for room in ("networks", "study", "reporting"):
        (tmp_path / room / "deep").mkdir(parents=True)
    monkeypatch.setattr(base, "__file__", str(tmp_path / "study" / "base.py"))

    def now() -> str:
        code_hash.cache_clear()
        return code_hash()

    try:
        empty = now()
        (tmp_path / "networks" / "deep" / "one.py").write_text("a = 1\n")
        one = now()
        (tmp_path / "networks" / "deep" / "one.py").write_text("a = 2\n")
        two = now()
        (tmp_path / "reporting" / "page.py").write_text("a = 1\n")  # no result depends on it
        assert len({empty, one, two}) == 3
        assert now() == two
        (tmp_path / "networks" / "deep" / "one.py").rename(tmp_path / "networks" / "one.py")
        assert now() != two
    finally:
        code_hash.cache_clear()


def test_threads_are_limited_inside_and_given_back_even_after_an_error():
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), threads(3):
        assert torch.get_num_threads() == 3
        assert {pool["num_threads"] for pool in threadpool_info()} <= {1, 2, 3}
        raise ZeroDivisionError
    assert torch.get_num_threads() == before
