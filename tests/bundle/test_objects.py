"""Our own classes in a bundle: the rooms' tables and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from bulkwise.bundle.objects import holds_training_data, is_ours, pack_object, unpack_object
from bulkwise.errors import BundleError
from bulkwise.models import Applicability, NeighborsClassifier, RowSpaceLogistic
from bulkwise.networks import MLP
from bulkwise.preprocess import LogCPM, MaxScale, Standardize


def test_ours_are_what_the_tables_hold():
    class Standardize2(Standardize):
        pass

    class Stranger(BaseEstimator):
        __module__ = "bulkwise.preprocess.standardize"

    assert is_ours(Standardize())
    assert is_ours(MLP())
    for odd in (Standardize2(), Stranger(), 3, None, BaseEstimator()):
        assert not is_ours(odd)


def test_what_holds_profiles():
    assert holds_training_data(NeighborsClassifier())
    assert holds_training_data(LogCPM(tmm=True))
    assert not holds_training_data(LogCPM())
    assert not holds_training_data(RowSpaceLogistic())


def test_there_and_back():
    X = np.random.default_rng(0).normal(size=(30, 8))
    y = np.repeat(["a", "b", "c"], 10)
    for made in (
        Standardize().fit(X),
        MaxScale().fit(X),
        RowSpaceLogistic(Cs=[0.1, 1], class_weight={"a": 2.0, "b": 1.0, "c": 1.0}).fit(X, y),
        NeighborsClassifier(ks=3).fit(X, y),
        Applicability(folds=3).fit(X, y),
    ):
        arrays: dict[str, np.ndarray] = {}
        again = unpack_object(pack_object(made, "x", arrays), "x", arrays)
        assert arrays == {}
        assert repr(again.get_params()) == repr(made.get_params())
        for name in type(made)._fitted:
            np.testing.assert_array_equal(getattr(again, name), getattr(made, name))


def test_settings_inside_of_parameters():
    class Holder(RowSpaceLogistic):
        pass

    document = pack_object(RowSpaceLogistic(Cs=(0.1, 1.0)), "x", {}, fitted=False)
    assert document["params"]["Cs"] == {"kind": "tuple", "items": [0.1, 1.0]}
    settings = pack_object(MLP(widths=(8, 4), activation="tanh"), "x", {})
    again = unpack_object(settings, "x", {})
    assert isinstance(again, MLP)
    assert again.widths == (8, 4)
    with pytest.raises(BundleError, match="Holder"):
        pack_object(Holder(), "x", {})


def test_what_is_not_fitted_is_not_saved():
    with pytest.raises(BundleError, match=r"steps/1 \(RowSpaceLogistic\): it isn't fitted"):
        pack_object(RowSpaceLogistic(), "steps/1", {})


def test_a_generator_for_a_random_state_is_refused():
    odd = RowSpaceLogistic(random_state=np.random.default_rng(0))
    with pytest.raises(BundleError, match="x/random_state"):
        pack_object(odd, "x", {}, fitted=False)


@pytest.mark.parametrize(
    "change",
    [
        {"class": "os.system"},
        {"class": "bulkwise.preprocess.for_unit"},
        {"class": "bulkwise.preprocess.base"},
        {"class": "bulkwise.bundle.load"},
        {"class": "bulkwise.preprocess.standardize.Standardize"},
        {"class": 3},
        {"params": {"nobody": 1}},
        {"params": []},
        {"fitted": {}},
        {"fitted": {"mean_": 1.0, "scale_": 1.0, "__class__": 1}},
    ],
)
def test_documents_nobody_packed(change: dict[str, Any]):
    arrays: dict[str, np.ndarray] = {}
    document = pack_object(Standardize().fit(np.eye(4)), "x", arrays)
    with pytest.raises(BundleError):
        unpack_object(document | change, "x", arrays)
