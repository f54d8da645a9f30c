"""Transfer: what is kept, what is trained, genes by name, and pre-training without labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from bulkwise import bundle
from bulkwise.errors import FitError, GeneError, InputError, SampleError
from bulkwise.models import (
    DenoisingAutoencoder,
    ExpressionClassifier,
    TransferClassifier,
)
from bulkwise.models.transfer.source import FIRST
from bulkwise.networks import MLP, DeepCME
from bulkwise.preprocess import Log1p, Standardize
from bulkwise.training import Training

NETWORK = MLP(widths=(12, 6))
QUICK = Training(epochs=15, patience=5)
P = 80


def cohort(n: int, seed: int, classes=("normal", "tumour"), shift: float = 0.8):
    """Classes that differ in the same weak way in every cohort."""
    way = np.random.default_rng(99).normal(size=(4, P))
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % len(classes)
    X = rng.normal(size=(n, P)) + shift * way[codes]
    return X.astype(np.float32), np.array(classes)[codes]


@pytest.fixture(scope="module")
def source() -> ExpressionClassifier:
    X, y = cohort(160, 0)
    return ExpressionClassifier(
        network=NETWORK, training=QUICK, members=2, device="cpu", random_state=0
    ).fit(X, y)


def tuned(source, n: int = 12, **more) -> TransferClassifier:
    X, y = cohort(n, 5)
    given = {"source": source, "training": QUICK, "members": 2, "device": "cpu", "random_state": 0}
    return TransferClassifier(**(given | more)).fit(X, y)


def test_few_samples_do_more_with_a_source_than_without(source):
    X, y = cohort(200, 7, shift=0.35)
    few, labels = cohort(8, 8, shift=0.35)
    weak = {"training": QUICK, "members": 2, "random_state": 0}
    with_source = TransferClassifier(source=source, **weak).fit(few, labels).score(X, y)
    without = TransferClassifier(network=NETWORK, **weak).fit(few, labels).score(X, y)
    assert with_source > without + 0.05


@pytest.mark.parametrize("freeze", [0, 1, 2])
def test_frozen_layers_are_the_sources_and_the_others_are_not(source, freeze):
    model = tuned(source, freeze=freeze)
    for number in range(2):
        for layer in range(2):
            names = [f"{number}.blocks.{layer}.dense.weight", f"{number}.blocks.{layer}.norm.bias"]
            names.append(f"{number}.blocks.{layer}.norm.running_mean")
            for name in names:
                same = np.array_equal(model.parameters_[name], source.parameters_[name])
                assert same == (layer < freeze), name
        head = f"{number}.output.weight"
        assert not np.array_equal(model.parameters_[head], source.parameters_[head])
    assert model.transferred_["frozen"] == freeze


@pytest.mark.parametrize("freeze", [0, 1])
def test_the_row_space_gives_what_all_genes_give(source, freeze):
    """What the rows don't see of the first layer decays as it would at full width."""
    X, _ = cohort(60, 11)
    training = Training(epochs=12, patience=None, weight_decay=0.3, learning_rate=0.02)
    reduced, full = (
        tuned(source, reduce=how, training=training, freeze=freeze) for how in (True, False)
    )
    assert reduced.reduction_.startswith("row space")
    assert full.reduction_.startswith("full width")
    np.testing.assert_allclose(reduced.predict_proba(X), full.predict_proba(X), atol=2e-5)
    weights = [model.parameters_[f"0.{FIRST}"] for model in (reduced, full)]
    np.testing.assert_allclose(*weights, atol=2e-5)
    if freeze == 0:
        assert np.abs(weights[0]).mean() < 0.9 * np.abs(source.parameters_[f"0.{FIRST}"]).mean()


def test_other_classes_get_a_new_head(source):
    X, y = cohort(30, 3, classes=("colon", "liver", "lung"), shift=1.5)
    model = TransferClassifier(source=source, training=QUICK, members=1, random_state=0).fit(X, y)
    assert model.transferred_["head"] == "new"
    assert model.predict_proba(X).shape == (30, 3)
    assert model.score(X, y) > 0.9
    assert tuned(source).transferred_["head"] == "kept"


def named(X, names) -> pd.DataFrame:
    return pd.DataFrame(X, columns=names)


def test_genes_are_matched_by_name():
    names = [f"G{i}" for i in range(P)]
    X, y = cohort(80, 0)
    settings = {"network": NETWORK, "training": QUICK, "members": 1, "random_state": 0}
    source = ExpressionClassifier(**settings).fit(named(X, names), y)
    few, labels = cohort(12, 5)
    settings.pop("network")
    straight = TransferClassifier(source=source, **settings).fit(named(few, names), labels)
    order = np.random.default_rng(0).permutation(P)
    turned = TransferClassifier(source=source, **settings).fit(
        named(few[:, order], [names[i] for i in order]), labels
    )
    np.testing.assert_allclose(
        turned.predict_proba(named(few[:, order], [names[i] for i in order])),
        straight.predict_proba(named(few, names)),
        atol=1e-4,
    )
    fewer = TransferClassifier(source=source, **settings).fit(
        named(np.hstack([few[:, :50], few[:, :5]]), [*names[:50], *(f"X{i}" for i in range(5))]),
        labels,
    )
    assert fewer.transferred_ == {"genes": 50, "of": 55, "frozen": 0, "head": "kept"}
    with pytest.raises(GeneError, match="no gene in common: the source's are 'G0'"):
        TransferClassifier(source=source).fit(named(few, [f"ENSG{i}" for i in range(P)]), labels)
    with pytest.raises(InputError, match="has gene names, the target 80 and has no gene names"):
        TransferClassifier(source=source).fit(few, labels)
    by_parameter = TransferClassifier(source=source, genes=names, **settings)
    np.testing.assert_array_equal(
        by_parameter.fit(few, labels).predict_proba(few),
        straight.predict_proba(named(few, names)),
    )


def test_few_known_genes_are_said(caplog):
    X, y = cohort(60, 0)
    settings = {"training": Training(epochs=2), "members": 1, "random_state": 0}
    source = ExpressionClassifier(**settings).fit(named(X, [f"G{i}" for i in range(P)]), y)
    other = TransferClassifier(source=source, **settings)
    with caplog.at_level("INFO", logger="bulkwise"):
        other.fit(named(X, [f"G{i + 70}" for i in range(P)]), y)
    assert other.transferred_["genes"] == 10
    assert "Only 10 of the 80 genes are known to the source." in caplog.text


def test_a_pipeline_or_a_bundle_is_a_source_and_a_copy_of_it_learns_the_same(tmp_path):
    X, y = cohort(60, 0)
    X = np.exp2(X)
    names = [f"G{i}" for i in range(P)]
    sheet = pd.DataFrame({"condition": y}, index=[f"s{i}" for i in range(60)])
    made = AnnData(X, obs=sheet, var=pd.DataFrame(index=names), uns={"unit": "tpm"})
    final = ExpressionClassifier(network=NETWORK, training=QUICK, members=1, random_state=0)
    pipeline = make_pipeline(Log1p(), Standardize(), final).fit(made.to_df(), y)
    path = bundle.save(pipeline, tmp_path / "m.zip", cohort=made, target="condition")
    loaded = bundle.load(path)
    few, labels = cohort(12, 5)
    settings = {"training": QUICK, "members": 1, "random_state": 0}
    models = [
        TransferClassifier(source=one, **settings).fit(named(few, names), labels)
        for one in (pipeline, loaded, FrozenEstimator(loaded.model), FrozenEstimator(pipeline))
    ]
    first, *others = [model.predict_proba(named(few, names)) for model in models]
    for found in others:
        np.testing.assert_array_equal(found, first)
    frozen = clone(models[3]).fit(named(few, names), labels)
    np.testing.assert_array_equal(frozen.predict_proba(named(few, names)), first)
    with pytest.raises(InputError, match=r"isn't fitted \(cloning forgets"):
        clone(models[0]).fit(named(few, names), labels)
    target = AnnData(
        few,
        obs=pd.DataFrame({"condition": labels}, index=[f"t{i}" for i in range(12)]),
        var=pd.DataFrame(index=names),
        uns={"unit": "log2"},
    )
    path = bundle.save(models[0], tmp_path / "t.zip", cohort=target, target="condition")
    again = bundle.load(path).model
    np.testing.assert_array_equal(again.predict_proba(named(few, names)), first)
    assert again.steps[-1][1].source is None


def test_what_cant_be_transferred_is_refused(source):
    X, y = cohort(12, 5)
    for words, more in (
        ("integer from 0 to 2, the source's hidden layers. Got 3", {"freeze": 3}),
        ("integer from 0 to 2", {"freeze": -1}),
        ("integer from 0 to 2", {"freeze": 0.5}),
        ("from 0 to 0, because there is no source", {"freeze": 1, "source": None}),
        ("must have the source's layers", {"network": MLP(widths=(5,))}),
        ("'network' parameter", {"network": DeepCME()}),
        ("Can't transfer from this source", {"source": Standardize().fit(X)}),
        ("isn't fitted", {"source": ExpressionClassifier()}),
        ("'genes' parameter .* must name the 80 columns", {"genes": ["a"]}),
    ):
        with pytest.raises(InputError, match=words):
            TransferClassifier(**({"source": source} | more)).fit(X, y)
    with pytest.raises(SampleError, match="one class only: 'normal'"):
        TransferClassifier(source=source).fit(X[::2], y[::2])
    wild = Training(learning_rate=1e9, patience=None, epochs=30)
    with pytest.raises(FitError, match="Fine-tuning diverged"):
        TransferClassifier(source=source, training=wild, random_state=0).fit(X, y)


def test_a_bundle_of_another_task_is_refused():
    class Other:
        task, genes, model = "infer", ("A",), None

    with pytest.raises(InputError, match="whose task is 'infer'"):
        TransferClassifier(source=Other()).fit(*cohort(12, 5))


def test_class_weights_count(source):
    X, y = cohort(40, 5)
    keep = np.r_[0:40:2, 1:9:2]
    plain = tuned(source, class_weight=None)
    by_class = tuned(source, class_weight={"normal": 1.0, "tumour": 1.0})
    np.testing.assert_allclose(plain.predict_proba(X), by_class.predict_proba(X), atol=1e-6)
    model = TransferClassifier(source=source, training=QUICK, members=1, random_state=0)
    np.testing.assert_allclose(
        model.fit(X[keep], y[keep]).class_weight_, [24 / 40, 24 / 8], rtol=1e-6
    )


@pytest.mark.parametrize("layerwise", [False, True])
def test_denoising_finds_what_rows_have_in_common(layerwise):
    """Rows of rank 2 and noise: two units tell nearly all of the two coordinates."""
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(120, 2))
    X = (codes @ rng.normal(size=(2, P)) + 0.3 * rng.normal(size=(120, P))).astype(np.float32)
    model = DenoisingAutoencoder(
        network=MLP(widths=(16, 8), activation="elu"),
        layerwise=layerwise,
        device="cpu",
        random_state=0,
    ).fit(X, groups=np.arange(120) // 2)
    assert len(model.history_) == (2 if layerwise else 1)
    for history in model.history_:
        assert min(history["validation_loss"]) < 0.5 * history["validation_loss"][0]
    seen = np.c_[model.transform(X), np.ones(120)]
    left = codes - seen @ np.linalg.lstsq(seen, codes, rcond=None)[0]
    assert (left.var(axis=0) < 0.05 * codes.var(axis=0)).all()
    y = np.where(codes[:, 0] > 0, "high", "low")
    tuned_model = TransferClassifier(source=model, members=1, random_state=0)
    assert tuned_model.fit(X[:40], y[:40]).score(X[40:], y[40:]) > 0.85
    assert tuned_model.transferred_["head"] == "new"


def test_denoising_refuses_bad_settings():
    X, _ = cohort(20, 0)
    for words, more in (
        (r"\[0, inf\). Got -1", {"noise": -1}),
        ("must have a hidden layer", {"network": MLP(widths=())}),
        ("'network' parameter", {"network": DeepCME()}),
    ):
        with pytest.raises(InputError, match=words):
            DenoisingAutoencoder(**more).fit(X)
