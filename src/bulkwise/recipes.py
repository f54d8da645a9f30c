"""Whole models by name: the declared preprocessing of a unit and an estimator behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bulkwise.randomness import RandomState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anndata import AnnData
    from sklearn.pipeline import Pipeline

__all__ = [
    "CLASSIFIERS",
    "INFERENCE",
    "MULTITASK",
    "choose_landmarks",
    "classifier",
    "deep4med",
    "deepcme",
    "fit",
    "fit_inference",
    "inference",
]

#: Networks that ``--network`` offers for classification: name -> class in ``bulkwise.networks``.
CLASSIFIERS = {
    "mlp": "MLP",
    "multitask_autoencoder": "MultitaskAutoencoder",
    "deep4med": "MultitaskAutoencoder",
    "deepcme": "DeepCME",
    "deepcme-sparse": "DeepCME",
}

#: Methods that ``--method`` offers for inference: name -> class in ``bulkwise.models``.
INFERENCE = {
    "kernels": "ExpressionInference",
    "ridge": "RidgeInference",
    "dgex": "NetworkInference",
    "egex": "NetworkInference",
}

#: Those of them that learn several targets at once.
MULTITASK = ("multitask_autoencoder", "deep4med")


_LEAST_SAMPLES = 10  # to infer genes


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
    from sklearn import config_context
    from sklearn.utils.metadata_routing import get_routing_for_object

    from bulkwise.checks.labels import require_labels

    targets = [target] if isinstance(target, str) else list(target)
    columns = {name: require_labels(cohort.obs, name) for name in targets}
    labels = columns[target] if isinstance(target, str) else pd.DataFrame(columns)
    if groups is None and "patient" in cohort.obs.columns and "patient" not in targets:
        groups = "patient"
    frame = pd.DataFrame(cohort.X, columns=[str(gene) for gene in cohort.var_names], copy=False)
    with config_context(enable_metadata_routing=True):
        asked = get_routing_for_object(model).consumes("fit", ["groups"])
        if groups is None or "groups" not in asked:
            model.fit(frame, labels)
        else:
            model.fit(frame, labels, groups=require_labels(cohort.obs, groups, what="groups"))
    return model


def inference(unit: str, *, method: str = "kernels", random_state: RandomState = 0) -> Pipeline:
    """A model that infers genes from landmark genes, behind the logarithm that a unit needs.

    Parameters
    ----------
    unit
        One of ``bulkwise.checks.UNITS``, but not counts: their depth is a sum over all genes, which
        a panel doesn't have.
    method
        A name in :data:`INFERENCE`.
    random_state
        The seed of a network.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not fitted; for :func:`fit_inference`. Its targets are on a log2 scale.

    Raises
    ------
    UnitError
        If the unit is unknown, or counts.
    InputError
        If there is no such method.
    """
    from sklearn.pipeline import make_pipeline

    from bulkwise import models, networks
    from bulkwise.checks.base import is_linear
    from bulkwise.errors import InputError, UnitError
    from bulkwise.preprocess import Log1p, RidgeFill
    from bulkwise.training import Training

    logarithm = [Log1p()] if is_linear(unit) else []
    if unit == "counts":
        raise UnitError(
            "Can't infer genes from counts: a sample's depth is a sum over all genes, and a panel "
            "of landmarks doesn't have them; give log2_cpm or tpm made from the whole count table."
        )
    if method not in INFERENCE:
        raise InputError(f"There is no method {method!r}: expected one of {', '.join(INFERENCE)}.")
    model = getattr(models, INFERENCE[method])()
    if INFERENCE[method] == "NetworkInference":
        model.set_params(random_state=random_state)
    if method == "egex":  # a linear autoencoder did better than a deep one on an inner fold
        model.set_params(
            network=networks.EncodedTargets(encoder_widths=()),
            training=Training(learning_rate=0.0032, weight_decay=2.8e-3, epochs=80),
        )
    return make_pipeline(*logarithm, RidgeFill(), model)


def choose_landmarks(cohort: AnnData, landmarks: str) -> list[str]:
    """The landmark genes of a cohort by a short name, or from a file.

    Parameters
    ----------
    cohort
        Samples x genes with ``.uns["unit"]``.
    landmarks
        ``"dgex"`` (D-GEX's 943), ``"auto:500"`` (as many, chosen from this cohort), or a file with
        a gene name a line.

    Returns
    -------
    list of str
        Names of genes that the cohort has; what it lacks of a list is said.

    Raises
    ------
    GeneError
        If it lacks more than a tenth of the list.
    InputError
        If the file can't be read, or the number isn't one.
    """
    from bulkwise.checks.base import log_values, name_some
    from bulkwise.checks.values import dense
    from bulkwise.datasets import dgex_landmarks, read_landmarks
    from bulkwise.errors import InputError
    from bulkwise.io.genes import align
    from bulkwise.progress import say
    from bulkwise.stats import choose_panel

    names = [str(gene) for gene in cohort.var_names]
    if landmarks.startswith("auto:"):
        number = landmarks.removeprefix("auto:")
        if not number.isdecimal() or int(number) < 1:
            raise InputError(f"Expected a number of genes, as in auto:500; got {landmarks!r}.")
        panel = choose_panel(log_values(dense(cohort.X), cohort.uns["unit"]), int(number))
        return [names[place] for place in panel.index]
    wanted = dgex_landmarks() if landmarks == "dgex" else read_landmarks(landmarks)
    align(cohort[:1], wanted, least_share=0.9)
    own = set(names)
    absent = [name for name in wanted if name not in own]
    if absent:
        say(
            f"{len(absent)} of the {len(wanted):,} landmarks aren't in the cohort "
            f"({name_some(absent)}); the model is made without them."
        )
    return [name for name in wanted if name in own]


def fit_inference(
    model: Pipeline,
    cohort: AnnData,
    *,
    landmarks: Sequence[str],
    targets: Sequence[str] | None = None,
    groups: str | None = None,
) -> Pipeline:
    """Fit a model of :func:`inference` on a whole cohort, genes by name.

    Parameters
    ----------
    model
        Fitted in place.
    cohort
        Samples x genes with ``.uns["unit"]``. Not changed.
    landmarks
        Genes to infer from.
    targets
        Genes to infer; all others by default.
    groups
        Column that names the patient; by default ``patient`` if there is one.

    Returns
    -------
    sklearn.pipeline.Pipeline
        ``model``, fitted.

    Raises
    ------
    GeneError
        If a gene isn't in the cohort, or is a landmark and a target.
    SampleError
        If there are fewer than 10 samples.
    """
    import pandas as pd
    from sklearn import config_context
    from sklearn.utils.metadata_routing import get_routing_for_object

    from bulkwise.checks.base import log_values, name_some, refuse
    from bulkwise.checks.labels import require_labels
    from bulkwise.checks.values import check_finite, dense
    from bulkwise.errors import GeneError, SampleError

    names = [str(gene) for gene in cohort.var_names]
    chosen = set(landmarks)
    wanted = [name for name in names if name not in chosen] if targets is None else list(targets)
    place = {name: number for number, name in enumerate(names)}
    absent = [name for name in (*landmarks, *wanted) if name not in place]
    if absent:
        raise GeneError(f"The cohort doesn't have {name_some(absent)}; name genes that it has.")
    both = [name for name in wanted if name in chosen]
    if both:
        raise GeneError(
            f"{name_some(both)} can't be landmarks and targets at once; take them out of one list."
        )
    if not wanted:
        raise GeneError("There is no gene left to infer: all genes of the cohort are landmarks.")
    if cohort.n_obs < _LEAST_SAMPLES:
        raise SampleError(
            f"Inference is learnt from {_LEAST_SAMPLES} samples at least; got {cohort.n_obs}."
        )
    X = dense(cohort.X)
    refuse(check_finite(X, names, [str(name) for name in cohort.obs_names]), GeneError)
    known = pd.DataFrame(X[:, [place[name] for name in landmarks]], columns=list(landmarks))
    logs = log_values(X[:, [place[name] for name in wanted]], cohort.uns["unit"])
    if groups is None and "patient" in cohort.obs.columns:
        groups = "patient"
    with config_context(enable_metadata_routing=True):
        asked = get_routing_for_object(model).consumes("fit", ["groups"])
        told = {"groups": require_labels(cohort.obs, groups, what="groups")} if groups else {}
        model.fit(known, pd.DataFrame(logs, columns=wanted), **(told if asked else {}))
    return model
