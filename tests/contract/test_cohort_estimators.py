"""What every model that takes a cohort promises."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from bulkwise import bundle, models
from bulkwise.networks import Transferor
from bulkwise.training import Training

from .test_estimators import takes_a_cohort

COLUMNS = {"tissue": "tissue", "pairs": "patient"}
QUICK = {
    "ExpressionTransferor": {
        **COLUMNS,
        "network": Transferor(widths=(8,), code=4, decoder=(8,)),
        "training": Training(learning_rate=0.002, epochs=3, patience=None),
        "random_state": 0,
        "reduce": False,
    },
    "ExpressionTranslator": COLUMNS,
}
COHORT_ESTIMATORS = [name for name in sorted(QUICK) if takes_a_cohort(name)]
every = pytest.mark.parametrize("name", COHORT_ESTIMATORS)


def build(name: str):
    return getattr(models, name)(**QUICK[name])


@every
def test_settings_are_few_keywords_and_clone(name):
    settings = inspect.signature(getattr(models, name)).parameters.values()
    assert all(setting.kind is inspect.Parameter.KEYWORD_ONLY for setting in settings)
    assert len(settings) <= 12
    model = build(name)
    assert clone(model).get_params() == model.get_params()
    first = next(iter(QUICK[name]))
    assert model.set_params(**{first: "another"}).get_params()[first] == "another"


@every
def test_an_unfitted_model_says_so(name, pairs_cohort):
    with pytest.raises(NotFittedError):
        build(name).predict(pairs_cohort)


@every
def test_the_same_cohort_gives_the_same(name, pairs_cohort):
    first, second = (build(name).fit(pairs_cohort).predict(pairs_cohort).X for _ in range(2))
    np.testing.assert_array_equal(first, second)


@every
def test_the_callers_cohort_is_left_alone(name, pairs_cohort):
    before = pairs_cohort.copy()
    pairs_cohort.X.flags.writeable = False
    build(name).fit(pairs_cohort).predict(pairs_cohort)
    np.testing.assert_array_equal(pairs_cohort.X, before.X)
    assert pairs_cohort.obs.equals(before.obs)


@pytest.mark.parametrize("name", ["ExpressionTranslator"])  # a network's first weights have places
def test_the_order_of_samples_and_genes_does_not_matter(name, pairs_cohort):
    rng = np.random.default_rng(1)
    rows, columns = rng.permutation(pairs_cohort.n_obs), rng.permutation(pairs_cohort.n_vars)
    moved = pairs_cohort[rows, columns].copy()
    straight = build(name).fit(pairs_cohort).predict(pairs_cohort)
    turned = build(name).fit(moved).predict(moved)
    np.testing.assert_allclose(turned.X, straight[rows, columns].X, atol=1e-4)


@every
def test_a_bundle_predicts_the_same(name, pairs_cohort, tmp_path):
    model = build(name).fit(pairs_cohort)
    bundle.save(
        model, tmp_path / "m.zip", cohort=pairs_cohort, task="translate", allow_training_data=True
    )
    loaded = bundle.load(tmp_path / "m.zip")
    np.testing.assert_array_equal(
        loaded.model.predict(pairs_cohort).X, model.predict(pairs_cohort).X
    )
