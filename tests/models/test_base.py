"""How a network sees the genes, and the way back to them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from bulkwise.errors import InputError
from bulkwise.models.base import (
    SQUARED_LENGTH,
    Task,
    forward,
    joined,
    on_genes,
    rebuild,
    train,
    view,
)
from bulkwise.networks import MLP
from bulkwise.randomness import Seeds
from bulkwise.training import RowSpace, Training

CPU = torch.device("cpu")


def draw(n: int = 20, p: int = 90) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(loc=4, scale=rng.gamma(2, size=p), size=(n, p))


def mean_squared_length(values: np.ndarray) -> float:
    return float(np.square(values.astype(np.float64)).sum(axis=1).mean())


@pytest.mark.parametrize("reduce", [True, False])
@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
def test_rows_are_centred_and_of_one_length_whatever_the_unit(reduce, factor):
    seen = view(draw() * factor, MLP(), Training(), reduce)
    assert mean_squared_length(seen.values) == pytest.approx(SQUARED_LENGTH, rel=1e-5)
    np.testing.assert_allclose(seen.values.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(seen.center, draw().mean(axis=0) * factor)
    assert seen.values.dtype == np.float32


def test_the_reduced_view_holds_the_same_products():
    X = draw()
    small, wide = (view(X, MLP(), Training(), reduce) for reduce in (True, False))
    assert small.values.shape == (20, 19)
    assert wide.values.shape == (20, 90)
    np.testing.assert_allclose(
        small.values @ small.values.T, wide.values @ wide.values.T, rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("reduce", [True, False])
def test_the_first_layer_finds_its_way_back_to_the_genes(reduce):
    X = draw()
    seen = view(X, MLP(), Training(), reduce)
    module = MLP(widths=(7,)).build(seen.values.shape[1], 3, Seeds(0).torch("w"))
    module(torch.from_numpy(seen.values))  # so that the norm has seen something
    module.eval()
    kept = on_genes(module, seen)
    assert kept["blocks.0.dense.weight"].shape == (7, 90)
    (again,) = rebuild(MLP(widths=(7,)), {f"0.{k}": v for k, v in kept.items()}, 90, 3)
    with torch.no_grad():
        expected = module(torch.from_numpy(seen.values)).numpy()
    np.testing.assert_allclose(forward(again, X, seen.center), expected, atol=1e-4)


def test_blocks_of_samples_change_nothing(monkeypatch):
    X = draw().astype(np.float32)
    module = MLP().build(90, 3, Seeds(0).torch("w")).double().eval()
    whole = view(X, MLP(), Training(), False)
    out = forward(module, X, whole.center)
    monkeypatch.setattr("bulkwise.models.base._BLOCK_VALUES", 3 * 90)
    parts = view(X, MLP(), Training(), False)
    np.testing.assert_allclose(parts.values, whole.values, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(parts.center, whole.center, rtol=1e-12)
    np.testing.assert_allclose(forward(module, X, whole.center), out, rtol=1e-12)


@pytest.mark.parametrize(
    ("network", "training", "reduce", "n", "how"),
    [
        (MLP(), Training(), "auto", 20, "row space of rank 19 instead of 90 genes"),
        (MLP(), Training(), "auto", 60, "full width: 60 samples and 90 genes leave nothing"),
        (MLP(), Training(), True, 60, "row space of rank 59"),
        (MLP(), Training(), False, 20, "full width: asked for"),
        (MLP(), Training(optimizer="adam"), "auto", 20, "full width: adam"),
        (MLP(), Training(l1=0.1), "auto", 20, "full width: sgd with l1=0.1"),
        (MLP(input_dropout=0.1), Training(), "auto", 20, "full width: the network looks"),
    ],
)
def test_when_rows_are_reduced(network, training, reduce, n, how):
    assert view(draw(n), network, training, reduce).how.startswith(how)
    given = view(RowSpace.of(draw(n)), network, training, reduce)
    assert given.how.startswith(how)


@pytest.mark.parametrize(
    ("network", "training"),
    [(MLP(), Training(optimizer="nadam")), (MLP(input_dropout=0.1), Training())],
)
def test_an_inexact_reduction_is_refused(network, training):
    with pytest.raises(InputError, match="Can't reduce to the row space exactly"):
        view(draw(), network, training, True)


def test_an_unknown_way_to_reduce_is_refused():
    with pytest.raises(InputError, match="'reduce' parameter must be"):
        view(draw(), MLP(), Training(), "always")


def test_constant_rows_are_seen_as_nothing():
    for reduce in (True, False):
        seen = view(np.ones((4, 9)), MLP(), Training(), reduce)
        assert not seen.values.any()
        assert seen.scale == 1


def task(codes: np.ndarray, groups: np.ndarray | None = None) -> Task:
    return Task(
        targets=[torch.from_numpy(codes)],
        objective=lambda module, batch: cross_entropy(module(batch[0]), batch[1]),
        n_outputs=3,
        strata=codes,
        groups=groups,
    )


def fit(codes: np.ndarray, *, members: int = 1, groups: np.ndarray | None = None, **settings):
    return train(
        view(draw(len(codes)), MLP(widths=(4,)), Training(), "auto"),
        task(codes, groups),
        MLP(widths=(4,)),
        Training(epochs=6, **settings),
        members=members,
        seeds=Seeds(0),
        device=CPU,
    )


def test_members_differ_and_the_first_is_the_same_whatever_their_number():
    codes = np.arange(30) % 3
    (alone,) = fit(codes)
    first, second = fit(codes, members=2)
    assert set(joined([first, second])) == {
        f"{number}.{name}" for number in (0, 1) for name in alone.parameters
    }
    for name, value in alone.parameters.items():
        np.testing.assert_array_equal(value, first.parameters[name])
    assert not np.array_equal(first.held, second.held)
    assert not np.array_equal(first.parameters["output.weight"], second.parameters["output.weight"])


def test_patients_are_held_back_whole():
    codes, groups = np.arange(60) % 3, np.repeat(np.arange(15), 4)
    (member,) = fit(codes, groups=groups)
    held = set(groups[member.held])
    assert 0 < len(held) < 15
    assert not held & set(np.delete(groups, member.held))
    assert member.history.n_held == len(member.held) == len(member.held_outputs)


def test_the_refit_learns_from_all_samples_for_the_best_number_of_epochs():
    codes = np.arange(30) % 3
    (with_refit,) = fit(codes)
    (without,) = fit(codes, refit=False)
    assert len(with_refit.history.refit_loss) == with_refit.history.best_epoch
    assert without.history.refit_loss == []
    assert with_refit.history.validation_loss == without.history.validation_loss
    np.testing.assert_array_equal(with_refit.held_outputs, without.held_outputs)
    assert not np.array_equal(
        with_refit.parameters["output.bias"], without.parameters["output.bias"]
    )


def test_where_nobody_can_be_held_back_all_epochs_are_used_and_it_is_said():
    (member,) = fit(np.arange(3))
    assert member.held is None
    assert (member.history.best_epoch, member.history.refit_loss) == (6, [])
    assert member.history.note.startswith("Trained through all 6 epochs: Can't hold out")
    (silent,) = fit(np.arange(30) % 3, patience=None)
    assert silent.history.note == ""
    assert silent.history.best_epoch == 6
