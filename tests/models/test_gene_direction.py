import logging

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from bulkwise import bundle
from bulkwise.errors import InputError
from bulkwise.models import GeneDirectionClassifier
from bulkwise.networks import GeneCNN
from bulkwise.training import Training, label_directions


def quick(epochs=20, batch=32):
    return Training(
        optimizer="adam",
        learning_rate=3e-3,
        weight_decay=0.0,
        batch_size=batch,
        epochs=epochs,
        patience=None,
    )


QUICK = {
    "network": GeneCNN(channels=(4, 4, 4, 4, 8, 8, 8, 8), widths=(8,) * 4),
    "training": quick(),
    "tuning": quick(10),
    "random_state": 0,
}


def made(name, seed, n_normal=12, n_tumour=20, genes=240):
    """A labelled cohort: genes go up, down or stay, a third each, every third one validated."""
    rng = np.random.default_rng(seed)
    tumour = np.arange(n_normal + n_tumour) >= n_normal
    change = rng.choice([-1.5, 0.0, 1.5], size=genes)
    levels = rng.normal(6, 1, size=genes) + 0.7 * rng.normal(size=(len(tumour), genes))
    levels += tumour[:, None] * change
    direction = np.array(["down", "neutral", "up"])[np.sign(change).astype(int) + 1]
    return AnnData(
        X=levels.astype(np.float32),
        obs=pd.DataFrame(
            {"condition": np.where(tumour, "tumour", "normal")},
            index=[f"{name}{i}" for i in range(len(tumour))],
        ),
        var=pd.DataFrame(
            {"direction": direction, "validated": (np.arange(genes) % 3 == 0) & (change != 0)},
            index=[f"G{j}" for j in range(genes)],
        ),
        uns={"unit": "log2", "cohort": name},
    )


def lean(table):
    return np.sign(table["up"] - table["down"]).to_numpy()


def right(model, cohort):
    truth = cohort.var["direction"].map({"down": -1, "neutral": 0, "up": 1}).to_numpy()
    return (lean(model.predict(cohort)) == truth)[truth != 0].mean()


@pytest.fixture(scope="module")
def model():
    return GeneDirectionClassifier(**QUICK).fit(made("A", 1))


def test_it_learns_up_and_down(model):
    other = made("A", 2)
    assert right(model, other) > 0.95
    table = model.predict(other)
    chance = table[["down", "neutral", "up"]].to_numpy()
    np.testing.assert_allclose(chance.sum(axis=1), 1)
    stays = (other.var["direction"] == "neutral").to_numpy()
    assert chance[stays, 1].mean() > chance[~stays, 1].mean() + 0.3
    assert (len(model.history_["first"]), len(model.history_["second"])) == (1, 1)


def test_permuted_labels_give_chance():
    cohort = made("A", 1)
    changed = np.flatnonzero(cohort.var["direction"] != "neutral")
    words = cohort.var["direction"].to_numpy().astype(object)
    agree = np.random.default_rng(0).permutation(words[changed])
    truth = words[changed] == "up"
    at = np.flatnonzero((agree == "up") != truth)[:2]  # half right, a little more
    agree[at] = words[changed][at]
    words[changed] = agree
    cohort.var["direction"] = words
    model = GeneDirectionClassifier(**QUICK).fit(cohort)
    assert 0.25 < right(model, made("A", 2)) < 0.75


def test_cohorts_one_after_another_may_have_rows_of_any_length(model):
    several = GeneDirectionClassifier(**QUICK).fit(
        [made("B", 3, 14, 23), made("C", 4, 10, 35)]  # 37 samples are a prime number
    )
    assert several.cohorts_ == ["B", "C"]
    assert right(several, made("D", 5, 20, 30)) > 0.8
    assert np.isfinite(several.predict(made("E", 6, 800, 1203, 12))["up"]).all()


def test_the_same_seed_gives_the_same_and_the_cohort_is_left_alone(model):
    cohort = made("A", 1)
    before = cohort.copy()
    cohort.X.flags.writeable = False
    again = clone(model).fit(cohort)
    for name, value in model.tuned_.items():
        np.testing.assert_array_equal(again.tuned_[name], value)
    pd.testing.assert_frame_equal(cohort.var, before.var)
    pd.testing.assert_frame_equal(cohort.obs, before.obs)


def test_library_sizes_do_not_matter():
    counts = made("A", 1)
    counts.X = np.round(np.exp2(counts.X)).astype(np.float32)
    counts.uns["unit"] = "counts"
    fitted = GeneDirectionClassifier(**QUICK | {"training": quick(2), "tuning": quick(2)})
    table = fitted.fit(counts).predict(counts)
    counts.X *= np.random.default_rng(0).integers(1, 5, size=(32, 1))
    np.testing.assert_allclose(fitted.predict(counts)["up"], table["up"], atol=1e-4)


def test_permuting_genes_permutes_the_table(model):
    cohort = made("A", 2)
    order = np.random.default_rng(0).permutation(cohort.n_vars)
    table = model.predict(cohort)
    again = model.predict(cohort[:, order].copy())
    assert again["gene"].tolist() == table["gene"].to_numpy()[order].tolist()
    np.testing.assert_allclose(again["up"], table["up"].to_numpy()[order], atol=1e-5)


def test_without_validated_genes_there_is_one_stage():
    cohort = made("A", 1)
    cohort.var["validated"] = False
    model = GeneDirectionClassifier(**QUICK).fit(cohort)
    assert model.tuned_ == {}
    assert model.history_["second"] == []
    assert right(model, made("A", 2)) > 0.9


def test_without_neutral_genes_the_model_says_so(caplog):
    cohort = made("A", 1)
    cohort = cohort[:, cohort.var["direction"] != "neutral"].copy()
    with caplog.at_level(logging.INFO, logger="bulkwise"):
        model = GeneDirectionClassifier(**QUICK).fit(cohort)
    assert "No gene of A is neutral" in caplog.text
    assert (model.predict(cohort)["neutral"] < 0.1).mean() > 0.9


def test_genes_of_one_class_are_refused():
    cohort = made("A", 1)
    rises = cohort[:, cohort.var["direction"] == "up"].copy()
    with pytest.raises(InputError, match="No gene of the training cohorts goes down"):
        GeneDirectionClassifier(**QUICK).fit(rises)


def test_validated_genes_of_one_direction_teach_nothing_in_the_second_stage(caplog):
    cohort = made("A", 1)
    cohort.var["validated"] = (cohort.var["direction"] == "up") & cohort.var["validated"]
    with caplog.at_level(logging.INFO, logger="bulkwise"):
        model = GeneDirectionClassifier(**QUICK | {"training": quick(2)}).fit(cohort)
    assert "All validated genes of A go up" in caplog.text
    assert model.tuned_ == {}


def test_swapped_columns_another_unit_and_nothing_to_learn_from_are_refused(model):
    cohort = made("A", 1)
    cohort.obs["condition"] = np.where(cohort.obs["condition"] == "tumour", "normal", "tumour")
    with pytest.raises(InputError, match="probably swapped"):
        GeneDirectionClassifier(**QUICK).fit(cohort)
    other = made("A", 1)
    other.uns["unit"] = "log2_tpm"
    with pytest.raises(InputError, match="trained on 'log2'"):
        model.predict(other)
    with pytest.raises(InputError, match="different units"):
        GeneDirectionClassifier(**QUICK).fit([made("A", 1), other])
    with pytest.raises(InputError, match="no cohort"):
        GeneDirectionClassifier(**QUICK).fit([])
    with pytest.raises(NotFittedError):
        GeneDirectionClassifier().predict(other)


def test_the_preset_is_the_papers():
    assert GeneDirectionClassifier.preset("degnext").get_params()["training"] is None
    with pytest.raises(InputError, match="expected 'degnext'"):
        GeneDirectionClassifier.preset("resnet")


def test_a_bundle_predicts_the_same(model, tmp_path):
    cohort = made("A", 1)
    bundle.save(model, tmp_path / "m.zip", cohort=cohort, task="direction")
    loaded = bundle.load(tmp_path / "m.zip")
    pd.testing.assert_frame_equal(loaded.model.predict(cohort), model.predict(cohort))


@pytest.mark.real
def test_one_real_cohort_from_labels_of_its_own(data_folder):
    from anndata import read_h5ad

    cohort = read_h5ad(data_folder / "degnext" / "CHOL.h5ad")
    del cohort.var
    rng = np.random.default_rng(0)
    shown = cohort[:, rng.choice(cohort.n_vars, 1600, replace=False)].copy()
    known = shown.var_names[::4]
    labelled = label_directions(shown, validated=known.tolist())
    test = rng.random(labelled.n_vars) < 0.3
    fitted = GeneDirectionClassifier(training=quick(10, 64), tuning=quick(5), random_state=0)
    fitted.fit(labelled[:, ~test].copy())
    assert right(fitted, labelled[:, test].copy()) > 0.95
