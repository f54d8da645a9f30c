from __future__ import annotations

import numpy as np
from sklearn.preprocessing import StandardScaler

from bulkwise.preprocess import Standardize


def test_equals_scikit_learn():
    X = np.random.default_rng(0).normal(5, 3, (50, 40))
    np.testing.assert_allclose(
        Standardize().fit_transform(X), StandardScaler().fit_transform(X), atol=1e-12
    )


def test_float32_has_mean_zero_and_sd_one_in_float64():
    rng = np.random.default_rng(1)
    X = (rng.normal(0, 1, (600, 900)) * rng.lognormal(0, 2, 900) + 1000).astype(np.float32)
    scaled = Standardize().fit_transform(X).astype(np.float64)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-7)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-6)


def test_constant_genes_become_zero_in_new_samples_too():
    X = np.column_stack([np.full(90, 0.1), np.full(90, 3e7 / 7), np.arange(90.0)])
    for kind in (np.float32, np.float64):
        fitted = Standardize().fit(X.astype(kind))
        np.testing.assert_array_equal(fitted.scale_[:2], 0)
        assert fitted.transform(np.array([[5.0, 5.0, 5.0]], dtype=kind))[0, :2].tolist() == [0, 0]


def test_one_sample_is_all_constant():
    np.testing.assert_array_equal(Standardize().fit_transform([[1.0, 2.0]]), [[0, 0]])
