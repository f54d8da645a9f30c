"""The Transferor: it fools its classifier, and its reduced training is the full one."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import InputError
from bulkwise.models import ExpressionTransferor, MultitaskClassifier
from bulkwise.networks import MultitaskAutoencoder, Transferor
from bulkwise.training import Training

CRITIC = MultitaskClassifier(
    network=MultitaskAutoencoder(widths=(16,), code=8), loss="cosine", random_state=0
)


def transferor(**settings):
    return ExpressionTransferor(
        **{
            "tissue": "tissue",
            "pairs": "patient",
            "network": Transferor(widths=(16,), code=8, decoder=(16,)),
            "training": Training(learning_rate=0.002, epochs=40, patience=None),
            "classifier": CRITIC,
            "random_state": 0,
        }
        | settings
    )


def test_it_fools_the_classifier_that_it_was_trained_against(pairs_cohort):
    model = transferor().fit(pairs_cohort)
    losses = model.history_["train_loss"]
    assert losses[-1] < 0.6 * losses[0]
    made = model.predict(pairs_cohort)
    seen = model.critic_.predict(made.X)
    wanted = (made.obs["condition"] == "tumour").to_numpy().astype(int)
    assert (seen["condition"].to_numpy() == wanted).mean() > 0.9
    assert not made.layers


def test_without_the_critic_it_is_an_autoencoder(pairs_cohort):
    kept = transferor(weights=(1.0, 0.0, 0.0)).fit(pairs_cohort)
    seen = kept.critic_.predict(kept.predict(pairs_cohort).X)
    own = (pairs_cohort.obs["condition"] == "tumour").to_numpy().astype(int)
    model = transferor().fit(pairs_cohort)
    fooled = model.critic_.predict(model.predict(pairs_cohort).X)
    turned = [(np.asarray(s["condition"]) != own).mean() for s in (seen, fooled)]
    assert turned[1] > turned[0]


def test_reduced_training_gives_the_profiles_of_the_row_space(pairs_cohort):
    few = pairs_cohort[::3].copy()
    model = transferor(reduce=True).fit(few)
    assert "row space" in model.reduction_
    made = model.predict(few).X - model.center_
    rows = few.X.astype(float) - few.X.mean(axis=0)
    basis = np.linalg.svd(rows, full_matrices=False)[2][: len(few) - 1]
    np.testing.assert_allclose(made @ basis.T @ basis, made, atol=1e-3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weights": (1.0, 2.0)}, "three numbers"),
        ({"weights": (1.0, 2.0, -1.0)}, "weights"),
        ({"training": Training(patience=3)}, "patience=None"),
        ({"network": CRITIC}, "networks.transferor.Transferor|networks.Transferor"),
        (
            {"classifier": MultitaskClassifier(network=MultitaskAutoencoder(noise=0.1))},
            "input_norm=False",
        ),
    ],
)
def test_settings_out_of_range_are_refused(pairs_cohort, settings, message):
    with pytest.raises(InputError, match=message):
        transferor(**settings).fit(pairs_cohort)
