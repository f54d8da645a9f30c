"""What every transformer of the preprocessing room promises."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import check_is_fitted

from bulkwise import preprocess

CLASSES = [name for name in preprocess.TABLE if inspect.isclass(getattr(preprocess, name))]
VARIANTS = [
    *((name, {}) for name in CLASSES),
    ("ExpressionFilter", {"level": 2.0, "share": 0.5, "unit": "counts"}),
    ("Log1p", {"base": 10.0}),
    ("LogCPM", {"tmm": True}),
    ("TTestSelection", {"k": 12, "test": "pooled"}),
    ("VarianceFilter", {"k": 12}),
]
variants = pytest.mark.parametrize(("name", "params"), VARIANTS, ids=str)


def build(name, params):
    return getattr(preprocess, name)(**params)


@pytest.fixture
def counts():
    rng = np.random.default_rng(0)
    share = rng.gamma(0.5, 40.0, 60)
    return rng.poisson(share * rng.lognormal(0, 0.6, (24, 60))).astype(np.float32)


@pytest.fixture
def classes():
    return np.array(["tumour", "normal", "normal"] * 8)


def test_the_table_names_every_public_class_of_the_room():
    folder = Path(preprocess.__file__).parent
    found = {}
    for path in folder.glob("*.py"):
        if path.stem in {"__init__", "base"}:
            continue
        module = import_module(f"bulkwise.preprocess.{path.stem}")
        for name, value in vars(module).items():
            own = inspect.isclass(value) and value.__module__ == module.__name__
            if own and not name.startswith("_"):
                found[name] = path.stem
    assert found == {name: preprocess.TABLE[name] for name in CLASSES}
    assert set(preprocess.TABLE) - set(CLASSES) == {"for_unit"}
    assert dir(preprocess) == sorted(preprocess.TABLE)


# scikit-learn's checks bring values that aren't counts
@pytest.mark.parametrize(
    ("name", "params"), [v for v in VARIANTS if v[1].get("unit") != "counts"], ids=str
)
def test_scikit_learn_agrees(name, params):
    check_estimator(build(name, params), on_skip=None)


@variants
def test_constructor_takes_few_keywords_only(name, params):
    settings = inspect.signature(type(build(name, params))).parameters.values()
    assert all(setting.kind is inspect.Parameter.KEYWORD_ONLY for setting in settings)
    assert len(settings) <= 12


@variants
def test_clone_and_parameters(name, params, counts, classes):
    transformer = build(name, params).fit(counts, classes)
    again = clone(transformer)
    assert again.get_params() == transformer.get_params()
    assert not any(key.endswith("_") for key in vars(again))
    np.testing.assert_array_equal(
        again.fit_transform(counts, classes), transformer.transform(counts)
    )


@variants
def test_not_fitted_is_said(name, params, counts):
    transformer = build(name, params)
    if transformer.__sklearn_tags__().requires_fit:
        with pytest.raises(NotFittedError):
            transformer.transform(counts)


@variants
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_floating_type_is_kept(name, params, kind, counts, classes):
    X = counts.astype(kind)
    transformer = build(name, params).fit(X, classes)
    assert transformer.transform(X).dtype == kind
    assert transformer.fit_transform(X, classes).dtype == kind


@variants
def test_float32_is_float64_rounded(name, params, counts, classes):
    single = build(name, params).fit_transform(counts, classes)
    double = build(name, params).fit_transform(counts.astype(np.float64), classes)
    np.testing.assert_allclose(single, double, rtol=2e-6, atol=2e-6)


@variants
def test_the_callers_matrix_is_left_alone(name, params, counts, classes):
    before = counts.copy()
    counts.flags.writeable = False
    result = build(name, params).fit(counts, classes).transform(counts)
    np.testing.assert_array_equal(counts, before)
    assert not np.shares_memory(result, counts)


@variants
def test_gene_names_are_kept(name, params, counts, classes):
    genes = [f"GENE{i}" for i in range(counts.shape[1])]
    frame = pd.DataFrame(counts, columns=genes)
    transformer = build(name, params).set_output(transform="pandas")
    result = transformer.fit(frame, classes).transform(frame)
    names = transformer.get_feature_names_out()
    assert list(result.columns) == list(names)
    assert set(names) <= set(genes)
    assert list(names) == [gene for gene in genes if gene in set(names)]
    assert result.dtypes.unique().tolist() == [np.float32]
    with pytest.raises(ValueError, match="feature names"):
        transformer.transform(frame[genes[::-1]])


@variants
def test_permuted_genes_give_permuted_genes(name, params, counts, classes):
    genes = np.array([f"GENE{i}" for i in range(counts.shape[1])])
    order = np.random.default_rng(1).permutation(len(genes))
    frame = pd.DataFrame(counts, columns=genes)
    results = []
    for part in (frame, frame.iloc[:, order]):
        transformer = build(name, params).set_output(transform="pandas").fit(part, classes)
        results.append(transformer.transform(part))
    assert set(results[0].columns) == set(results[1].columns)
    np.testing.assert_allclose(
        results[1][results[0].columns].to_numpy(), results[0].to_numpy(), rtol=1e-6, atol=1e-6
    )


@variants
def test_permuted_samples_give_permuted_samples(name, params, counts, classes):
    order = np.random.default_rng(2).permutation(len(counts))
    straight = build(name, params).fit_transform(counts, classes)
    permuted = build(name, params).fit_transform(counts[order], classes[order])
    np.testing.assert_allclose(permuted, straight[order], rtol=1e-6, atol=1e-6)


@variants
def test_a_sample_is_transformed_whatever_stands_beside_it(name, params, counts, classes):
    transformer = build(name, params).fit(counts[:16], classes[:16])
    together = transformer.transform(counts)
    alone = np.vstack([transformer.transform(counts[i : i + 1]) for i in range(len(counts))])
    np.testing.assert_array_equal(together, alone)


@variants
def test_declared_state_is_all_that_transform_needs(name, params, counts, classes):
    transformer = build(name, params).fit(counts, classes)
    check_is_fitted(transformer)
    state = {key: getattr(transformer, key) for key in transformer._fitted}
    fitted = {key for key in vars(transformer) if key.endswith("_") and key != "n_features_in_"}
    assert set(state) == fitted
    for value in state.values():
        assert value is None or isinstance(value, np.ndarray | float | int | bool | str)
        if isinstance(value, np.ndarray):
            assert value.dtype.kind in "fiub"
    restored = type(transformer)(**transformer.get_params(deep=False))
    for key, value in state.items():
        setattr(restored, key, value)
    restored.n_features_in_ = transformer.n_features_in_
    np.testing.assert_array_equal(restored.transform(counts), transformer.transform(counts))


@variants
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_missing_values_are_refused_as_scikit_learn_does(name, params, bad, counts, classes):
    transformer = build(name, params).fit(counts, classes)
    counts[3, 5] = bad
    said = "contains NaN" if np.isnan(bad) else "contains infinity"
    with pytest.raises(ValueError, match=said):
        transformer.transform(counts)
    with pytest.raises(ValueError, match=said):
        build(name, params).fit(counts, classes)


@variants
def test_layout_in_memory_does_not_matter(name, params, counts, classes):
    straight = build(name, params).fit_transform(counts, classes)
    turned = build(name, params).fit_transform(np.asfortranarray(counts), classes)
    np.testing.assert_allclose(turned, straight, rtol=1e-6, atol=1e-6)


def test_they_stand_in_a_pipeline(counts, classes):
    pipeline = make_pipeline(
        preprocess.ExpressionFilter(),
        preprocess.LogCPM(tmm=True),
        preprocess.QuantileNormalize(),
        preprocess.VarianceFilter(k=30),
        preprocess.TTestSelection(k=10),
        preprocess.Standardize(),
    )
    frame = pd.DataFrame(counts, columns=[f"GENE{i}" for i in range(counts.shape[1])])
    result = pipeline.fit(frame, classes).transform(frame)
    assert result.shape == (24, 10)
    assert set(pipeline.get_feature_names_out()) <= set(frame.columns)
    assert all(isinstance(step, BaseEstimator) for _, step in pipeline.steps)
