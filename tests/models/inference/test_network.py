"""Inferring target genes by a network."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import InputError
from bulkwise.models import NetworkInference
from bulkwise.networks import MLP, EncodedTargets
from bulkwise.training import Training

SHORT = Training(optimizer="adam", epochs=60, patience=None)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(160, 10))
    return X, np.tanh(X[:, :3]) @ rng.normal(size=(3, 300)) + 0.1 * rng.normal(size=(160, 300)) + 6


@pytest.mark.parametrize(
    "network",
    [
        MLP(widths=(40,), activation="tanh", batch_norm=False),
        EncodedTargets(widths=(40,), code=8, encoder_widths=(), dropout=0.0),
    ],
    ids=["dgex", "egex"],
)
def test_targets_come_back(data, network):
    X, Y = data
    model = NetworkInference(network=network, training=SHORT, random_state=0).fit(X[:120], Y[:120])
    error = np.abs(model.predict(X[120:]) - Y[120:]).mean()
    assert error < 0.5 * np.abs(Y[:120].mean(axis=0) - Y[120:]).mean()
    assert model.decoder_.shape == (119, 300)


def test_the_output_in_the_targets_row_space_is_the_whole_output(data):
    # the decoder is orthonormal, so squared errors are the same on either side
    X, Y = data
    model = NetworkInference(training=Training(epochs=1, patience=None), random_state=0)
    model.fit(X[:50], Y[:50])
    np.testing.assert_allclose(model.decoder_ @ model.decoder_.T, np.eye(49), atol=1e-5)
    standard = (Y[:50] - Y[:50].mean(axis=0)) / Y[:50].std(axis=0)
    there = standard @ model.decoder_.T @ model.decoder_
    np.testing.assert_allclose(there, standard, atol=1e-4)


def test_settings_out_of_range_are_refused(data):
    with pytest.raises(InputError, match="network"):
        NetworkInference(network="mlp").fit(*data)
    with pytest.raises(InputError, match="members"):
        NetworkInference(members=0).fit(*data)
    with pytest.raises(InputError, match="agreement"):
        NetworkInference(network=EncodedTargets(agreement=-1.0)).fit(*data)
