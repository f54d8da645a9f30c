import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.errors import GeneError, InputError, SampleError
from bulkwise.training import label_directions
from bulkwise.training.gene_rows import open_rows, standardised


@pytest.fixture
def cohort():
    """Counts of 8 normal and 12 tumour samples, mixed; genes 0-29 go up, 30-49 down."""
    rng = np.random.default_rng(0)
    tumour = rng.permutation(np.arange(20) < 12)
    change = np.repeat([1.5, -1.5, 0.0], [30, 20, 150])
    levels = rng.normal(7, 1.5, size=200) + tumour[:, None] * change
    counts = rng.poisson(np.exp2(levels + 0.3 * rng.normal(size=(20, 200))))
    return AnnData(
        X=counts.astype(np.float32),
        obs=pd.DataFrame(
            {"condition": np.where(tumour, "tumour", "normal")},
            index=[f"s{i}" for i in range(20)],
        ),
        var=pd.DataFrame(index=[f"G{j}" for j in range(200)]),
        uns={"unit": "counts", "cohort": "A"},
    )


def test_labels_are_the_directions_that_were_planted(cohort):
    before = cohort.X.copy()
    made = label_directions(cohort, validated=["G0", "G31", "G199"], lowest=0.0)
    assert made.var.index[made.var["validated"]].tolist() == ["G0", "G31"]  # G199 stays
    planted = np.repeat(["up", "down", "neutral"], [30, 20, 150])
    assert (made.var["direction"].to_numpy() == planted).mean() > 0.97
    np.testing.assert_array_equal(cohort.X, before)
    assert list(cohort.var.columns) == []


def test_the_lowest_quarter_of_the_genes_goes(cohort):
    made = label_directions(cohort)
    means = cohort.X.mean(axis=0)
    assert made.n_vars == 150
    assert means[np.isin(cohort.var_names, made.var_names)].min() > np.sort(means)[48]


def test_a_sample_unlike_all_others_goes(cohort):
    cohort.X[3] = np.random.default_rng(1).permutation(cohort.X[3])
    made = label_directions(cohort)
    assert set(cohort.obs_names) - set(made.obs_names) == {"s3"}


def test_labels_by_chance_are_neutral(cohort):
    rng = np.random.default_rng(2)
    cohort.obs["condition"] = rng.permutation(cohort.obs["condition"].to_numpy())
    made = label_directions(cohort)
    assert (made.var["direction"] == "neutral").mean() > 0.95


def test_no_sample_alike_is_an_error(cohort):
    with pytest.raises(SampleError, match=r"rank correlation is above 0\.999"):
        label_directions(cohort, least_correlation=0.999)


def test_validated_genes_of_another_kind_are_an_error(cohort):
    with pytest.raises(GeneError, match="None of the 2 validated genes"):
        label_directions(cohort, validated=["ENSG1", "ENSG2"])


def test_the_second_condition_comes_first_in_a_row(cohort):
    rows = open_rows(cohort)
    totals = cohort.X.sum(axis=1, keepdims=True)
    logs = np.log2(cohort.X / totals * 1e6 + 1)
    tumour = (cohort.obs["condition"] == "tumour").to_numpy()
    wanted = np.concatenate([logs[~tumour], logs[tumour]]).T
    assert (rows.n_second, rows.label) == (8, None)
    np.testing.assert_allclose(rows.levels, wanted, rtol=1e-5)
    np.testing.assert_allclose(rows.change, logs[tumour].mean(0) - logs[~tumour].mean(0), atol=1e-5)
    assert rows.take(np.array([3, 1])).genes.tolist() == ["G3", "G1"]


def test_a_standardised_row_forgets_level_and_scale():
    row = np.random.default_rng(0).normal(size=(1, 9))
    np.testing.assert_allclose(standardised(row, 3), standardised(5 * row + 3, 3), atol=1e-5)
    assert not standardised(np.full((1, 9), 7.1), 3).any()
    second, first = np.split(standardised(row, 3), [3], axis=1)
    assert second.mean() == pytest.approx(-first.mean(), abs=1e-6)


def test_labels_that_contradict_the_matrix_are_refused(cohort):
    made = label_directions(cohort)
    made.obs["condition"] = np.where(made.obs["condition"] == "tumour", "normal", "tumour")
    with pytest.raises(InputError, match="probably swapped"):
        open_rows(made, labelled=True)


def test_missing_and_unknown_labels_are_refused(cohort):
    with pytest.raises(InputError, match="label_directions"):
        open_rows(cohort, labelled=True)
    cohort.var["direction"] = "sideways"
    with pytest.raises(InputError, match="'sideways'; expected down, neutral or up"):
        open_rows(cohort, labelled=True)


def test_one_sample_in_a_group_is_refused(cohort):
    tumour = np.flatnonzero(cohort.obs["condition"] == "tumour")
    normal = np.flatnonzero(cohort.obs["condition"] == "normal")
    with pytest.raises(SampleError, match="two samples or more in each condition, got 1 'tumour'"):
        open_rows(cohort[[tumour[0], *normal]].copy())


def test_missing_values_are_refused(cohort):
    cohort.X[0, :2] = np.nan
    with pytest.raises(InputError, match="2 values of the compared samples"):
        open_rows(cohort)
