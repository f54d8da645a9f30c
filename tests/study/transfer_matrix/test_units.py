"""A unit does what the estimator does, on the samples it says it does."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.models import ExpressionClassifier, TransferClassifier
from bulkwise.models.base import view
from bulkwise.models.transfer.source import Source
from bulkwise.models.transfer.start import started
from bulkwise.models.transfer.tuning import Runner, Tuning
from bulkwise.randomness import Seeds
from bulkwise.split import subsample
from bulkwise.study.transfer_matrix.domains import open_domains
from bulkwise.study.transfer_matrix.units import COLUMNS, compute, pool_and_test, units

from .conftest import QUICK


def asked(**more):
    network, training = QUICK["network"], QUICK["training"]
    given = {
        "domains": ["east", "north", "south", "west"],
        "units": ["log2"] * 4,
        "pooled": ["east", "north", "south"],
        "sources": ["north", "all others"],
        "pretraining": ["classes"],
        "freeze": [0, 2],
        "sizes": [8, 16],
        "baselines": [],
        "tries": 4,
        "share": 0.3,
        "seed": 0,
        "network": network.get_params(deep=False),
        "training": training.get_params(deep=False),
    }
    return {**given, **more}


def arrays(cohort):
    domains = open_domains(cohort, target="condition", by="hospital", groups=None, least=5)
    return dict(domains.arrays())


def test_a_unit_is_the_same_every_time_and_whatever_else_is_asked(cohort):
    own = arrays(cohort)
    first = compute(asked(), {"repeat": 0, "target": "east"}, own)
    again = compute(asked(), {"repeat": 0, "target": "east"}, own)
    assert first == again
    fewer = compute(asked(sizes=[16], sources=["north"]), {"repeat": 0, "target": "east"}, own)
    rows = [dict(zip(COLUMNS, fit, strict=True)) for fit in (*first["fits"], *fewer["fits"])]
    same = [r for r in rows if r["size"] == 16 and r["source"] == "north" and r["freeze"] == 0]
    assert [r["method"] for r in same] == ["transfer", "direct"] * 2
    assert same[0] == same[2]
    assert (first["n_pool"], first["n_test"]) == (34, 14)


def test_target_samples_that_are_not_drawn_change_nothing(cohort):
    """Preprocessing, fits and baselines of a target see its subsample alone."""
    own = arrays(cohort)
    given = asked(sizes=[16], baselines=["logistic"])
    before = compute(given, {"repeat": 1, "target": "east"}, own)
    east = np.flatnonzero(own["of"] == 0)
    seeds = Seeds(0).child("repeat", 1)
    codes, groups = own["codes"][east], own["groups"][east]
    pool, _ = pool_and_test(codes, groups, share=0.3, seeds=seeds)
    drawn = subsample(codes[pool], groups[pool], 16, seeds)
    others = {**own, "X": own["X"].copy()}
    others["X"][east[np.delete(pool, drawn)]] += 100
    assert compute(given, {"repeat": 1, "target": "east"}, others) == before
    others["X"][east[pool[drawn[0]]]] += 100
    assert compute(given, {"repeat": 1, "target": "east"}, others) != before


def test_one_runner_is_the_estimators_network():
    """In lock-step with others a network ends where it ends alone."""
    rng = np.random.default_rng(0)
    codes = np.arange(80) % 2
    X = (rng.normal(size=(80, 60)) + 0.5 * codes[:, None]).astype(np.float32)
    settings = {"network": QUICK["network"], "training": QUICK["training"], "members": 1}
    source = ExpressionClassifier(**settings, random_state=0).fit(X, codes)
    few = np.r_[0:20]
    alone = TransferClassifier(
        source=source, training=QUICK["training"], members=1, random_state=3
    ).fit(X[few], codes[few])
    seeds = Seeds(3).child("member", 0)
    seen = view(X[few], QUICK["network"], QUICK["training"], "auto")
    tuning = Tuning(
        seen=seen,
        codes=codes[few],
        n_classes=2,
        groups=None,
        network=QUICK["network"],
        training=QUICK["training"],
    )
    start = started(
        QUICK["network"],
        Source.of(source).member(0),
        np.arange(60),
        seen,
        2,
        keep_head=True,
        seed=seeds.seed("head"),
    )
    runners = [Runner(start, frozen, seeds.seed("dropout")) for frozen in (0, 2, 1, 0)]
    found, _ = tuning.run(runners, seeds)
    for trained in (found[0], found[3]):
        for name, value in trained.parameters.items():
            np.testing.assert_allclose(value, alone.parameters_[f"0.{name}"], atol=1e-5)


def test_a_subsample_of_one_class_is_recorded(cohort):
    own = arrays(cohort)
    rare = (own["of"] == 0) & (own["groups"] < 3)
    own["codes"] = np.where(own["of"] == 0, rare, own["codes"]).astype(int)
    errors = [
        fit[-1]
        for repeat in range(6)
        for fit in compute(asked(sizes=[2], sources=[]), {"repeat": repeat, "target": "east"}, own)[
            "fits"
        ]
    ]
    assert "all samples of the subsample are of one class" in errors


def test_units_are_named_by_repeat_and_target():
    names = [unit.name for unit in units(["a", "b"], 2)]
    assert len(set(names)) == 4
    assert names[0] == "repeat-000-000"


@pytest.mark.real
def test_cancers_start_from_each_other(data_folder):
    import anndata

    pairs = anndata.read_h5ad(data_folder / "tcga_pairs.h5ad")
    keep = pairs.obs["cancer"].isin(["LUAD", "LUSC", "HNSC"]).to_numpy()
    domains = open_domains(
        pairs[keep].copy(), target="condition", by="cancer", groups=None, least=10
    )
    names = list(domains.names)
    given = asked(
        domains=names, units=list(domains.units), pooled=names, sources=["LUSC"], sizes=[10]
    )
    found = compute(given, {"repeat": 0, "target": "LUAD"}, dict(domains.arrays()))
    moved = next(fit for fit in found["fits"] if fit[3] == "transfer" and fit[6] == 0)
    assert moved[COLUMNS.index("balanced_accuracy")] > 0.9
