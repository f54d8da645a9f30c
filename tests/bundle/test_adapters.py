"""Foreign steps: coefficients there and back, and nothing that isn't on the list."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest, chi2, f_classif
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from bulkwise.bundle.adapters import ADAPTERS, adapter_of, pack_foreign, unpack_foreign
from bulkwise.errors import BundleError

STEPS = [
    StandardScaler(),
    StandardScaler(with_mean=False, with_std=False),
    PCA(3),
    PCA(0.9, whiten=True),
    SelectKBest(k=4),
    SelectKBest(chi2, k="all"),
    LogisticRegression(C=0.5),
    LogisticRegression(class_weight={"a": 1.0, "b": 2.0, "c": 1.0}),
    LinearSVC(),
    LinearDiscriminantAnalysis(),
    LinearDiscriminantAnalysis(n_components=1),
    LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    GaussianNB(),
    GaussianNB(priors=[0.2, 0.3, 0.5]),
    Ridge(2.0),
    RidgeClassifier(),
    DummyClassifier(strategy="prior"),
    KNeighborsClassifier(3, metric="cosine"),
]
METHODS = ("transform", "predict", "predict_proba", "decision_function")


def data(two: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b"] if two else ["a", "b", "c"], 20)
    return np.abs(rng.normal(size=(len(y), 6)) + (y == "b")[:, None]), y


def there_and_back(step: Any) -> Any:
    arrays: dict[str, np.ndarray] = {}
    again = unpack_foreign(pack_foreign(step, "x", arrays), "x", arrays)
    assert arrays == {}
    if not hasattr(again, "n_features_in_"):
        again.n_features_in_ = getattr(step, "n_features_in_", None)
    return again


@pytest.mark.parametrize("two", [True, False])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: repr(step)[:40])
def test_the_same_numbers(step: Any, two: bool):
    X, y = data(two)
    if two and (isinstance(step, GaussianNB) or step.get_params().get("class_weight")):
        step = type(step)()
    target = np.arange(len(y)) / len(y) if isinstance(step, Ridge) else y
    step.fit(X, target)
    again = there_and_back(step)
    assert repr(again.get_params()) == repr(step.get_params())
    called = 0
    for method in METHODS:
        if hasattr(step, method) and not (method == "transform" and "lsqr" in repr(step)):
            found, expected = (getattr(model, method)(X) for model in (again, step))
            np.testing.assert_array_equal(found, expected)
            called += 1
    assert called


def test_boosted_trees_by_their_own_json():
    xgboost = pytest.importorskip("xgboost")
    X, y = data()
    codes = np.unique(y, return_inverse=True)[1]
    model = xgboost.XGBClassifier(n_estimators=4, max_depth=2, n_jobs=1).fit(X, codes)
    again = there_and_back(model)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.n_estimators == 4


def test_every_adapter_is_tried():
    tried = {type(step).__name__ for step in STEPS} | {"XGBClassifier"}
    assert tried == set(ADAPTERS)


def test_only_these_very_classes():
    class LogisticRegression2(LogisticRegression):
        pass

    fake = type("PCA", (), {"__module__": "mine"})()
    for odd in (RandomForestClassifier(), LogisticRegression2(), fake, None, "passthrough"):
        assert adapter_of(odd) is None
    assert adapter_of(PCA()) is ADAPTERS["PCA"]


def test_only_training_data_is_marked_so():
    kept = {name for name, adapter in ADAPTERS.items() if adapter.holds_training_data}
    assert kept == {"KNeighborsClassifier"}


def test_what_is_not_fitted_is_not_saved():
    with pytest.raises(BundleError, match=r"x \(PCA\): it isn't fitted"):
        pack_foreign(PCA(), "x", {})


def test_functions_of_ones_own_are_refused():
    with pytest.raises(BundleError, match="x/score_func"):
        pack_foreign(SelectKBest(lambda X, y: X[0]), "x", {}, fitted=False)
    with pytest.raises(BundleError, match="x/metric"):
        pack_foreign(KNeighborsClassifier(metric=np.dot), "x", {}, fitted=False)


@pytest.mark.parametrize(
    "change",
    [
        {"class": "sklearn.ensemble.RandomForestClassifier"},
        {"class": "os.PCA"},
        {"class": "PCA"},
        {"class": "sklearn.decomposition._pca.PCA"},
        {"params": {"nobody": 1}},
        {"params": {"score_func": "system"}},
        {"fitted": {"scores_": 1}},
        {"fitted": {"scores_": 1, "pvalues_": 1, "__dict__": 1}},
    ],
)
def test_documents_nobody_packed(change: dict[str, Any]):
    X, y = data()
    arrays: dict[str, np.ndarray] = {}
    document = pack_foreign(SelectKBest(chi2, k=2).fit(X, y), "x", arrays)
    assert document["params"] == {"k": 2, "score_func": "chi2"}
    with pytest.raises(BundleError):
        unpack_foreign(document | change, "x", arrays)


def test_a_package_that_is_not_there(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "xgboost", None)
    document = {"class": "xgboost.XGBClassifier", "params": {}, "fitted": {}}
    with pytest.raises(BundleError, match="pip install xgboost-cpu"):
        unpack_foreign(document, "x", {})


def test_defaults_are_left_out():
    assert pack_foreign(SelectKBest(f_classif), "x", {}, fitted=False)["params"] == {}
