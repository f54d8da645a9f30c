"""A fleet gives what each of its networks gives alone, and what the loop of one network gives."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from bulkwise.errors import InputError
from bulkwise.networks import MLP
from bulkwise.randomness import Seeds
from bulkwise.training import Training
from bulkwise.training.fleet import Fleet, Halving, Member, Outcome, Rows
from bulkwise.training.fleet.members import class_weights
from bulkwise.training.loop import Fit

SEED = 5  # of the order, and of the member that is compared with the loop
EPOCHS = 5


def settings(**more) -> Training:
    return Training(**({"epochs": EPOCHS, "patience": None, "batch_size": 16} | more))


MIXED = [
    Member(network=MLP(widths=(8,)), training=settings(), seed=SEED),
    Member(network=MLP(widths=(5,), dropout=0.4), training=settings(learning_rate=0.05), seed=1),
    Member(network=MLP(widths=(12,)), training=settings(momentum=0.0, nesterov=False), seed=2),
    Member(network=MLP(widths=(8, 4)), training=settings(weight_decay=0.1), seed=3),
    Member(network=MLP(widths=(3, 9), dropout=0.2), training=settings(momentum=0.5), seed=SEED),
    Member(network=MLP(widths=(6, 6), batch_norm=False), training=settings(), seed=4),
    Member(network=MLP(widths=(9, 2), batch_norm=False), training=settings(l1=1e-3), seed=8),
    Member(network=MLP(widths=(7,)), training=settings(batch_size=32), seed=6, class_weight=None),
]


def fleet(members: Sequence[Member], rows: Rows, **more) -> Fleet:
    made = Fleet(members, rows, order=Seeds(SEED), **({"dtype": torch.float64} | more))
    made.run()
    return made


def predictions(made: Fleet, number: int) -> np.ndarray:
    with torch.no_grad():
        return made.module(number)(torch.as_tensor(made.rows.values)).numpy()


def alone(member: Member, rows: Rows) -> tuple[Fit, Outcome]:
    """The member by the loop of one network; the order comes from its own seed there."""
    module = member.network.build(
        rows.values.shape[1], rows.n_classes, Seeds(member.seed).torch("weights"), fan_in=100
    ).double()
    weights = torch.as_tensor(class_weights(member, rows.codes[rows.train], rows.n_classes))

    def objective(module, batch):
        weight = weights if module.training else None
        loss = cross_entropy(module(batch[0]), batch[1], weight=weight, reduction="sum")
        return loss / len(batch[1])

    fit = Fit(
        module,
        [torch.as_tensor(rows.values), torch.as_tensor(rows.codes)],
        objective,
        member.training,
        seeds=Seeds(member.seed),
        train=torch.as_tensor(rows.train),
        held=torch.as_tensor(rows.held),
    )
    return fit, fit.run()


def test_a_network_is_the_same_alone_and_in_a_fleet(rows):
    together = fleet(MIXED, rows)
    for number, member in enumerate(MIXED):
        single = fleet([member], rows)
        difference = np.abs(predictions(together, number) - predictions(single, 0)).max()
        assert difference < 1e-10
        ours, theirs = together.outcomes[number], single.outcomes[0]
        assert ours.history.train_loss == pytest.approx(theirs.history.train_loss, abs=1e-10)
        assert ours.accuracy == theirs.accuracy


NETWORKS = [
    MLP(widths=(8,)),
    MLP(widths=(8,), batch_norm=False),
    MLP(widths=(8, 5), dropout=0.3),
    MLP(widths=(6, 9, 4), activation="softplus"),
    MLP(widths=(7, 3), activation="elu", batch_norm=False),
    MLP(widths=(7, 3), activation="tanh"),
    MLP(widths=(6, 6, 6), residual=True),
    MLP(widths=(6, 6, 6), residual=True, batch_norm=False, dropout=0.2),
]
TRAININGS = [
    settings(),
    settings(nesterov=False, l1=1e-3, weight_decay=0.0),
    settings(optimizer="rmsprop", learning_rate=0.01, momentum=0.3, l1=1e-3),
    settings(optimizer="adam", learning_rate=0.01, weight_decay=0.01, l1=1e-3),
]


@pytest.mark.parametrize(
    ("network", "training"),
    [*itertools.product(NETWORKS, TRAININGS[:1]), *itertools.product(NETWORKS[2:3], TRAININGS[1:])],
)
def test_a_network_of_a_fleet_is_the_one_that_the_loop_trains(rows, network, training):
    member = Member(network=network, training=training, seed=SEED)
    wider = MLP(**{**network.get_params(), "widths": tuple(w + 3 for w in network.widths)})
    other = Member(network=wider, training=training, seed=9)
    made = fleet([other, member], rows)
    fit, history = alone(member, rows)
    with torch.no_grad():
        expected = fit.module(torch.as_tensor(rows.values)).numpy()
    assert np.abs(predictions(made, 1) - expected).max() < 1e-10
    ours = made.outcomes[1].history
    assert ours.train_loss == pytest.approx(history.train_loss, abs=1e-10)
    assert ours.validation_loss == pytest.approx(history.validation_loss, abs=1e-10)


def test_each_network_stops_early_at_its_own_epoch(rows):
    training = settings(epochs=40, patience=3, learning_rate=0.05)
    members = [
        Member(network=MLP(widths=(6,)), training=training, seed=SEED),
        Member(network=MLP(widths=(20,)), training=settings(epochs=7), seed=1),
        Member(network=MLP(widths=(4,)), training=settings(epochs=40, learning_rate=1e-4), seed=2),
    ]
    made = fleet(members, rows)
    fit, history = alone(members[0], rows)
    ours = made.outcomes[0]
    assert (ours.ended, ours.history.best_epoch) == (history.stopped, history.best_epoch)
    assert ours.ended == "patience"
    with torch.no_grad():
        expected = fit.module(torch.as_tensor(rows.values)).numpy()
    assert np.abs(predictions(made, 0) - expected).max() < 1e-10
    lengths = [len(outcome.history.train_loss) for outcome in made.outcomes]
    assert lengths == [ours.history.best_epoch + 3, 7, 40]


def test_the_figures_of_a_member_are_those_of_its_module(rows):
    made = fleet(MIXED[:2], rows)
    held = predictions(made, 0)[rows.held]
    right = held.argmax(axis=1) == rows.codes[rows.held]
    loss = cross_entropy(torch.as_tensor(held), torch.as_tensor(rows.codes[rows.held]))
    outcome = made.outcomes[0]
    last = outcome.history.validation_loss[-1]
    assert last == pytest.approx(float(loss), abs=1e-10)
    if outcome.loss == last:
        assert outcome.accuracy == pytest.approx(right.mean())
    assert outcome.loss == min(outcome.history.validation_loss)


def test_halving_drops_the_worst_and_leaves_the_others_as_they_were(rows):
    rates = [1e-5, 3e-2, 1e-4, 1e-2, 1e-3, 2e-2, 3e-4, 3e-3]
    members = [
        Member(
            network=MLP(widths=(4 + i % 3,) * (1 + i % 2)),
            training=settings(epochs=8, learning_rate=rate),
            seed=i,
        )
        for i, rate in enumerate(rates)
    ]
    whole = fleet(members, rows)
    halved = fleet(members, rows, halving=Halving(after=(2, 4), keep=0.5))
    lengths = [len(outcome.history.train_loss) for outcome in halved.outcomes]
    assert sorted(lengths) == [2, 2, 2, 2, 4, 4, 8, 8]
    after_two = [min(outcome.history.validation_loss[:2]) for outcome in whole.outcomes]
    dropped = {i for i, n in enumerate(lengths) if n == 2}
    assert dropped == set(np.argsort(after_two)[4:].tolist())
    for i, outcome in enumerate(halved.outcomes):
        full = whole.outcomes[i].history.train_loss[: lengths[i]]
        assert outcome.history.train_loss == pytest.approx(full, abs=1e-10)
        assert (outcome.ended == "dropped") == (lengths[i] < 8) == (not outcome.state)


def test_a_network_that_diverges_leaves_the_others_as_they_were(rows):
    good = Member(network=MLP(widths=(6,), batch_norm=False), training=settings(), seed=1)
    bad = Member(
        network=MLP(widths=(9,), batch_norm=False),
        training=settings(learning_rate=1e30),
        seed=2,
    )
    made = fleet([bad, good], rows)
    assert [outcome.ended for outcome in made.outcomes] == ["diverged", "epochs"]
    assert not made.outcomes[0].state
    single = fleet([good], rows)
    assert np.abs(predictions(made, 1) - predictions(single, 0)).max() < 1e-10


def test_frozen_layers_stay_and_the_rest_is_fine_tuned(rows):
    network = MLP(widths=(6, 5))
    source = fleet([Member(network=network, training=settings(), seed=1)], rows)
    start = source.outcomes[0].state
    fresh = Rows(
        values=rows.values, codes=rows.codes, n_classes=3, train=np.arange(45, 61), fan_in=100
    )
    members = [
        Member(network=network, training=settings(), seed=2, start=start, frozen=frozen)
        for frozen in (0, 1, 2)
    ]
    made = fleet(members, fresh)
    for frozen, outcome in enumerate(made.outcomes):
        for name, value in outcome.state.items():
            if name.endswith("num_batches_tracked"):
                continue
            layer = int(name.split(".")[1]) if name.startswith("blocks") else 2
            assert bool((value == start[name]).all()) == (layer < frozen), name


def test_memory_parts_the_fleet_and_the_numbers_stay(rows):
    members = [Member(network=MLP(widths=(8,)), training=settings(), seed=i) for i in range(4)]
    one = fleet(members, rows)
    per_network = (20 * 8 + 8 * 3) * 4 * 8
    parted = fleet(members, rows, memory=2 * per_network)
    assert [len(part) for part in parted._parts()] == [2, 2]
    for i in range(4):
        assert np.abs(predictions(one, i) - predictions(parted, i)).max() < 1e-10
    with pytest.raises(InputError, match="needs 5,888 bytes"):
        fleet(members, rows, memory=100)


def test_a_class_that_isnt_among_the_training_samples(rows):
    train = np.flatnonzero(rows.codes < 2)
    held = np.flatnonzero(rows.codes == 2)
    some = Rows(values=rows.values, codes=rows.codes, n_classes=3, train=train, held=held)
    outcome = fleet(MIXED[:1], some).outcomes[0]
    assert outcome.ended == "epochs"
    assert outcome.balanced_accuracy == outcome.accuracy


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (Member(network=MLP(widths=()), training=settings(), seed=0), "hidden layers"),
        (Member(network=MLP(widths=(3,)), training=settings(batch_size=1), seed=0), "batch norm"),
    ],
)
def test_what_a_fleet_cant_train_is_refused(rows, member, words):
    with pytest.raises(InputError, match=f"(?i){words}"):
        fleet([member], rows)


def test_halving_needs_someone_to_judge_on(rows):
    blind = Rows(values=rows.values, codes=rows.codes, n_classes=3, train=rows.train)
    with pytest.raises(InputError, match="held-back"):
        Fleet(MIXED, blind, order=Seeds(0), halving=Halving())


@pytest.mark.gpu
def test_a_fleet_on_cuda_is_the_one_on_the_cpu(rows):
    members = [member for member in MIXED if not member.network.dropout]
    there = fleet(members, rows, device=torch.device("cuda"))
    here = fleet(members, rows)
    for i in range(len(members)):
        assert np.abs(predictions(there, i) - predictions(here, i)).max() < 1e-8
