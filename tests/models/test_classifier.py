"""The classifier: what it learns, that it is reproducible, saved in arrays, and refuses clearly."""

from __future__ import annotations

import json

import anndata
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise import progress
from bulkwise.errors import FitError, InputError, SampleError
from bulkwise.models import ExpressionClassifier
from bulkwise.networks import MLP, DeepCME
from bulkwise.training import RowSpace, Training

SMALL = {"network": MLP(widths=(16,)), "members": 1, "random_state": 0}
QUICK = Training(epochs=8)
ADAM = Training(optimizer="adam", learning_rate=0.01, l1=0.01)


def cohort(n: int = 60, p: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three tissues, told apart by ten genes each, far from the origin."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % 3
    X = rng.normal(size=(n, p)) + 6
    for code in range(3):
        X[np.ix_(codes == code, range(10 * code, 10 * code + 10))] += 2
    return X.astype(np.float32), np.array(["colon", "kidney", "liver"])[codes]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"training": Training(optimizer="adam")},
        {"training": Training(optimizer="adamw", weight_decay=0.01)},
        {"training": Training(optimizer="nadam")},
        {"training": Training(optimizer="rmsprop")},
        {"training": Training(momentum=0.0, learning_rate=0.05)},
        {"training": Training(l1=0.002)},
        {"training": Training(refit=False)},
        {"training": Training(patience=None, epochs=30)},
        {"network": MLP(widths=(16,) * 12, residual=True)},
        {"network": MLP(widths=(32, 16), dropout=0.3, input_dropout=0.1, activation="elu")},
        {"network": MLP(widths=())},
        {"reduce": False},
        {"members": 3},
        {"network": DeepCME(widths=(32, 16)), "training": ADAM},
        {"class_weight": None},
        {"class_weight": {"colon": 1, "kidney": 2, "liver": 1}},
    ],
    ids=str,
)
def test_learns_with_any_settings(settings):
    X, y = cohort()
    new, truth = cohort(seed=1)
    model = ExpressionClassifier(**{**SMALL, **settings}).fit(X, y)
    assert model.score(new, truth) > 0.9
    probabilities = model.predict_proba(new)
    assert probabilities.dtype == np.float64
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)


def test_the_reduction_is_used_where_it_is_exact_and_says_so():
    X, y = cohort()
    reduced = ExpressionClassifier(**SMALL, training=QUICK).fit(X, y)
    full = ExpressionClassifier(**SMALL, training=QUICK, reduce=False).fit(X, y)
    adam = ExpressionClassifier(**SMALL, training=Training(optimizer="adam", epochs=3)).fit(X, y)
    assert reduced.reduction_ == "row space of rank 59 instead of 200 genes"
    assert full.reduction_ == "full width: asked for"
    assert adam.reduction_.startswith("full width: adam")
    assert reduced.parameters_["0.blocks.0.dense.weight"].shape == (16, 200)


def test_rows_decomposed_before_give_the_same():
    X, y = cohort()
    rows = RowSpace.of(X)
    for settings in ({}, {"reduce": False}, {"training": Training(optimizer="adam", epochs=3)}):
        model = ExpressionClassifier(**{**SMALL, "training": QUICK, **settings})
        direct = clone(model).fit(X, y).predict_proba(X)
        np.testing.assert_array_equal(clone(model).fit_rows(rows, y).predict_proba(X), direct)


def test_the_same_seed_gives_the_same_and_global_generators_are_left_alone():
    X, y = cohort()
    states = torch.random.get_rng_state(), np.random.get_state()[1].copy()
    model = ExpressionClassifier(**SMALL, training=QUICK)
    first = clone(model).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(clone(model).fit(X, y).predict_proba(X), first)
    other = clone(model).set_params(random_state=1).fit(X, y).predict_proba(X)
    assert np.abs(other - first).max() > 1e-6
    assert torch.equal(torch.random.get_rng_state(), states[0])
    np.testing.assert_array_equal(np.random.get_state()[1], states[1])


def test_the_order_of_genes_changes_nothing():
    X, y = cohort()
    order = np.random.default_rng(2).permutation(X.shape[1])
    model = ExpressionClassifier(**SMALL, training=QUICK)
    straight = clone(model).fit(X, y)
    shuffled = clone(model).fit(X[:, order], y)
    new = cohort(seed=1)[0]
    np.testing.assert_allclose(
        shuffled.predict_proba(new[:, order]), straight.predict_proba(new), atol=1e-4
    )
    np.testing.assert_allclose(shuffled.gene_weights(), straight.gene_weights()[order], atol=1e-4)


def test_the_unit_changes_nothing():
    X, y = cohort()
    model = ExpressionClassifier(**SMALL, training=QUICK)
    expected = clone(model).fit(X, y).predict_proba(X)
    scaled = X.astype(np.float64) * 1024
    np.testing.assert_allclose(clone(model).fit(scaled, y).predict_proba(scaled), expected, 1e-3)


def test_everything_fitted_is_arrays_and_plain_data():
    X, y = cohort()
    model = ExpressionClassifier(**{**SMALL, "members": 2}, training=QUICK).fit(X, y.astype(object))
    fitted = {name: getattr(model, name) for name in type(model)._fitted}
    for value in (fitted["parameters_"] | {"c": model.classes_, "m": model.center_}).values():
        assert isinstance(value, np.ndarray)
        assert value.dtype != object
    json.dumps([fitted["history_"], fitted["n_iter_"], fitted["reduction_"]])
    again = ExpressionClassifier(**{**SMALL, "members": 2})
    for name, value in fitted.items():
        setattr(again, name, value)
    again.n_features_in_ = model.n_features_in_
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_the_module_takes_centred_genes_and_gives_log_probabilities():
    X, y = cohort()
    model = ExpressionClassifier(**{**SMALL, "members": 2}, training=QUICK).fit(X, y)
    with torch.no_grad():
        out = model.module()(torch.from_numpy(X - model.center_)).numpy()
    np.testing.assert_allclose(np.exp(out), model.predict_proba(X), rtol=1e-10)


def test_gene_weights_are_large_where_the_tissues_differ():
    X, y = cohort()
    model = ExpressionClassifier(**{**SMALL, "members": 2}).fit(X, y)
    weights = model.gene_weights()
    assert weights.shape == (200, 32)
    size = np.linalg.norm(weights, axis=1)
    assert size[:30].mean() > 2 * size[30:].mean()
    plain = ExpressionClassifier(**{**SMALL, "network": MLP(widths=(5,), batch_norm=False)})
    plain.fit(X, y)
    np.testing.assert_allclose(
        plain.gene_weights().T, plain.parameters_["0.blocks.0.dense.weight"], rtol=1e-6
    )


def test_a_penalty_drops_genes_and_says_which_remain():
    X, y = cohort()
    network = DeepCME(widths=(16,), dropout=0.0)
    settings = {**SMALL, "network": network}
    few = ExpressionClassifier(
        **settings,
        training=Training(optimizer="adam", l1=0.05, epochs=80, patience=None),
    ).fit(X, y)
    used = few.used_genes()
    assert used.shape == (200,)
    assert used[:30].sum() > 20
    assert used[30:].sum() < 20
    assert few.score(*cohort(seed=1)) > 0.9
    none = ExpressionClassifier(**settings, training=QUICK).fit(X, y)
    assert none.used_genes().all()


def test_a_model_saved_before_probabilities_undid_the_weights_is_as_it_was():
    X, y = cohort(59)
    model = ExpressionClassifier(**SMALL, training=QUICK).fit(X, y)
    weights = model.class_weight_
    expected = model.predict_proba(X) * weights
    model.class_weight_ = None
    old = model.predict_proba(X)
    np.testing.assert_allclose(old, expected / expected.sum(axis=1, keepdims=True), rtol=1e-9)
    np.testing.assert_array_equal(model.predict(X), model.classes_[old.argmax(axis=1)])


def test_the_inner_split_keeps_patients_whole_in_a_pipeline():
    """Groups reach it by metadata routing; a split by sample would see through the labels."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), 6)
    y = np.repeat(rng.integers(0, 2, size=30), 6)
    patient = rng.normal(size=(30, 300))[groups]  # told by the patient, not by the class
    X = patient + 0.1 * rng.normal(size=(180, 300))
    model = ExpressionClassifier(**SMALL, training=Training(epochs=60))
    pipeline = make_pipeline(StandardScaler(), model)
    with config_context(enable_metadata_routing=True):
        by_patient = clone(pipeline).fit(X, y, groups=groups)[-1].history_
        by_sample = clone(pipeline).fit(X, y)[-1].history_
    assert min(by_sample["validation_loss"]) < 0.1
    assert min(by_patient["validation_loss"]) > 0.4
    assert by_patient["n_held"] % 6 == 0


def test_settings_inside_settings_can_be_searched():
    X, y = cohort(30)
    search = GridSearchCV(
        ExpressionClassifier(**SMALL, training=Training(epochs=4)),
        {"network__widths": [(4,), (8, 4)], "training__learning_rate": [0.01, 0.02]},
        cv=StratifiedKFold(2),
    ).fit(X, y)
    assert set(search.best_params_) == {"network__widths", "training__learning_rate"}


def test_small_cohorts_get_several_networks():
    X, y = cohort(12, 40)
    few = ExpressionClassifier(training=Training(epochs=2), random_state=0).fit(X, y)
    assert few.temperature_.shape == (5,)
    assert len(few.history_["others"]) == 4
    many = ExpressionClassifier(training=Training(epochs=1), random_state=0)
    many.fit(*cohort(300, 40))
    assert many.temperature_.shape == (1,)


def test_a_class_with_one_sample_each_trains_without_early_stopping_and_says_so():
    said = []

    class Reporter:
        def start(self, description, total):
            return progress._SilentTask()

        def stop(self, task):
            pass

        def say(self, message):
            said.append(message)

    token = progress._reporter.set(Reporter())
    try:
        model = ExpressionClassifier(**SMALL, training=QUICK).fit(cohort(3)[0], ["a", "b", "c"])
    finally:
        progress._reporter.reset(token)
    assert model.history_["note"] == said[0]
    assert said[0].startswith("Trained through all 8 epochs")
    assert model.temperature_.tolist() == [1.0]


@pytest.mark.parametrize("n", [9, 17, 33])
def test_a_last_batch_of_one_sample_does_no_harm(n):
    X, y = cohort(n)
    training = Training(epochs=3, batch_size=8, patience=None)
    model = ExpressionClassifier(**SMALL, training=training).fit(X, y)
    assert np.isfinite(model.predict_proba(X)).all()


def test_a_broken_fit_is_resumed_to_the_bit(tmp_path, monkeypatch):
    X, y = cohort()
    settings = {**SMALL, "members": 2}
    whole = ExpressionClassifier(**settings, training=Training(epochs=30)).fit(X, y)
    model = ExpressionClassifier(**settings, training=Training(epochs=30, checkpoint=str(tmp_path)))
    saves = []
    from bulkwise.training.checkpoint import Checkpoint

    save = Checkpoint.save

    def interrupted(self, tensors, facts):
        save(self, tensors, facts)
        saves.append(facts["epoch"])
        if len(saves) in (2, 5):
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "save", interrupted)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            clone(model).fit(X, y)
        assert list(tmp_path.iterdir())
    resumed = clone(model).fit(X, y)
    assert list(tmp_path.iterdir()) == []
    assert resumed.history_ == whole.history_
    for name, value in whole.parameters_.items():
        np.testing.assert_array_equal(resumed.parameters_[name], value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"network": "mlp"}, "'network' parameter of ExpressionClassifier"),
        ({"training": {"epochs": 3}}, "'training' parameter of ExpressionClassifier"),
        ({"members": 0}, "'members' parameter of ExpressionClassifier"),
        ({"members": 2.5}, "'members' parameter of ExpressionClassifier"),
        ({"reduce": "always"}, "'reduce' parameter"),
        ({"device": "gpu"}, "device 'gpu' isn't known"),
        ({"training": Training(epochs=-1)}, "'epochs' parameter of Training"),
        ({"network": MLP(widths=(-1,))}, "'widths' parameter of MLP"),
        ({"training": Training(optimizer="adam"), "reduce": True}, "Can't reduce"),
        ({"random_state": "seed"}, "'random_state' must be"),
        ({"class_weight": "even"}, "class_weight"),
    ],
)
def test_settings_out_of_range_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        ExpressionClassifier(**{**SMALL, **settings}).fit(*cohort())


def test_one_class_is_refused():
    with pytest.raises(SampleError, match=r"at least two classes; got one class only: 'colon'"):
        ExpressionClassifier(**SMALL).fit(cohort(5)[0], ["colon"] * 5)


def test_groups_of_another_length_are_refused():
    X, y = cohort()
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ExpressionClassifier(**SMALL).fit(X, y, groups=np.arange(59))


def test_divergence_is_an_error_that_names_the_cause():
    model = ExpressionClassifier(
        network=MLP(widths=(16, 16), batch_norm=False),
        training=Training(learning_rate=1e5),
        random_state=0,
    )
    with pytest.raises(FitError, match=r"diverged in epoch .* try learning_rate=0\.01,"):
        model.fit(*cohort())
    with pytest.raises(InputError):
        ExpressionClassifier(training=Training(batch_size=1), random_state=0).fit(*cohort())


def test_genes_keep_their_names():
    X, y = cohort()
    frame = pd.DataFrame(X, columns=[f"G{i}" for i in range(X.shape[1])])
    model = ExpressionClassifier(**SMALL, training=QUICK).fit(frame, pd.Series(y))
    assert model.feature_names_in_[0] == "G0"
    assert model.predict(frame).dtype.kind == "U"
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.rename(columns={"G0": "TP53"}))


@pytest.mark.gpu
def test_on_cuda_it_learns_and_repeats_itself():
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    X, y = cohort()
    model = ExpressionClassifier(**SMALL, device="cuda")
    first = clone(model).fit(X, y)
    assert first.score(*cohort(seed=1)) > 0.9
    np.testing.assert_array_equal(clone(model).fit(X, y).predict_proba(X), first.predict_proba(X))


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "label", "least"),
    [("gtex_26_tissues.h5ad", "tissue", 0.94), ("tcga_lusc_unbalanced.h5ad", "condition", 0.97)],
)
def test_real_tissues_and_tumours_are_told_apart(data_folder, file, label, least):
    data = anndata.read_h5ad(data_folder / file)
    X, y = np.asarray(data.X), data.obs[label].astype(str).to_numpy()
    folds = StratifiedKFold(5, shuffle=True, random_state=0).split(X, y)
    train, test = next(folds)
    model = make_pipeline(StandardScaler(), ExpressionClassifier(random_state=0))
    model.fit(X[train], y[train])
    assert model.score(X[test], y[test]) >= least
    loss = -np.log(
        model.predict_proba(X[test])[np.arange(len(test)), np.searchsorted(model.classes_, y[test])]
    )
    assert loss.mean() < 0.25
