"""Several targets from one code: the loss, the reduction, what is refused, and a bundle."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.pipeline import make_pipeline

import bulkwise as bw
from bulkwise.errors import InputError, SampleError
from bulkwise.models import MultitaskClassifier
from bulkwise.models.base import on_genes, rebuild, view
from bulkwise.networks import MultitaskAutoencoder
from bulkwise.randomness import Seeds
from bulkwise.training import RowSpace, Training
from bulkwise.training.loop import Fit

SMALL = {"network": MultitaskAutoencoder(widths=(16,), code=6), "random_state": 0}


def cohort(n: int = 60, p: int = 150, seed: int = 0) -> tuple[np.ndarray, pd.DataFrame]:
    """Three tissues in two conditions, each told by ten genes."""
    rng = np.random.default_rng(seed)
    tissue, condition = np.arange(n) % 3, np.arange(n) // 3 % 2
    X = rng.normal(size=(n, p)) + 6
    for code in range(3):
        X[np.ix_(tissue == code, range(10 * code, 10 * code + 10))] += 2
    X[np.ix_(condition == 1, range(30, 40))] += 2
    names = np.array(["colon", "kidney", "liver"])[tissue]
    y = pd.DataFrame({"tissue": names, "condition": np.where(condition, "tumour", "normal")})
    y.index = [f"s{i}" for i in range(n)]
    return X.astype(np.float32), y


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"loss": "cosine", "training": Training(learning_rate=0.05, epochs=60)},
        {"reconstruction": 0.0},
        {"contractive": 1e-3},
        {"balanced": False},
        {"target_weights": {"condition": 1.0, "tissue": 2.0}},
        {"target_weights": (0.3, 0.7)},
        {"reduce": False},
        {
            "network": MultitaskAutoencoder(
                widths=(16, 8), code=4, decoder=(8,), noise=0.1, input_norm=True, dropout=0.1
            ),
            "training": Training(optimizer="nadam", learning_rate=0.01, epochs=40, patience=None),
        },
    ],
    ids=str,
)
def test_learns_both_targets_with_any_settings(settings):
    X, y = cohort()
    new, truth = cohort(seed=1)
    model = MultitaskClassifier(**{**SMALL, **settings}).fit(X, y)
    predicted = model.predict(new)
    assert list(predicted.columns) == ["tissue", "condition"]
    assert (predicted.to_numpy() == truth.to_numpy()).mean(axis=0).min() > 0.85
    assert model.score(new, truth) == pytest.approx(
        (predicted.to_numpy() == truth.to_numpy()).mean()
    )
    tissue, condition = model.predict_proba(new)
    assert tissue.shape == (60, 3)
    assert condition.shape == (60, 2)
    np.testing.assert_allclose(tissue.sum(axis=1), 1, rtol=1e-12)
    assert [labels.tolist() for labels in model.classes_] == [
        ["colon", "kidney", "liver"],
        ["normal", "tumour"],
    ]
    assert model.transform(new).shape == (60, model.module().heads.in_features)


def loss_of(model: MultitaskClassifier, logits: list[float], genes: float) -> float:
    """The objective for one sample of classes 0 and 1 whose genes are all off by ``genes``."""

    class Fixed(torch.nn.Module):
        def encode(self, x):
            return x

        def heads(self, code):
            return torch.tensor([logits])

        def decode(self, code):
            return code + genes

    codes = np.array([[0, 1]])
    model.labels_ = {"a": np.array(["x", "y"]), "b": np.array(["u", "v"])}
    objective = model._objective(np.array([[0, 0], [1, 1]]), torch.device("cpu"))
    return float(objective(Fixed().eval(), [torch.zeros(1, 10), torch.tensor(codes)]))


def test_the_loss_is_the_sum_that_the_documentation_says():
    weights = {"target_weights": (0.25, 2.0), "reconstruction": 0.5}
    # equal logits: probabilities of a half each, whose cosine with the truth is 1 / sqrt(2)
    rebuilt = 0.5 * 10 * 3.0**2 / 1000
    cosine = loss_of(MultitaskClassifier(loss="cosine", **weights), [0.0, 0.0, 1.0, 1.0], 3.0)
    assert cosine == pytest.approx(2.25 * (1 - np.sqrt(0.5)) + rebuilt)
    entropy = loss_of(MultitaskClassifier(**weights), [0.0, 0.0, 0.0, np.log(3)], 3.0)
    assert entropy == pytest.approx(0.25 * np.log(2) + 2 * np.log(4 / 3) + rebuilt)


@pytest.mark.parametrize("contractive", [0.0, 0.01])
def test_training_in_the_row_space_is_training_on_the_genes(contractive):
    X, y = cohort(24, 90)
    rows = RowSpace.of(X.astype(np.float64))
    V = rows.lift(np.eye(rows.rank))
    settings = MultitaskAutoencoder(widths=(7,), code=3, decoder=(5,))
    model = MultitaskClassifier(contractive=contractive)
    codes = model._learn_labels({name: y[name].to_numpy() for name in y})
    objective = model._objective(codes, torch.device("cpu"))
    narrow = settings.build(rows.rank, 5, torch.Generator().manual_seed(0), fan_in=1000).double()
    wide = settings.build(90, 5, None, fan_in=1000).double()
    state = {name: value.clone() for name, value in narrow.state_dict().items()}
    state["encoder.0.dense.weight"] = state["encoder.0.dense.weight"] @ torch.tensor(V.T)
    for name in ("last.weight", "last.bias"):
        state[name] = torch.tensor(V) @ state[name]
    wide.load_state_dict(state)
    training = Training(epochs=5, patience=None, batch_size=8)
    values = {"narrow": torch.tensor(rows.Z), "wide": torch.tensor(X - rows.mean)}
    for module, inputs in ((narrow, values["narrow"]), (wide, values["wide"])):
        data = [inputs, torch.tensor(codes)]
        Fit(module, data, objective, training, seeds=Seeds(0)).run()
    with torch.no_grad():
        torch.testing.assert_close(narrow(values["narrow"]), wide(values["wide"]))
        rebuilt = narrow.decode(narrow.encode(values["narrow"])) @ torch.tensor(V.T)
        torch.testing.assert_close(rebuilt, wide.decode(wide.encode(values["wide"])))


@pytest.mark.parametrize("input_norm", [False, True])
def test_what_is_stored_takes_and_gives_genes(input_norm):
    X, _ = cohort(30, 40)
    network = MultitaskAutoencoder(widths=(6,), code=3, input_norm=input_norm)
    seen = view(X, network, Training(optimizer="nadam"), "auto")
    module = network.build(40, 5, torch.Generator().manual_seed(0), fan_in=1000)
    module.train()(torch.tensor(seen.values))  # moves the running statistics
    module.eval()
    stored = {f"0.{name}": value for name, value in on_genes(module, seen).items()}
    (again,) = rebuild(network, stored, 40, 5)
    with torch.no_grad():
        values, centred = torch.tensor(seen.values), torch.tensor(X - seen.center)
        torch.testing.assert_close(again(centred), module(values).double(), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(
            again.decode(again.encode(centred)) * seen.scale,
            module.decode(module.encode(values)).double(),
            rtol=1e-4,
            atol=1e-3,
        )


def test_the_decoder_gives_back_what_the_code_holds():
    rng = np.random.default_rng(0)
    loadings, factors = rng.normal(size=(3, 80)), rng.normal(size=(150, 3))
    X = (factors @ loadings + 0.2 * rng.normal(size=(150, 80))).astype(np.float32)
    y = pd.DataFrame({"a": factors[:, 0] > 0, "b": factors[:, 1] > 0}).astype(str)
    model = MultitaskClassifier(**SMALL, reconstruction=1.0).fit(X[:100], y[:100])
    new = X[100:]
    rebuilt = model.inverse_transform(model.transform(new))
    missed = np.square(rebuilt - new).sum() / np.square(new - X[:100].mean(axis=0)).sum()
    assert missed < 0.4


def test_permuted_labels_give_chance():
    X, y = cohort(120)
    new, truth = cohort(120, seed=1)
    shuffled = y.sample(frac=1, random_state=0).set_axis(y.index)
    predicted = MultitaskClassifier(**SMALL).fit(X, shuffled).predict(new)
    assert (predicted["tissue"] == truth["tissue"].to_numpy()).mean() < 0.55
    assert (predicted["condition"] == truth["condition"].to_numpy()).mean() < 0.68


def test_one_target_or_an_array_come_back_as_they_were():
    X, y = cohort()
    one = MultitaskClassifier(**SMALL).fit(X, y["tissue"])
    assert one.predict(X).shape == (60,)
    assert one.predict_proba(X).shape == (60, 3)
    mixed = np.column_stack([y["tissue"].to_numpy(object), np.arange(60) // 3 % 2])
    several = MultitaskClassifier(**SMALL).fit(X, mixed)
    predicted = several.predict(X)
    assert predicted.dtype == object
    assert predicted[0].tolist() == ["colon", 0]
    frame = pd.DataFrame(X, index=y.index, columns=[f"G{i}" for i in range(150)])
    assert MultitaskClassifier(**SMALL).fit(frame, y).predict(frame).index.equals(y.index)


def test_a_missing_label_is_named_in_one_sentence():
    X, y = cohort()
    y.loc["s4", "condition"] = None
    with pytest.raises(SampleError, match=r"'condition' has no label for 1 of 60 samples \('s4'"):
        MultitaskClassifier(**SMALL).fit(X, y)
    with pytest.raises(SampleError, match="'condition' has no label"):
        MultitaskClassifier(**SMALL).fit_rows(RowSpace.of(X), y)


def test_a_target_of_one_class_is_named():
    X, y = cohort()
    y["condition"] = "normal"
    with pytest.raises(SampleError, match="the target 'condition' had one class only: 'normal'"):
        MultitaskClassifier(**SMALL).fit(X, y)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"loss": "hinge"}, "'loss' parameter"),
        ({"reconstruction": -1}, "'reconstruction' parameter"),
        ({"contractive": "much"}, "'contractive' parameter"),
        ({"target_weights": (1.0,)}, "'target_weights' parameter"),
        ({"target_weights": {"tissue": 1.0, "sex": 1.0}}, "'target_weights' parameter"),
        ({"network": bw.networks.MLP()}, "'network' parameter"),
        ({"training": "fast"}, "'training' parameter"),
    ],
    ids=str,
)
def test_bad_settings_are_named(settings, said):
    X, y = cohort()
    with pytest.raises(InputError, match=said):
        MultitaskClassifier(**{**SMALL, **settings}).fit(X, y)


def test_targets_of_one_name_are_refused():
    X, y = cohort()
    with pytest.raises(InputError, match="names of their own"):
        MultitaskClassifier(**SMALL).fit(X, y.set_axis(["a", "a"], axis=1))


def test_a_bundle_holds_all_targets(tmp_path):
    X, y = cohort()
    made = anndata.AnnData(
        X=X, obs=y, var=pd.DataFrame(index=[f"G{i}" for i in range(150)]), uns={"unit": "log2"}
    )
    model = make_pipeline(bw.preprocess.Standardize(), MultitaskClassifier(**SMALL))
    model.fit(pd.DataFrame(X, columns=made.var_names), y)
    path = bw.save(model, tmp_path / "both.zip", cohort=made, target=("tissue", "condition"))
    loaded = bw.load(path)
    assert loaded.targets == {
        "tissue": ("colon", "kidney", "liver"),
        "condition": ("normal", "tumour"),
    }
    np.testing.assert_array_equal(
        loaded.model.transform(made.to_df()), model.transform(made.to_df())
    )
    new, truth = cohort(30, seed=2)
    fresh = anndata.AnnData(X=new, obs=truth.set_axis([f"n{i}" for i in range(30)]), var=made.var)
    table = bw.predict(loaded, fresh, unit="log2", abstain_below=0)
    np.testing.assert_array_equal(
        table[["predicted(tissue)", "predicted(condition)"]].to_numpy(),
        model.predict(pd.DataFrame(new, columns=made.var_names)).to_numpy(),
    )
    assert "p(condition: tumour)" in table.columns
