"""Columns that go with the target, and those that don't."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import SampleError
from bulkwise.evaluation.covariates import associations, covariate_findings

N = 120


def sheet(seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(["normal", "tumour"], N // 2)
    tumour = labels == "tumour"
    frame = pd.DataFrame(
        {
            "plate": np.where(rng.random(N) < 0.9, tumour, ~tumour).astype(int),
            "age": rng.normal(60, 8, N) + 8 * tumour,
            "sex": rng.choice(["f", "m"], N),
            "height": rng.normal(170, 9, N),
            "stage": np.where(tumour, rng.choice(["I", "II"], N), None),
            "constant": "x",
            "barcode": [f"B{i}" for i in range(N)],
        }
    )
    return frame, labels, np.arange(N).astype(str)


def test_the_planted_ones_are_named_and_the_others_not():
    found = {one.column: one for one in associations(*sheet())}
    assert set(found) == {"plate", "age", "sex", "height", "stage"}
    assert {name for name, one in found.items() if one.names_label} == {"plate", "age", "stage"}
    assert found["plate"].measure == "Cramér's V"
    assert found["plate"].strength == pytest.approx(0.8, abs=0.15)
    assert found["age"].measure == "eta squared"
    assert found["stage"].strength > 0.95  # missing where normal


def test_perfect_agreement_is_one_and_the_strongest_comes_first():
    frame, labels, groups = sheet()
    frame["again"] = labels
    found = associations(frame, labels, groups)
    assert found[0].column == "again"
    assert found[0].strength == pytest.approx(1.0, abs=0.01)


def test_many_columns_that_tell_nothing_are_not_named():
    rng = np.random.default_rng(5)
    _, labels, groups = sheet()
    noise = pd.DataFrame(rng.integers(0, 3, (N, 60)), columns=[f"c{i}" for i in range(60)])
    assert not any(one.names_label for one in associations(noise, labels, groups))


def test_ten_samples_of_a_patient_are_one_observation():
    labels = np.repeat(["a", "b"], 60)
    groups = np.repeat(np.arange(12), 10).astype(str)
    column = pd.DataFrame({"site": np.repeat([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0], 10)})
    (found,) = associations(column, labels, groups)
    (inflated,) = associations(column, labels, np.arange(120).astype(str))
    assert found.p_value > 0.2 > 1e-3 > inflated.p_value


def test_p_values_are_uniform_when_nothing_goes_together():
    rng = np.random.default_rng(2)
    labels, groups = rng.choice(["a", "b"], 200), np.arange(200).astype(str)
    frame = pd.DataFrame({f"n{i}": rng.normal(size=200) for i in range(100)})
    p_values = [one.p_value for one in associations(frame, labels, groups)]
    assert np.mean(np.array(p_values) < 0.1) == pytest.approx(0.1, abs=0.09)


def test_only_the_columns_asked_for():
    found = associations(*sheet(), columns=["sex"])
    assert [one.column for one in found] == ["sex"]
    with pytest.raises(SampleError, match="no column 'weight'"):
        associations(*sheet(), columns=["weight"])


def test_the_target_is_left_out_and_the_rest_is_put_into_words():
    frame, labels, groups = sheet()
    frame["condition"] = labels
    found = associations(frame, labels, groups, leave_out=["condition"])
    assert "condition" not in {one.column for one in found}
    (finding,) = covariate_findings(found, "condition")
    assert set(finding.items) == {"plate", "age", "stage"}
    assert "plate (Cramér's V" in finding.message
    assert covariate_findings([one for one in found if one.column == "sex"], "condition") == []
