import copy

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from bulkwise.errors import InputError, SampleError
from bulkwise.models import DirectionModel
from bulkwise.stats import evidence
from bulkwise.training import Training
from bulkwise.training.contrasts import family_of, open_contrast

QUICK = {
    "draws": 6,
    "sizes": (2, 4),
    "members": 2,
    "random_state": 0,
    "training": Training(
        optimizer="adamw", learning_rate=0.01, batch_size=256, epochs=4, patience=None
    ),
}


def made(name, seed, n=30, genes=160, shift=1.2):
    """A cohort whose genes 0-39 go up, 40-79 down, in every cohort alike."""
    rng = np.random.default_rng(seed)
    first = np.arange(2 * n) < n
    levels = rng.normal(6, 1, size=genes) + rng.normal(0, 1, size=(2 * n, genes))
    change = np.zeros(genes)
    change[:40], change[40:80] = shift, -shift
    levels += first[:, None] * change * rng.uniform(0.5, 1.5, size=genes)
    return AnnData(
        X=levels.astype(np.float32),
        obs=pd.DataFrame(
            {"condition": np.where(first, "tumour", "normal")},
            index=[f"{name}{i}" for i in range(2 * n)],
        ),
        var=pd.DataFrame(index=[f"G{j}" for j in range(genes)]),
        uns={"unit": "log2", "cohort": name},
    )


@pytest.fixture(scope="module")
def model():
    return DirectionModel(**QUICK).fit([made(name, i) for i, name in enumerate("ABC")])


@pytest.fixture
def small():
    cohort = made("new", 9)
    return cohort[[0, 1, 30, 31]].copy()


def truth():
    return np.repeat([1, -1, 0], [40, 40, 80])


def test_it_beats_the_sign_of_the_mean(model, small):
    table = model.predict(small)
    lean = np.sign(table["up"] - table["down"]).to_numpy()
    plain = np.sign(small.X[:2].mean(axis=0) - small.X[2:].mean(axis=0))
    changed = truth() != 0
    assert (lean == truth())[changed].mean() > (plain == truth())[changed].mean()
    assert (lean == truth())[changed].mean() > 0.95


def test_probabilities_are_probabilities_and_the_surest_is_predicted(model, small):
    table = model.predict(small)
    chance = table[["down", "neutral", "up"]].to_numpy()
    np.testing.assert_allclose(chance.sum(axis=1), 1)
    assert (table["predicted"] == table[["down", "neutral", "up"]].idxmax(axis=1)).all()
    assert chance[80:, 1].mean() > chance[:80, 1].mean()


def test_a_larger_reference_calls_fewer_genes_neutral(model, small):
    few, many = (model.predict(small, reference=n)["neutral"].mean() for n in (8, 30))
    assert many < few


def test_permuting_samples_within_a_condition_changes_nothing(model):
    cohort = made("new", 9)[[0, 1, 2, 30, 31, 32, 33]].copy()
    wanted = model.predict(cohort)
    order = [2, 0, 1, 6, 4, 3, 5]
    again = model.predict(cohort[order].copy())
    pd.testing.assert_frame_equal(again, wanted, check_exact=True)


def test_permuting_genes_permutes_the_table(model, small):
    order = np.random.default_rng(0).permutation(160)
    wanted = model.predict(small).set_index("gene")
    again = model.predict(small[:, order].copy()).set_index("gene").loc[wanted.index]
    assert (again["predicted"] == wanted["predicted"]).mean() > 0.99


def test_exchanging_the_conditions_exchanges_up_and_down(model, small):
    wanted = model.predict(small)
    turned = model.predict(small, contrast="normal:tumour")
    np.testing.assert_allclose(turned["up"], wanted["down"], atol=1e-9)
    np.testing.assert_allclose(turned["neutral"], wanted["neutral"], atol=1e-9)


def test_the_same_seed_gives_the_same_and_the_cohorts_are_left_alone(small):
    cohorts = [made(name, i) for i, name in enumerate("AB")]
    before = cohorts[0].X.copy()
    quick = DirectionModel(**QUICK | {"draws": 2})
    both = [clone(quick).fit(cohorts).predict(small) for _ in range(2)]
    pd.testing.assert_frame_equal(*both)
    np.testing.assert_array_equal(cohorts[0].X, before)


def test_a_family_left_out_has_no_say(model):
    contrast, _ = open_contrast(made("new", 9))
    seen = evidence(contrast.values, contrast.unit, contrast.first)
    assert model.prior(contrast, seen).mean.any()
    assert not model.prior(contrast, seen, without=["A", "B", "C"]).mean.any()
    assert (family_of("KIRC"), family_of("read"), family_of("BRCA")) == (
        "kidney",
        "colon and rectum",
        "BRCA",
    )


def test_swapped_conditions_are_told(model):
    cohort = made("new", 9)
    cohort.obs["condition"] = np.where(cohort.obs["condition"] == "tumour", "normal", "tumour")
    codes = [one["code"] for one in model.predict(cohort).attrs["findings"]]
    assert "conditions-swapped" in codes


def test_a_cohort_without_known_names_is_told(model, small):
    small.var_names = [f"row{j}" for j in range(160)]
    codes = [one["code"] for one in model.predict(small).attrs["findings"]]
    assert "genes-unknown" in codes


def test_one_sample_in_a_group_is_refused(model):
    with pytest.raises(SampleError, match=r"[Tt]wo"):
        model.predict(made("new", 9)[[0, 30, 31]].copy())


def test_values_that_are_missing_are_refused(model, small):
    small.X[0, 0] = np.nan
    with pytest.raises(InputError, match="1 values of the compared samples are missing"):
        model.predict(small)


def test_genes_of_one_class_are_refused():
    cohort = made("A", 0, shift=0.0)
    with pytest.raises(InputError, match="all neutral"):
        DirectionModel(**QUICK).fit([cohort, made("B", 1, shift=0.0)])


def test_another_unit_is_refused(model, small):
    small.uns["unit"] = "log2_tpm"
    with pytest.raises(InputError, match="trained on 'log2'"):
        model.predict(small)


def test_an_unfitted_model_is_refused(small):
    with pytest.raises(NotFittedError):
        DirectionModel().predict(small)


@pytest.mark.parametrize("n", [101, 2003])
def test_prime_numbers_and_thousands_of_samples_are_as_good_as_any(model, n):
    table = model.predict(made("new", 9, n=n))
    lean = np.sign(table["up"] - table["down"]).to_numpy()
    assert (lean == truth())[truth() != 0].all()
    assert np.isfinite(table[["down", "neutral", "up"]].to_numpy()).all()


@pytest.mark.parametrize("reference", [0, -3, np.nan, np.inf])
def test_a_reference_that_is_no_number_of_samples_is_refused(model, small, reference):
    with pytest.raises(InputError, match="must be a number above 0"):
        model.predict(small, reference=reference)


def test_a_model_of_another_version_is_refused(model, small):
    older = copy.copy(model)
    older.odd_scale_ = model.odd_scale_[:-1]
    with pytest.raises(InputError, match="another version of bulkwise"):
        older.predict(small)


def test_cohorts_without_neutral_genes_are_told(monkeypatch):
    heard = []
    monkeypatch.setattr("bulkwise.models.direction.estimator.say", heard.append)
    cohorts = [made(name, i, genes=80, shift=12)[:, :80].copy() for i, name in enumerate("AB")]
    DirectionModel(**QUICK).fit(cohorts)
    assert any("No gene of the training cohorts is neutral" in line for line in heard)
