"""Classifiers by name: the declared preprocessing of a unit and an estimator behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bulkwise.randomness import RandomState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anndata import AnnData
    from sklearn.pipeline import Pipeline

__all__ = ["CLASSIFIERS", "MULTITASK", "classifier", "deep4med", "deepcme", "fit"]

#: Networks that ``--network`` offers for classification: name -> class in ``bulkwise.networks``.
CLASSIFIERS = {
    "mlp": "MLP",
    "multitask_autoencoder": "MultitaskAutoencoder",
    "deep4med": "MultitaskAutoencoder",
    "deepcme": "DeepCME",
    "deepcme-sparse": "DeepCME",
}

#: Those of them that learn several targets at once.
MULTITASK = ("multitask_autoencoder", "deep4med")


def classifier(unit: str, *, network: str = "mlp", random_state: RandomState = 0) -> Pipeline:
    """A classifier behind the default preprocessing of a unit.

    Parameters
    ----------
    unit
        One of ``bulkwise.checks.UNITS``.
    network
        A name in :data:`CLASSIFIERS`; ``"deep4med"`` is :func:`deep4med`, ``"deepcme"`` is
        :func:`deepcme` as published, and ``"deepcme-sparse"`` the same with a penalty by gene.
    random_state
        The estimator's seed.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not fitted.

    Raises
    ------
    UnitError
        If the unit is unknown.
    """
    from sklearn.pipeline import make_pipeline

    from bulkwise import networks
    from bulkwise.models import ExpressionClassifier, MultitaskClassifier
    from bulkwise.preprocess import for_unit

    if network == "deep4med":
        return deep4med(random_state=random_state)
    if network in ("deepcme", "deepcme-sparse"):
        return deepcme(unit, published=network == "deepcme", random_state=random_state)
    if network in MULTITASK:
        return make_pipeline(
            *for_unit(unit, expressed=True), MultitaskClassifier(random_state=random_state)
        )
    settings = getattr(networks, CLASSIFIERS[network])()
    return make_pipeline(
        *for_unit(unit, expressed=True),
        ExpressionClassifier(network=settings, random_state=random_state),
    )


def deep4med(*, epochs: int = 200, random_state: RandomState = 0) -> Pipeline:
    """The classifier of DeeP4med with the settings that DeePathology published.

    Each gene is divided by its maximum over the training samples. The network is genes -> batch
    norm -> 1024 -> 256 -> code of 12 (ReLU) -> 512 -> genes, softplus elsewhere, batch norm behind
    both hidden layers, noise on the genes and dropout of 0.25; the loss is 0.001 times the mean
    squared error and 0.5 times the cosine distance of each of two heads; Nadam, batches of 64, 200
    epochs. Nothing of it can be reduced to the row space: 28 million weights for 18,000 genes,
    about an hour on one core for 900 samples.

    What differs: the decoder's error is taken relative to the genes' variance, so 0.001 becomes
    1e-5 (a gene divided by its maximum has a variance of about 0.01); the noise of 0.025 becomes
    0.25 of a gene's standard deviation for the same reason; several targets share a weight of 1.

    Parameters
    ----------
    epochs
        Passes over the samples.
    random_state
        The estimator's seed.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not fitted. It takes values that aren't logarithms, and any number of targets.
    """
    from sklearn.pipeline import make_pipeline

    from bulkwise.models import MultitaskClassifier
    from bulkwise.networks import MultitaskAutoencoder
    from bulkwise.preprocess import MaxScale
    from bulkwise.training import Training

    network = MultitaskAutoencoder(
        widths=(1024, 256),
        code=12,
        decoder=(512,),
        activation="softplus",
        code_activation="relu",
        dropout=(0.0, 0.25),
        noise=0.25,
        code_norm=False,
        input_norm=True,
    )
    training = Training(
        optimizer="nadam", batch_size=64, epochs=epochs, patience=None, weight_decay=0.0
    )
    estimator = MultitaskClassifier(
        network=network,
        training=training,
        loss="cosine",
        reconstruction=1e-5,
        balanced=False,
        random_state=random_state,
    )
    return make_pipeline(MaxScale(), estimator)


def deepcme(
    unit: str,
    *,
    published: bool = True,
    width: int = 64,
    l1: float | None = None,
    batch_size: int = 32,
    epochs: int = 500,
    random_state: RandomState = 0,
) -> Pipeline:
    """The classifier of DeepCME: three hidden layers behind an L1 penalty on the first.

    As published: Adam at 1e-4, 500 epochs, the best of them by the loss on held-back samples (a
    quarter of the training part, so that 60/20/20 comes of it), no class weights, one network, a
    penalty of 100. At that strength Adam makes all weights of the first layer about as small, and
    batch norm undoes it; see :class:`bulkwise.networks.DeepCME`.

    Parameters
    ----------
    unit
        One of ``bulkwise.checks.UNITS``; genes are standardised in the training part.
    published
        Otherwise with a penalty by gene that is met exactly, Adam at 1e-3, early stopping, and
        the average of several networks in small cohorts.
    width
        Units of each hidden layer (published: 64 and 128).
    l1
        Strength of the penalty; by default 100 as published, 0.01 by gene.
    batch_size, epochs
        Of the training.
    random_state
        The estimator's seed.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not fitted.
    """
    from sklearn.pipeline import make_pipeline

    from bulkwise.models import ExpressionClassifier
    from bulkwise.networks import DeepCME
    from bulkwise.preprocess import for_unit
    from bulkwise.training import Training

    strength = (100.0 if published else 0.01) if l1 is None else l1
    training = Training(
        optimizer="adam",
        learning_rate=1e-4 if published else 1e-3,
        weight_decay=0.0,
        l1=strength,
        batch_size=batch_size,
        epochs=epochs,
        patience=epochs if published else 40,
        validation_share=0.25,
        refit=False,
    )
    network = DeepCME(widths=(width,) * 3, penalty="published" if published else "gene")
    estimator = ExpressionClassifier(
        network=network,
        training=training,
        class_weight=None if published else "balanced",
        members=1 if published else None,
        random_state=random_state,
    )
    return make_pipeline(*for_unit(unit), estimator)


def fit(
    model: Any, cohort: AnnData, *, target: str | Sequence[str], groups: str | None = None
) -> Any:
    """Fit a model on a whole cohort, genes by name, patients kept apart inside.

    Parameters
    ----------
    model
        A classifier or a pipeline that ends in one; fitted in place.
    cohort
        Samples x genes with the sample sheet in ``obs``. Not changed.
    target
        Column of the sample sheet to learn; several for a model of several targets.
    groups
        Column that names the patient, for the inner splits of steps that ask for ``groups``; by
        default ``patient`` if there is one.

    Returns
    -------
    object
        ``model``, fitted.

    Raises
    ------
    SampleError
        If a column is missing, a label is missing for some samples, or there is one class only.
    """
    import pandas as pd

    from bulkwise.checks.labels import require_labels
    from bulkwise.recipes.base import fit_by_patient, patient_column

    targets = [target] if isinstance(target, str) else list(target)
    columns = {name: require_labels(cohort.obs, name) for name in targets}
    labels = columns[target] if isinstance(target, str) else pd.DataFrame(columns)
    frame = pd.DataFrame(cohort.X, columns=[str(gene) for gene in cohort.var_names], copy=False)
    if groups is None and "patient" not in targets:
        groups = patient_column(cohort)
    return fit_by_patient(model, frame, labels, cohort, groups)
