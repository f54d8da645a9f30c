"""Translators: what is planted is found, and without information they are the mean rule."""

from __future__ import annotations

import numpy as np
import pytest
from anndata import concat

from bulkwise.errors import GeneError, InputError, SampleError, UnitError
from bulkwise.models import ExpressionTranslator


def translator(**settings):
    return ExpressionTranslator(**{"tissue": "tissue", "pairs": "patient"} | settings)


def halves(cohort):
    """Training patients and the two samples of the others."""
    held = cohort.obs["patient"].str[1:].astype(int).to_numpy() % 3 == 0
    rest = cohort[held]
    return (
        cohort[~held].copy(),
        rest[rest.obs["condition"] == "normal"].copy(),
        rest[rest.obs["condition"] == "tumour"].copy(),
    )


def errors(training, source, target):
    """Mean squared error of the translator and of the tissue's mean, by gene."""
    made = translator().fit(training).predict(source)
    tumours = training[training.obs["condition"] == "tumour"]
    means = np.stack(
        [tumours[tumours.obs["tissue"] == t].X.mean(axis=0) for t in source.obs["tissue"]]
    )
    return ((made.X - target.X) ** 2).mean(axis=0), ((means - target.X) ** 2).mean(axis=0)


def test_a_planted_personal_part_is_found(pairs_cohort):
    ours, mean = errors(*halves(pairs_cohort))
    assert ours[:10].mean() < 0.75 * mean[:10].mean()
    assert ours[10:].mean() < 1.05 * mean[10:].mean()


def test_without_a_personal_part_it_is_as_good_as_the_mean(pairs_cohort):
    rng = np.random.default_rng(3)
    shuffled = pairs_cohort.copy()
    for t in ("colon", "kidney", "liver"):
        rows = np.flatnonzero((shuffled.obs["condition"] == "tumour") & (shuffled.obs.tissue == t))
        shuffled.X[rows] = shuffled.X[rng.permutation(rows)]
    ours, mean = errors(*halves(shuffled))
    assert ours.mean() < 1.04 * mean.mean()


def test_without_pairs_it_is_the_same_for_everybody(pairs_cohort):
    made = translator(pairs=None).fit(pairs_cohort).predict(pairs_cohort)
    colon = made[(made.obs["tissue"] == "colon") & (made.obs["condition"] == "tumour")].X
    np.testing.assert_allclose(colon, np.broadcast_to(colon[0], colon.shape), atol=1e-5)


def test_both_directions_and_the_sheet(pairs_cohort):
    made = translator().fit(pairs_cohort).predict(pairs_cohort)
    assert list(made.obs_names) == list(pairs_cohort.obs_names)
    assert (made.obs["translated_from"] == pairs_cohort.obs["condition"]).all()
    assert set(made.obs["condition"][:36]) == {"tumour"}
    assert (made.layers["low"] < made.X).all()
    assert (made.layers["high"] > made.X).all()


def test_nine_tenths_of_new_values_lie_in_their_intervals(pairs_cohort):
    training, source, target = halves(pairs_cohort)
    made = translator().fit(training).predict(source)
    held = (made.layers["low"] <= target.X) & (made.layers["high"] >= target.X)
    assert 0.84 < held.mean() < 0.95


def test_amounts_stay_amounts(pairs_cohort):
    amounts = pairs_cohort.copy()
    amounts.X = np.exp2(amounts.X) - 1
    amounts.X[amounts.X < 0] = 0
    amounts.uns["unit"] = "tpm"
    made = translator().fit(amounts).predict(amounts)
    assert made.uns["unit"] == "tpm"
    assert (made.X >= 0).all()
    assert np.corrcoef(np.log2(made.X + 1).mean(0), np.log2(amounts.X + 1).mean(0))[0, 1] > 0.5


def test_a_tissue_with_one_condition_gets_what_the_others_let_expect(pairs_cohort):
    obs = pairs_cohort.obs
    kept = pairs_cohort[~((obs["tissue"] == "liver") & (obs["condition"] == "tumour"))].copy()
    model = translator().fit(kept)
    assert [item["code"] for item in model.findings_] == ["one-condition-only"]
    made = model.predict(kept)
    liver = made[made.obs["tissue"] == "liver"].X
    truth = pairs_cohort[(obs["tissue"] == "liver") & (obs["condition"] == "tumour")].X
    assert np.isfinite(liver).all()
    general = kept[kept.obs["condition"] == "tumour"].X.mean(axis=0)
    ours = np.abs(liver.mean(axis=0) - truth.mean(axis=0)).mean()
    assert ours < 1.2 * np.abs(general - truth.mean(axis=0)).mean()


def test_a_new_tissue_gets_the_common_change(pairs_cohort):
    model = translator().fit(pairs_cohort)
    strange = pairs_cohort[:3].copy()
    strange.obs["tissue"] = "lung"
    assert (model.tissue_codes(strange) == -1).all()
    assert np.isfinite(model.predict(strange).X).all()


def test_a_patient_with_several_tumours_is_one_pair(pairs_cohort):
    second = pairs_cohort[pairs_cohort.obs_names == "P00-T"].copy()
    second.obs_names = ["P00-T2"]
    both = concat([pairs_cohort, second])
    both.uns["unit"] = "log2_tpm"
    model = translator().fit(both)
    assert "P00" in model.findings_[0]["items"]
    assert model.forward_["personal_deviations"].shape[0] == 36


def test_samples_in_two_tissues_are_no_pair(pairs_cohort):
    apart = pairs_cohort.copy()
    apart.obs.loc["P00-T", "tissue"] = "liver"
    model = translator().fit(apart)
    assert [item["code"] for item in model.findings_] == ["pairs-across-tissues"]
    assert model.forward_["personal_deviations"].shape[0] == 35


def test_a_floor_fills_missing_values(pairs_cohort):
    holes = pairs_cohort.copy()
    holes.X[3, 5] = np.nan
    with pytest.raises(InputError, match="missing"):
        translator().fit(holes)
    made = translator(floor=0.0).fit(holes).predict(holes)
    assert np.isfinite(made.X).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "metastasis"}, "no sample whose 'condition' is 'metastasis'"),
        ({"target": "normal"}, "to itself"),
        ({"column": "state"}, "no column 'state'"),
        ({"tissue": "organ"}, "no column 'organ'"),
    ],
)
def test_what_is_not_there_is_named(pairs_cohort, settings, message):
    with pytest.raises(SampleError, match=message):
        translator(**settings).fit(pairs_cohort)


def test_conditions_in_different_tissues_cannot_be_told_apart(pairs_cohort):
    obs = pairs_cohort.obs
    split = pairs_cohort[
        ((obs.tissue == "colon") & (obs.condition == "normal"))
        | ((obs.tissue == "liver") & (obs.condition == "tumour"))
    ].copy()
    with pytest.raises(SampleError, match="No tissue has samples of both"):
        translator().fit(split)


def test_other_genes_units_and_conditions_are_refused(pairs_cohort):
    model = translator().fit(pairs_cohort)
    with pytest.raises(GeneError, match="60 genes"):
        model.predict(pairs_cohort[:, :59].copy())
    other = pairs_cohort.copy()
    other.uns["unit"] = "log2_cpm"
    with pytest.raises(UnitError, match="log2_cpm"):
        model.predict(other)
    other = pairs_cohort.copy()
    other.obs.loc["P01-N", "condition"] = "adenoma"
    with pytest.raises(SampleError, match="'adenoma'"):
        model.predict(other)
    with pytest.raises(InputError, match="between 0 and 1"):
        translator(level=90.0).fit(pairs_cohort)


@pytest.mark.real
def test_real_pairs_are_foretold_better_than_by_the_mean(data_folder):
    from bulkwise import io

    cohort = io.with_floor(io.read(data_folder / "tcga_pairs.h5ad", missing="keep"), -2.0)
    cohort = cohort[cohort.obs["cancer"].isin(["THCA", "PRAD"])].copy()
    cohort.obs["tissue"] = cohort.obs["cancer"]
    numbers = {name: i for i, name in enumerate(sorted(set(cohort.obs["patient"])))}
    cohort.obs["patient"] = [f"P{numbers[name]:03}" for name in cohort.obs["patient"]]
    training, source, target = halves(cohort)
    target = target[np.argsort(target.obs["patient"])]
    source = source[np.argsort(source.obs["patient"])].copy()
    ours, mean = errors(training, source, target)
    assert ours.mean() < 0.98 * mean.mean()
