"""Make the golden bundles: ``python tests/bundle/make_golden.py``.

Run it once for each new format, or for a new class; never to make a failing test pass. Old
golden bundles stay, so that old formats stay readable.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from bulkwise import bundle, models, networks, preprocess, training

GOLDEN = Path(__file__).parent / "golden"


def pipelines() -> dict[str, Any]:
    return {
        "logistic": make_pipeline(
            SelectKBest(k=6), StandardScaler(), PCA(3, random_state=0), LogisticRegression()
        ),
        "linear_svc": make_pipeline(preprocess.Log1p(), LinearSVC(random_state=0)),
        "discriminant": make_pipeline(preprocess.Log1p(), LinearDiscriminantAnalysis()),
        "bayes": make_pipeline(preprocess.Log1p(), GaussianNB()),
        "ridge": make_pipeline(preprocess.Log1p(), RidgeClassifier()),
        "dummy": make_pipeline(DummyClassifier(strategy="prior")),
        "neighbors": make_pipeline(preprocess.MaxScale(), KNeighborsClassifier(3)),
        "row_space": make_pipeline(
            preprocess.ExpressionFilter(),
            preprocess.Log1p(),
            preprocess.VarianceFilter(k=7),
            preprocess.TTestSelection(k=5),
            preprocess.Standardize(),
            models.RowSpaceLogistic(Cs=4, folds=2),
        ),
        "row_space_neighbors": make_pipeline(
            preprocess.LogCPM(tmm=True), models.NeighborsClassifier(ks=3)
        ),
        "linear_svm": make_pipeline(preprocess.Log1p(), models.KernelSVC(Cs=3, folds=2)),
        "rbf_svm": make_pipeline(
            preprocess.Log1p(), models.KernelSVC(kernel="rbf", Cs=2, gammas=(0.5, 1.0), folds=2)
        ),
        "lasso": make_pipeline(preprocess.Log1p(), models.LassoLogistic(penalties=4, folds=2)),
        "mlp": make_pipeline(
            preprocess.Log1p(),
            models.ExpressionClassifier(
                network=networks.MLP(widths=(6, 4), dropout=0.1, batch_norm=True),
                training=training.Training(epochs=5, patience=2),
                device="cpu",
                random_state=0,
            ),
        ),
        "deepcme": make_pipeline(
            preprocess.Log1p(),
            models.ExpressionClassifier(
                network=networks.DeepCME(widths=(6, 4), penalty="gene"),
                training=training.Training(
                    optimizer="adam", learning_rate=0.01, l1=0.05, epochs=5, patience=2
                ),
                class_weight={"kidney": 1.0, "liver": 3.0, "lung": 1.0},
                members=1,
                device="cpu",
                random_state=0,
            ),
        ),
        "selection": make_pipeline(
            preprocess.Log1p(),
            models.StabilitySelection(k=5, n_pairs=5, random_state=0),
            models.RandomPanel(k=3, random_state=0),
            LogisticRegression(),
        ),
        "multitask": make_pipeline(
            preprocess.Log1p(),
            models.MultitaskClassifier(
                network=networks.MultitaskAutoencoder(
                    widths=(6,), code=3, decoder=(4,), dropout=0.1, noise=0.1, input_norm=True
                ),
                training=training.Training(epochs=5, patience=2),
                device="cpu",
                random_state=0,
            ),
        ),
        "transfer": make_pipeline(
            preprocess.Log1p(),
            models.TransferClassifier(
                source=FrozenEstimator(transfer_source()),
                freeze=1,
                training=training.Training(epochs=5, patience=2),
                device="cpu",
                random_state=0,
            ),
        ),
        "denoising": make_pipeline(
            preprocess.Log1p(),
            models.DenoisingAutoencoder(
                network=networks.MLP(widths=(4,)),
                training=training.Training(epochs=3, patience=2),
                device="cpu",
                random_state=0,
            ),
            LogisticRegression(),
        ),
        "quantile": make_pipeline(preprocess.QuantileNormalize(), GaussianNB()),
    }


def transfer_source() -> models.ExpressionClassifier:
    """A network that tells two of the cohort's tissues from the third."""
    made_of = cohort()
    return models.ExpressionClassifier(
        network=networks.MLP(widths=(5,)),
        training=training.Training(epochs=4, patience=None),
        members=1,
        device="cpu",
        random_state=1,
    ).fit(np.log2(made_of.X + 1), made_of.obs["tissue"].to_numpy() == "liver")


def inferers() -> dict[str, Any]:
    """Models that infer the last three genes of the cohort from the others."""
    network = networks.EncodedTargets(widths=(5,), code=2, encoder_widths=(4,))
    short = training.Training(learning_rate=0.5, epochs=5, patience=2)
    return {
        "infer_kernels": make_pipeline(
            preprocess.Log1p(), preprocess.RidgeFill(), models.ExpressionInference()
        ),
        "infer_ridge": make_pipeline(preprocess.Log1p(), models.RidgeInference()),
        "infer_network": make_pipeline(
            preprocess.Log1p(),
            models.NetworkInference(
                network=network, training=short, members=2, device="cpu", random_state=0
            ),
        ),
    }


def cohort(unit: str = "fpkm") -> AnnData:
    rng = np.random.default_rng(20)
    tissue = np.array(["kidney", "liver", "lung"])[np.arange(18) % 3]
    logs = 4 + rng.normal(size=(3, 8))[np.arange(18) % 3] + 0.3 * rng.normal(size=(18, 8))
    return AnnData(
        X=np.round(np.exp2(logs)).astype(np.float32),
        obs=pd.DataFrame({"tissue": tissue}, index=[f"s{i}" for i in range(18)]),
        var=pd.DataFrame(index=[f"G{j}" for j in range(8)]),
        uns={"unit": unit},
    )


def scores(model: Any, X: Any) -> list[list[float]]:
    final = model.steps[-1][1]
    methods = ("predict_proba", "decision_function", "predict")
    method = next(method for method in methods if hasattr(final, method))
    return np.asarray(getattr(model, method)(X), dtype=float).tolist()


def cohort_models() -> dict[str, tuple[str, Any]]:
    """Name -> task and estimator of the models that take a cohort."""
    return {
        "translator": (
            "translate",
            models.ExpressionTranslator(tissue="tissue", pairs="patient", floor=0.5),
        ),
        "transferor": (
            "translate",
            models.ExpressionTransferor(
                network=networks.Transferor(widths=(6,), code=3, decoder=()),
                training=training.Training(learning_rate=0.002, epochs=3, patience=None),
                device="cpu",
                random_state=0,
            ),
        ),
        "direction": (
            "direction",
            models.DirectionModel(
                network=networks.SwapMLP(widths=(4,)),
                training=training.Training(optimizer="adamw", epochs=2, patience=None),
                draws=2,
                sizes=(2, 3),
                alpha=1.0,
                members=1,
                random_state=0,
            ),
        ),
        "gene_direction": (
            "direction",
            models.GeneDirectionClassifier(
                network=networks.GeneCNN(channels=(2,) * 8, widths=(4,) * 4),
                training=training.Training(optimizer="adam", epochs=2, patience=None),
                tuning=training.Training(optimizer="adam", epochs=2, patience=None),
                random_state=0,
            ),
        ),
    }


def pairs() -> AnnData:
    """Nine patients with both conditions in three tissues."""
    made = cohort("log2_tpm")
    made.X = np.log2(made.X + 1)
    made.obs["condition"] = ["normal"] * 9 + ["tumour"] * 9
    made.obs["patient"] = [f"P{i}" for i in range(9)] * 2
    made.obs["tissue"] = made.obs["tissue"].to_numpy()[np.tile(np.arange(9), 2)]
    rises = made.X[9:].mean(axis=0) > made.X[:9].mean(axis=0)
    made.var["direction"] = np.where(rises, "up", "down")
    made.var["validated"] = np.arange(8) < 6
    return made


def cohort_scores(model: Any) -> list[list[float]]:
    said = model.predict(pairs())
    values = said.X if hasattr(said, "X") else said[["down", "neutral", "up"]].to_numpy()
    return np.asarray(values, dtype=float).tolist()


def make_cohort_models() -> None:
    expected = {}
    for name, (task, model) in cohort_models().items():
        if (GOLDEN / f"{name}.zip").exists():
            continue
        model.fit(pairs())
        bundle.save(
            model, GOLDEN / f"{name}.zip", cohort=pairs(), task=task, allow_training_data=True
        )
        expected[name] = cohort_scores(model)
    path = GOLDEN / "expected_of_cohorts.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | expected, indent=1) + "\n")


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    make_cohort_models()
    expected = {}
    for name, model in pipelines().items():
        if (GOLDEN / f"{name}.zip").exists():
            continue
        made_on = cohort("counts" if "LogCPM" in repr(model) else "fpkm")
        frame = pd.DataFrame(made_on.X, columns=made_on.var_names)
        model.fit(frame, made_on.obs["tissue"].to_numpy())
        bundle.save(
            model,
            GOLDEN / f"{name}.zip",
            cohort=made_on,
            target="tissue",
            allow_training_data=True,
        )
        expected[name] = scores(model, frame)
    for name, model in inferers().items():
        if (GOLDEN / f"{name}.zip").exists():
            continue
        made_on = cohort()
        frame = pd.DataFrame(made_on.X, columns=made_on.var_names)
        model.fit(frame.iloc[:, :-3], np.log2(frame.iloc[:, -3:] + 1))
        path = GOLDEN / f"{name}.zip"
        bundle.save(model, path, cohort=made_on, task="infer", allow_training_data=True)
        expected[name] = scores(model, frame.iloc[:, :-3])
    path = GOLDEN / "expected.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
