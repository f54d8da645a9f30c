from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bulkwise.errors import InputError
from bulkwise.stats import endpoint
from bulkwise.stats.survival import DAYS_PER_YEAR


def test_who_has_it_who_has_not_and_of_whom_nobody_knows() -> None:
    k = 5 * DAYS_PER_YEAR
    time = [100, k, k, k - 1, k + 1, 4000, 3000]
    event = ["yes", "yes", "no", "no", "yes", "no", "yes"]
    found = endpoint(time, event, 5)
    assert found.labels.tolist() == ["yes", "yes", "no", "", "no", "no", "no"]
    assert found.censored.tolist() == [3]
    assert found.counts() == {"yes": 2, "no": 4, "censored": 1}


def test_weights_by_hand() -> None:
    # one of three still at risk at 2 is censored: those who stay count 1 / (2/3)
    found = endpoint([1, 2, 3, 9], [True, False, True, False], 5, days_per_year=1)
    np.testing.assert_allclose(found.weights, [1, 0, 1.5, 1.5])
    assert found.risk == pytest.approx(1 - 3 / 4 * 1 / 2)


def test_weights_sum_to_the_patients_and_give_kaplan_and_meiers_risk() -> None:
    rng = np.random.default_rng(0)
    failing, leaving = rng.exponential(8, 400), rng.uniform(0, 12, 400)
    found = endpoint(np.minimum(failing, leaving), failing <= leaving, 5, days_per_year=1)
    assert found.weights.sum() == pytest.approx(400, abs=1e-9)
    weighed = found.weights[found.positive].sum() / 400
    assert weighed == pytest.approx(found.risk, abs=1e-12)
    assert 0 < len(found.censored) < 400


def test_without_censoring_all_weights_are_one() -> None:
    found = endpoint([1.0, 4.0, 6.0, 8.0], [True, True, True, False], 5, days_per_year=1)
    assert found.weights.tolist() == [1, 1, 1, 1]
    assert found.risk == pytest.approx(0.5)


def test_months_are_months() -> None:
    days = endpoint([700, 2000], ["yes", "no"], 5)
    months = endpoint([23, 65.7], ["yes", "no"], 5, days_per_year=12)
    assert days.labels.tolist() == months.labels.tolist() == ["yes", "no"]


def test_times_in_another_unit_are_named() -> None:
    with pytest.raises(InputError, match=r"Nobody is followed for 5 years: the longest time is 11"):
        endpoint([60, 110], ["yes", "no"], 5)


@pytest.mark.parametrize("years", [0, -1, float("nan")])
def test_an_endpoint_needs_years(years: float) -> None:
    with pytest.raises(InputError, match="more than 0 years"):
        endpoint([1], [True], years)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("gse2034_subset", {"yes": 43, "no": 99, "censored": 8}),
        ("gse7390", {"yes": 35, "no": 154, "censored": 9}),
        ("nki_subset", {"yes": 86, "no": 213, "censored": 20}),
    ],
)
def test_breast_cancer_after_five_years(
    data_folder: Path, name: str, counts: dict[str, int]
) -> None:
    import anndata

    obs = anndata.read_h5ad(data_folder / "metastasis" / f"{name}.h5ad").obs
    found = endpoint(obs["days"], obs["distant_metastasis"], 5)
    assert found.counts() == counts
    assert found.weights.sum() == pytest.approx(len(obs), abs=1e-9)
