"""One network's training: the reduction is exact, and breaks, stops and resumes are clean."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from bulkwise import progress
from bulkwise.errors import FitError, InputError
from bulkwise.networks import MLP
from bulkwise.randomness import Seeds
from bulkwise.training import RowSpace, Training
from bulkwise.training.loop import Fit, batches, fit_network

N, P, CLASSES = 36, 150, 3


def cohort(n: int = N, p: int = P, seed: int = 0) -> tuple[np.ndarray, torch.Tensor]:
    """Rows far from the origin, with a signal in a tenth of the genes."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % CLASSES
    X = rng.normal(size=(n, p)) + 3
    X[:, : p // 10] += rng.normal(size=(CLASSES, p // 10))[codes]
    return X, torch.from_numpy(codes)


def objective(module, batch):
    weights = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    return cross_entropy(module(batch[0]), batch[1], weight=weights, reduction="sum") / len(
        batch[1]
    )


def plain(module, batch):
    return cross_entropy(module(batch[0]), batch[1])


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pair(network: MLP, rows: RowSpace, W1: np.ndarray | None = None):
    """The same network on the coordinates and on centred genes.

    W1 (genes x units): where the full-width one starts, if not within the row space.
    """
    small = network.build(rows.rank, CLASSES, generator(), fan_in=rows.n_genes).double()
    wide = network.build(rows.n_genes, CLASSES, generator()).double()
    if W1 is None:
        W1 = rows.lift(small.first.weight.detach().numpy().T)
    else:
        with torch.no_grad():
            small.first.weight.copy_(torch.from_numpy(rows.restrict(W1).T))
    name = "blocks.0.dense.weight" if network.widths else "output.weight"
    wide.load_state_dict({**small.state_dict(), name: torch.from_numpy(W1.T)})
    return small, wide


SETTINGS = {
    "plain gradient descent": (MLP(widths=(8,), batch_norm=False), {"momentum": 0.0}),
    "momentum": (MLP(widths=(8,), batch_norm=False), {"nesterov": False}),
    "Nesterov": (MLP(widths=(8,), batch_norm=False), {}),
    "L2": (MLP(widths=(8,), batch_norm=False), {"weight_decay": 0.1}),
    "hidden dropout": (MLP(widths=(8, 6), batch_norm=False, dropout=0.3), {}),
    "batch norm": (MLP(widths=(8, 6), batch_norm=True), {}),
    "all of it": (MLP(widths=(8, 8), dropout=0.2, residual=True), {"weight_decay": 0.01}),
    "no hidden layer": (MLP(widths=()), {"weight_decay": 0.01}),
    "batches with a rest of one": (MLP(widths=(8,)), {"batch_size": 9}),
}


@pytest.mark.parametrize("case", SETTINGS)
@pytest.mark.parametrize("early", [False, True], ids=["all epochs", "early stop"])
def test_the_reduced_network_equals_the_full_one(case, early):
    network, options = SETTINGS[case]
    X, codes = cohort()
    rows = RowSpace.of(X)
    small, wide = pair(network, rows)
    settings = Training(
        **{"epochs": 5, "learning_rate": 1e-3, "batch_size": 8, "patience": 2, **options}
    )
    train, held = torch.arange(28), torch.arange(28, N)
    part = {"train": train, "held": held} if early else {}
    centred = torch.from_numpy(X - rows.mean)
    Z = torch.from_numpy(rows.Z)
    seeds = Seeds(3)
    reduced = fit_network(small, [Z, codes], objective, settings, seeds=seeds, **part)
    full = fit_network(wide, [centred, codes], objective, settings, seeds=seeds, **part)

    assert reduced.best_epoch == full.best_epoch
    np.testing.assert_allclose(reduced.train_loss, full.train_loss, atol=1e-10)
    np.testing.assert_allclose(reduced.validation_loss, full.validation_loss, atol=1e-10)
    lifted = rows.lift(small.first.weight.detach().numpy().T)
    np.testing.assert_allclose(lifted, wide.first.weight.detach().numpy().T, atol=1e-10)
    new = cohort(seed=1)[0]
    with torch.no_grad():
        ours = small(torch.from_numpy(rows.project(new))).numpy()
        theirs = wide(torch.from_numpy(new - rows.mean)).numpy()
    np.testing.assert_allclose(ours, theirs, atol=1e-10)


def test_a_start_outside_the_row_space_differs_by_what_training_never_touches():
    X, codes = cohort()
    rows = RowSpace.of(X)
    network, settings = MLP(widths=(8,)), Training(epochs=5, weight_decay=0.0)
    W1 = np.random.default_rng(5).normal(size=(P, 8)) / np.sqrt(P)
    small, wide = pair(network, rows, W1)
    Z, centred = torch.from_numpy(rows.Z), torch.from_numpy(X - rows.mean)
    reduced = fit_network(small, [Z, codes], plain, settings, seeds=Seeds(3))
    full = fit_network(wide, [centred, codes], plain, settings, seeds=Seeds(3))
    np.testing.assert_allclose(reduced.train_loss, full.train_loss, atol=1e-10)
    outside = W1 - rows.lift(rows.restrict(W1))
    assert np.abs(outside).max() > 0.01
    trained = wide.first.weight.detach().numpy().T
    lifted = rows.lift(small.first.weight.detach().numpy().T)
    np.testing.assert_allclose(trained - lifted, outside, atol=1e-10)


def test_the_bias_absorbs_the_mean():
    X, codes = cohort()
    rows = RowSpace.of(X)
    small, _ = pair(MLP(widths=(8,), batch_norm=False), rows)
    fit_network(small, [torch.from_numpy(rows.Z), codes], plain, Training(epochs=5), seeds=Seeds(3))
    new = cohort(seed=1)[0]
    W = rows.lift(small.first.weight.detach().numpy().T)
    bias = small.first.bias.detach().numpy() - rows.mean @ W
    before = rows.project(new) @ small.first.weight.detach().numpy().T
    before = before + small.first.bias.detach().numpy()
    np.testing.assert_allclose(new @ W + bias, before, atol=1e-10)


@pytest.mark.parametrize(
    ("network", "options"),
    [
        (MLP(widths=(8,)), {"optimizer": "adam"}),
        (MLP(widths=(8,)), {"l1": 0.01}),
        (MLP(widths=(8,), input_dropout=0.3), {}),
    ],
    ids=["adam", "l1", "input dropout"],
)
def test_where_it_isnt_exact_it_differs_and_says_so(network, options):
    X, codes = cohort()
    rows = RowSpace.of(X)
    small, wide = pair(network, rows)
    settings = Training(epochs=5, **options)
    assert not (network.linear_first and settings.keeps_row_space)
    reduced = fit_network(small, [torch.from_numpy(rows.Z), codes], plain, settings, seeds=Seeds(3))
    centred = torch.from_numpy(X - rows.mean)
    full = fit_network(wide, [centred, codes], plain, settings, seeds=Seeds(3))
    assert np.abs(np.subtract(reduced.train_loss, full.train_loss)).max() > 1e-6


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 16, 17])
def test_batches_hold_every_sample_once_and_none_is_alone(n):
    index = torch.arange(n) * 10
    parts = batches(index, 8, generator())
    assert sorted(torch.cat(parts).tolist()) == index.tolist()
    assert min(len(part) for part in parts) > 1 or n == 1
    assert max(len(part) for part in parts) <= 9
    assert [len(part) for part in batches(index, 1, generator())] == [1] * n


def problem(dtype: torch.dtype = torch.float32):
    X, codes = cohort()
    return [torch.from_numpy(X - X.mean(axis=0)).to(dtype), codes]


def test_the_best_epoch_is_restored():
    data, seen = problem(), []
    data[1] = data[1][torch.randperm(N, generator=generator())]  # nothing to learn
    module = MLP(widths=(16,)).build(P, CLASSES, generator())
    train, held = torch.arange(24), torch.arange(24, N)

    def watched(module, batch):
        if not module.training:
            seen.append({key: value.clone() for key, value in module.state_dict().items()})
        return plain(module, batch)

    settings = Training(epochs=60, patience=4)
    history = fit_network(module, data, watched, settings, seeds=Seeds(0), train=train, held=held)
    losses = history.validation_loss
    assert history.stopped == "patience"
    assert len(losses) == history.best_epoch + 4 < 60
    assert history.best_epoch == int(np.argmin(losses)) + 1
    for name, value in module.state_dict().items():
        assert torch.equal(value, seen[history.best_epoch - 1][name])
    with torch.no_grad():
        final = float(plain(module, [part[held] for part in data]))
    assert final == pytest.approx(min(losses), abs=1e-6)
    assert history.n_held == N - 24


def test_without_patience_all_epochs_are_used_and_the_last_is_kept():
    module = MLP(widths=(16,)).build(P, CLASSES, generator())
    settings = Training(epochs=7, patience=None, learning_rate=0.05)
    history = fit_network(module, problem(), plain, settings, seeds=Seeds(0))
    assert (history.best_epoch, history.stopped, len(history.train_loss)) == (7, "epochs", 7)
    assert history.validation_loss == []
    assert history.train_loss[-1] < history.train_loss[0] / 2
    assert not module.training


def test_the_l1_penalty_empties_genes():
    X, codes = cohort(120, 60)
    data = [torch.from_numpy(X - X.mean(axis=0)).float(), codes]
    module = MLP(widths=(8,), batch_norm=False).build(60, CLASSES, generator())
    settings = Training(epochs=40, patience=None, l1=0.06, learning_rate=0.02)
    fit_network(module, data, plain, settings, seeds=Seeds(0))
    used = (module.first.weight != 0).any(dim=0)
    assert int(used[:6].sum()) >= 4
    assert int(used[6:].sum()) <= 15


def test_the_same_seed_gives_the_same_network_and_no_global_number_is_drawn():
    before = torch.random.get_rng_state()
    results = []
    for seed in (0, 0, 1):
        module = MLP(widths=(8,), dropout=0.5).build(P, CLASSES, generator())
        fit_network(module, problem(), plain, Training(epochs=3), seeds=Seeds(seed))
        results.append(module.first.weight.detach())
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])
    assert torch.equal(torch.random.get_rng_state(), before)


class StoppedError(Exception):
    """What breaks a training off in a test."""


@contextmanager
def broken_off_after(epochs: int):
    """Raise when a progress bar is told of that many epochs: between two steps, as Ctrl-C may."""

    class Task:
        def advance(self, n: float = 1, note: str | None = None) -> None:
            self.done = getattr(self, "done", 0) + n
            if note and self.done >= epochs:
                raise StoppedError

    class Reporter:
        def start(self, description: str, total: float | None) -> Task:
            return Task()

        def stop(self, task: Task) -> None:
            pass

        def say(self, message: str) -> None:
            pass

    token = progress._reporter.set(Reporter())
    try:
        yield
    finally:
        progress._reporter.reset(token)


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "adam", "adamw", "nadam"])
@pytest.mark.parametrize("early", [False, True], ids=["all epochs", "early stop"])
def test_a_resumed_training_is_the_uninterrupted_one_to_the_bit(tmp_path, name, early):
    train, held = torch.arange(24), torch.arange(24, N)
    part = {"train": train, "held": held} if early else {}

    def train_once(folder):
        module = MLP(widths=(8, 8), dropout=0.3).build(P, CLASSES, generator())
        settings = Training(
            optimizer=name, epochs=24, patience=30, learning_rate=3e-4, checkpoint=folder
        )
        return module, fit_network(module, problem(), plain, settings, seeds=Seeds(0), **part)

    whole, expected = train_once(None)
    with broken_off_after(13), pytest.raises(StoppedError):
        train_once(str(tmp_path))
    assert len(list(tmp_path.iterdir())) == 1
    with broken_off_after(22), pytest.raises(StoppedError):
        train_once(str(tmp_path))
    resumed, history = train_once(str(tmp_path))
    assert history == expected
    for key, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key
    assert list(tmp_path.iterdir()) == []


def test_a_finished_training_is_kept_until_it_is_forgotten(tmp_path):
    def fit() -> Fit:
        module = MLP(widths=(8,)).build(P, CLASSES, generator())
        settings = Training(epochs=4, checkpoint=str(tmp_path))
        return Fit(module, problem(), plain, settings, seeds=Seeds(0))

    first, second = fit(), fit()
    history = first.run()
    assert second.run() == history
    assert second._optimizer.steps == first._optimizer.steps
    assert torch.equal(first.module.first.weight, second.module.first.weight)
    first.forget()
    assert list(tmp_path.iterdir()) == []


def test_another_fit_never_takes_up_the_state(tmp_path):
    def place(*, weights=0, seed=0, dropout=0.1, about="", less=0, **settings):
        module = MLP(widths=(8,), dropout=dropout).build(P, CLASSES, generator(weights))
        data = problem()
        data[0][0, 0] -= less
        made = Training(checkpoint=str(tmp_path), **settings)
        return Fit(module, data, plain, made, seeds=Seeds(seed), about=about)._checkpoint.path

    changes = [
        {"weights": 1},
        {"seed": 1},
        {"dropout": 0.2},
        {"about": "balanced"},
        {"less": 1},
        {"l1": 0.1},
        {"epochs": 7},
    ]
    assert place() == place()
    assert len({place(), *(place(**change) for change in changes)}) == len(changes) + 1


@pytest.mark.parametrize("fails", [False, True])
def test_small_networks_train_in_one_thread_and_the_callers_threads_are_given_back(fails):
    before, seen = torch.get_num_threads(), []

    def watched(module, batch):
        seen.append(torch.get_num_threads())
        return plain(module, batch) * (float("nan") if fails else 1)

    torch.set_num_threads(2)
    try:
        module = MLP(widths=(8,)).build(P, CLASSES, generator())
        with pytest.raises(FitError) if fails else nullcontext():
            fit_network(module, problem(), watched, Training(epochs=1), seeds=Seeds(0))
        assert torch.get_num_threads() == 2
        assert set(seen) == {1}
    finally:
        torch.set_num_threads(before)


def test_divergence_names_the_epoch_and_the_likely_cause():
    module = MLP(widths=(16, 16), batch_norm=False).build(P, CLASSES, generator())
    settings = Training(learning_rate=1e6, epochs=50)
    with pytest.raises(FitError, match=r"in epoch \d+: .* rate 1e\+06 is too high .*=0\.01,"):
        fit_network(module, problem(), plain, settings, seeds=Seeds(0))


def test_batch_norm_on_one_sample_at_a_time_is_refused():
    module = MLP(widths=(16,)).build(P, CLASSES, generator())
    with pytest.raises(InputError, match="larger 'batch_size'"):
        fit_network(module, problem(), plain, Training(batch_size=1), seeds=Seeds(0))
    plain_module = MLP(widths=(4,), batch_norm=False).build(P, CLASSES, generator())
    settings = Training(batch_size=1, epochs=2)
    assert fit_network(plain_module, problem(), plain, settings, seeds=Seeds(0)).best_epoch == 2


@pytest.mark.gpu
def test_cuda_gives_the_same_twice_and_nearly_what_the_processor_gives():
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    settings = Training(epochs=5)

    def once(device: str, dropout: float):
        module = MLP(widths=(16,), dropout=dropout).build(P, CLASSES, generator()).to(device)
        data = [part.to(device) for part in problem()]
        history = fit_network(module, data, plain, settings, seeds=Seeds(0))
        return module.first.weight.detach().cpu(), history

    assert torch.equal(once("cuda", 0.3)[0], once("cuda", 0.3)[0])
    np.testing.assert_allclose(
        once("cuda", 0.0)[1].train_loss, once("cpu", 0.0)[1].train_loss, rtol=1e-3
    )
