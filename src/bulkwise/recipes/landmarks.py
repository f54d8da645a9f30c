"""Models that infer genes, by name, and the landmark genes that they infer from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.randomness import RandomState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anndata import AnnData
    from sklearn.pipeline import Pipeline

__all__ = ["INFERENCE", "choose_landmarks", "fit_inference", "inference"]

#: Methods that ``--method`` offers for inference: name -> class in ``bulkwise.models``.
INFERENCE = {
    "kernels": "ExpressionInference",
    "ridge": "RidgeInference",
    "dgex": "NetworkInference",
    "egex": "NetworkInference",
}

_LEAST_SAMPLES = 10


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
            f"{len(absent)} of the {len(wanted):,} landmarks "
            f"{'is' if len(absent) == 1 else 'are'} not in the cohort ({name_some(absent)}); the "
            "model is made without."
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

    from bulkwise.checks.base import log_values, name_some, refuse
    from bulkwise.checks.values import check_finite, dense
    from bulkwise.errors import GeneError, SampleError
    from bulkwise.recipes.base import fit_by_patient, patient_column

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
    inferred = pd.DataFrame(logs, columns=wanted)
    return fit_by_patient(model, known, inferred, cohort, groups or patient_column(cohort))
