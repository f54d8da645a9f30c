from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import InputError, SampleError
from bulkwise.stats.design import treatment_design

FIRST = np.array([True, True, True, False, False, False])


def test_the_difference_stands_last() -> None:
    design = treatment_design(
        FIRST,
        tested="t-n",
        covariates={"age": [1, 2, 3, 4, 5, 7], "batch": list("abcabc"), "on": [True, False] * 3},
    )
    assert design.names == ("intercept", "age", "batch=b", "batch=c", "on=True", "t-n")
    np.testing.assert_array_equal(design.matrix[:, -1], FIRST)
    np.testing.assert_array_equal(design.matrix[:, 1], [1, 2, 3, 4, 5, 7])
    np.testing.assert_array_equal(design.unpaired, design.matrix)


def test_patients_have_columns_that_the_unpaired_design_lacks() -> None:
    design = treatment_design(FIRST, tested="t-n", patients=["p", "q", "r", "p", "q", "r"])
    assert design.names == ("intercept", "patient=q", "patient=r", "t-n")
    assert design.unpaired.shape == (6, 2)


def test_a_confounded_covariate_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"'t-n' can't be estimated.* 'batch=b'"):
        treatment_design(FIRST, tested="t-n", covariates={"batch": list("aaabbb")})


def test_twin_covariates_are_refused_by_name() -> None:
    twins = {"one": list("ababab"), "two": list("xyxyxy")}
    with pytest.raises(InputError, match=r"'two=y' can be written .* \('two=y' with 'one=b'\)"):
        treatment_design(FIRST, tested="t-n", covariates=twins)


def test_a_covariate_of_the_patient_is_refused_by_name() -> None:
    patients = ["p", "q", "r", "p", "q", "r"]
    with pytest.raises(InputError, match=r"'sex=m' is the same in both samples .* leave it out"):
        treatment_design(FIRST, tested="t-n", patients=patients, covariates={"sex": list("fmffmf")})


@pytest.mark.parametrize("values", [[1.0, 2, 3, 4, 5, np.nan], ["a", "b", "a", "b", None, ""]])
def test_gaps_in_covariates_are_refused(values: list[object]) -> None:
    with pytest.raises(SampleError, match=r"'x' is missing in [12] of the 6"):
        treatment_design(FIRST, tested="t-n", covariates={"x": values})
