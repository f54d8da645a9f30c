import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.baselines import DIRECTION_RULES, rule_scores, shrunken
from bulkwise.baselines.direction import drawn_to_mean
from bulkwise.errors import InputError
from bulkwise.stats import adaptive_prior, evidence


@pytest.fixture
def one_sided():
    """Sequencing twice as deep in the first condition; genes 0-4 three times higher, the rest
    unchanged."""
    rng = np.random.default_rng(0)
    values = rng.poisson(400, size=(8, 60)).astype(np.float32)
    first = np.arange(8) < 4
    values[:4, :5] *= 3
    values[:4] *= 2
    return values, first


def test_raw_values_show_the_depth_and_normalised_ones_the_change(one_sided):
    values, first = one_sided
    scores = rule_scores(values, "normalized_counts", first)
    assert set(scores) == set(DIRECTION_RULES)
    assert scores["mean, raw"][5:].mean() == pytest.approx(1, abs=0.02)
    assert scores["mean, TMM"][5:].mean() == pytest.approx(0, abs=0.02)
    assert scores["mean, median"][:5].mean() == pytest.approx(np.log2(3), abs=0.05)
    for name in DIRECTION_RULES:
        assert (scores[name][:5] > 0).all()


def test_a_trimmed_mean_forgives_one_outlier():
    rng = np.random.default_rng(1)
    logs = rng.normal(5, 0.1, size=(10, 3))
    logs[:5, 0] += 1
    logs[0, 0] = -20
    scores = rule_scores(logs, "log2", np.arange(10) < 5)
    assert scores["mean, CPM"][0] < 0 < scores["trimmed mean"][0]


def test_the_closed_form_knows_noise_from_change():
    rng = np.random.default_rng(2)
    logs = rng.normal(5, 1, size=(8, 400))
    logs[:4, :40] += 4
    cohort = AnnData(
        X=logs.astype(np.float32),
        obs=pd.DataFrame({"condition": ["a"] * 4 + ["b"] * 4}, index=list("stuvwxyz")),
        var=pd.DataFrame(index=[f"G{j}" for j in range(400)]),
        uns={"unit": "log2"},
    )
    table = shrunken(cohort, contrast="a:b", reference=20)
    assert (table["predicted"][:40] == "up").mean() > 0.9
    assert (table["predicted"][40:] == "neutral").mean() > 0.9
    with pytest.raises(InputError, match="above 0"):
        shrunken(cohort, contrast="a:b", reference=0)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "raw", "normalised"), [("COAD", 0.693, 0.996), ("CHOL", 1.0, 1.0)]
)
def test_real_cohorts_show_that_the_normalisation_is_the_point(data_folder, name, raw, normalised):
    import anndata

    cohort = anndata.read_h5ad(data_folder / "degnext" / f"{name}.h5ad")
    tested = (cohort.var["split"] == "T3").to_numpy()
    sign = cohort.var["direction"].map({"up": 1, "down": -1, "neutral": 0}).to_numpy()
    first = (cohort.obs["condition"] == "tumour").to_numpy()
    scores = rule_scores(cohort.X, "normalized_counts", first)
    right = {key: (np.sign(score) == sign)[tested].mean() for key, score in scores.items()}
    assert right["mean, raw"] == pytest.approx(raw, abs=5e-4)
    assert right["mean, CPM"] == pytest.approx(normalised, abs=5e-4)


def test_drawing_to_the_mean_of_others_that_are_right_brings_the_effects_nearer_the_truth():
    rng = np.random.default_rng(2)
    truth = rng.normal(size=600)
    first = np.arange(6) < 3
    seen = evidence(rng.normal(size=(6, 600)) + first[:, None] * truth, "log2", first)
    others = truth[:, None] + 0.4 * rng.normal(size=(600, 4))
    drawn = drawn_to_mean(seen, adaptive_prior(seen.effect, seen.noise, others, others))
    error = [np.square(x / x.std() - truth / truth.std()).mean() for x in (drawn, seen.effect)]
    assert error[0] < 0.5 * error[1]
