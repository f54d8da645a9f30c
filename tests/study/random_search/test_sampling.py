"""Optuna proposes by what came before, in the same way whenever it is asked."""

from __future__ import annotations

import sys

import pytest

from bulkwise.errors import InputError, StudyError
from bulkwise.study import Local, search
from bulkwise.study.random_search import networks, sampling
from bulkwise.study.random_search.sampling import Guide, proposals, require_sampler, units

VARY = {
    "a": {"title": "a", "draw_from": "uniform", "values": [0.0, 1.0]},
    "b": {"title": "b", "draw_from": "choice", "values": [[8], [16], "x"]},
    "c": {"title": "c", "draw_from": "whole log", "values": [1, 100]},
}
ASKED = {"seed": 3, "vary": VARY}


def rows_of(unit):
    """Rows of a unit whose best ``a`` is 0.9; trial 1 diverged."""
    trials = range(unit.settings["first"], unit.settings["end"])
    return [
        [n, "fitted", None if n == 1 else -abs(one["a"] - 0.9), one]
        for n, one in zip(trials, unit.settings["drawn"], strict=True)
    ]


def rounds(number, size=20):
    """Drawn settings of each round, and all results."""
    guide, results, told = Guide(ASKED, 2, True), {}, []
    for start in range(0, 2 * number, guide.size):
        asked = guide(units(100, size, "u")[start : start + guide.size], results)
        results |= {unit.name: rows_of(unit) for unit in asked}
        told.append([one for unit in asked for one in unit.settings["drawn"]])
    return told, results


def test_units_share_the_trials():
    assert [unit.settings for unit in units(5, 2, "u")] == [
        {"first": 0, "end": 2},
        {"first": 2, "end": 4},
        {"first": 4, "end": 5},
    ]


def test_random_settings_belong_to_the_number_of_the_trial():
    one, two = (proposals(ASKED, {"first": first, "end": 6}) for first in (0, 3))
    assert one[4] == two[4]
    assert set(one[0]) == set(VARY)


def test_optuna_goes_where_it_is_better():
    pytest.importorskip("optuna", reason="needs optuna: pip install 'bulkwise[tune]'")
    (first, *_, last), _ = rounds(3)

    def gap(drawn):
        return sum(abs(one["a"] - 0.9) for one in drawn) / len(drawn)

    assert gap(last) < 0.5 * gap(first)
    assert {str(one["b"]) for one in first} == {"[8]", "[16]", "x"}
    assert all(isinstance(one["c"], int) for one in first)


def test_optuna_proposes_the_same_after_a_break():
    pytest.importorskip("optuna", reason="needs optuna: pip install 'bulkwise[tune]'")
    told, results = rounds(2)
    assert rounds(2)[0] == told
    first = {name: results[name] for name in list(results)[:2]}
    again = Guide(ASKED, 2, True)(units(100, 20, "u")[2:4], first)
    assert [one for unit in again for one in unit.settings["drawn"]] == told[1]
    other = Guide({**ASKED, "seed": 4}, 2, True)(units(100, 20, "u")[2:4], first)
    assert [one for unit in other for one in unit.settings["drawn"]] != told[1]


def test_a_search_with_optuna_goes_on_after_a_break(cohort, tmp_path, monkeypatch):
    pytest.importorskip("optuna", reason="needs optuna: pip install 'bulkwise[tune]'")
    monkeypatch.setattr(networks, "NETWORKS_OF_A_UNIT", 12)
    asked = {"target": "kind", "trials": 24, "epochs": 3, "sampler": "optuna"}
    whole = search(cohort, folder=tmp_path / "a", engine=Local(1), **asked)
    search(cohort, folder=tmp_path / "b", engine=Local(1), **asked)
    path = tmp_path / "b" / "study" / "results.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 4
    path.write_bytes(b"".join(lines[:1]))
    again = search(cohort, folder=tmp_path / "b", engine=Local(1), **asked)
    assert again.trials.equals(whole.trials)
    assert again.models == whole.models
    assert again.asked["sampler"] == "optuna"


def test_who_isnt_there_is_named(monkeypatch):
    with pytest.raises(InputError, match="no sampler 'grid': expected one of random, optuna"):
        require_sampler("grid")
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(StudyError, match=r"bulkwise\[tune\]"):
        require_sampler("optuna")
    assert sampling.require_sampler("random") is None
