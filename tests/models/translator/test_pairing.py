"""Who is whose pair, and what is left out and said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.errors import InputError, SampleError
from bulkwise.models.translator.pairing import ONE_TISSUE, from_logs, open_samples, to_logs

SHEET = pd.DataFrame(
    [
        ("z", "normal", "colon", "p1"),
        ("b", "tumour", "colon", "p1"),
        ("a", "tumour", "colon", "p1"),  # the first by name, so the pair
        ("c", "normal", "colon", "p2"),
        ("d", "tumour", "liver", "p2"),
        ("e", "tumour", "liver", "p3"),
        ("f", "normal", "liver", "p3"),
        ("g", "polyp", "liver", "p3"),
        ("h", "normal", "liver", "p4"),
    ],
    columns=["sample", "condition", "tissue", "patient"],
).set_index("sample")


@pytest.fixture
def cohort() -> AnnData:
    X = np.arange(27, dtype=np.float32).reshape(9, 3)
    return AnnData(X=X, obs=SHEET.copy(), uns={"unit": "tpm"})


def opened(cohort: AnnData, **more):
    asked = {"column": "condition", "source": "normal", "target": "tumour",
             "tissue": "tissue", "pairs": "patient"}  # fmt: skip
    return open_samples(cohort, **(asked | more))


def test_pairs_are_of_one_patient_in_one_tissue(cohort):
    samples = opened(cohort)
    assert samples.pairs.tolist() == [[0, 2], [6, 5]]
    assert np.flatnonzero(samples.source).tolist() == [0, 3, 6, 8]
    assert np.flatnonzero(samples.target).tolist() == [1, 2, 4, 5]
    assert {one.code: one.items for one in samples.findings} == {
        "several-samples": ("p1",),
        "pairs-across-tissues": ("p2",),
    }
    np.testing.assert_allclose(samples.logs, np.log2(cohort.X + 1), rtol=1e-6)


def test_without_a_tissue_all_are_one_and_the_patient_in_two_is_a_pair(cohort):
    samples = opened(cohort, tissue=None)
    assert set(samples.tissue) == {ONE_TISSUE}
    assert samples.pairs.tolist() == [[0, 2], [3, 4], [6, 5]]


def test_without_patients_nobody_is_a_pair_and_nothing_is_said(cohort):
    samples = opened(cohort, pairs=None)
    assert samples.pairs.shape == (0, 2)
    assert samples.findings == ()
    assert samples.patient.tolist() == list("zbacdefgh")


def test_swapped_is_the_other_direction(cohort):
    samples, there = opened(cohort), opened(cohort, source="tumour", target="normal")
    back = samples.swapped()
    np.testing.assert_array_equal(back.source, there.source)
    assert sorted(back.pairs.tolist()) == sorted(there.pairs.tolist()) == [[2, 0], [5, 6]]


@pytest.mark.parametrize("unit", ["tpm", "log2_tpm"])
def test_logs_come_back_as_they_were(unit: str):
    values = np.array([[0.0, 1.0, 3.0]], dtype=np.float32)
    logs = to_logs(values, unit)
    assert logs.tolist() == [[0, 1, 2]] if unit == "tpm" else [[0, 1, 3]]
    back = from_logs(logs, unit)
    assert back.dtype == np.float32
    np.testing.assert_allclose(back, values)
    assert from_logs(np.array([[-1.0]]), unit)[0, 0] == (0 if unit == "tpm" else -1)


def test_gaps_are_named(cohort):
    holes = cohort.copy()
    holes.obs.loc[["c", "d"], "patient"] = None
    with pytest.raises(
        SampleError, match=r"'patient' \(the patient\) is missing for 2 of 9 .*'c', 'd'"
    ):
        opened(holes)
    cohort.X[4, 1] = np.inf
    with pytest.raises(InputError, match="d"):
        opened(cohort)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"target": "cancer"}, "'cancer'; the column holds 'normal', 'polyp', 'tumour'"),
        ({"target": "normal"}, "to itself"),
        ({"column": "state"}, "no column 'state'"),
    ],
)
def test_what_is_not_there(cohort, more, said):
    with pytest.raises(SampleError, match=said):
        opened(cohort, **more)
