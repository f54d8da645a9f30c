"""The rivals of inference."""

from __future__ import annotations

import numpy as np

from bulkwise.baselines import INFERENCE_BASELINES


def test_every_rival_is_fitted_and_none_is_worse_than_the_mean():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 12))
    Y = X[:, :4] @ rng.normal(size=(4, 6)) + 0.5 * rng.normal(size=(90, 6))
    errors = {}
    for name, make in INFERENCE_BASELINES.items():
        predicted = make().fit(X[:60], Y[:60]).predict(X[60:])
        assert predicted.shape == (30, 6)
        errors[name] = np.abs(predicted - Y[60:]).mean()
    assert max(errors, key=errors.get) == "mean"
    assert errors["ridge"] < 0.5 * errors["mean"]
