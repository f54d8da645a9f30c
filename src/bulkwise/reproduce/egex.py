"""E-GEX and D-GEX: the genome from landmark genes, beside closed-form rivals and our own model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bulkwise import __version__, recipes
from bulkwise.baselines import INFERENCE_BASELINES
from bulkwise.evaluation import InferenceEvaluation, Shift, evaluate_inference
from bulkwise.models import ExpressionInference
from bulkwise.reporting.base import Notice, Page, Section, Table, Text
from bulkwise.reporting.inference.blocks import inference_blocks, sentence
from bulkwise.reproduce.base import Reproduction, differences

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["reproduce_egex"]

OURS = "kernels (ours)"
_MODELS = ("D-GEX", "E-GEX")
_LEAST_CLASS = 10  # samples of a class that is classified
_PAPER = (  # what is compared with what, the data, error lower by, in a share of genes
    ("D-GEX", "linear regression", "GEO", "15.33 %", "99.97 %"),
    ("D-GEX", "linear regression", "GTEx", "6.57 %", "81.31 %"),
    ("E-GEX", "D-GEX", "GEO", "16.64 %", "–"),
    ("E-GEX", "D-GEX", "1000 Genomes", "49.23 %", "–"),
)
_DIFFERENCES = {
    "samples": (
        "GEO microarrays (D-GEX: 111,009 profiles after near-duplicates are removed), GTEx and "
        "1000 Genomes",
        "the cohort named above, patients apart",
    ),
    "values": (
        "quantile-normalised together with the test samples",
        "log2, standardised on the training part; no joint normalisation",
    ),
    "near-duplicates": ("removed by k-means clusters", "kept on one side"),
    "D-GEX": (
        "1 to 3 hidden layers of 3,000 to 9,000 tanh units, targets on two GPUs",
        "one hidden layer of 1,000 tanh units, all targets in one model",
    ),
    "E-GEX": (
        "known to us by its abstract: a deep autoencoder and an MLP",
        "our reading: an autoencoder of the targets, a network from the landmarks to its code, "
        "trained together",
    ),
    "metric": ("mean absolute error (D-GEX); E-GEX's isn't stated", "mean absolute error"),
}


def reproduce_egex(
    cohort: AnnData,
    *,
    landmarks: str = "dgex",
    targets: Sequence[str] | None = None,
    folds: int = 2,
    networks: bool = True,
    seed: int = 0,
) -> Reproduction:
    """Judge D-GEX, E-GEX, closed-form rivals and our model on one cohort.

    Where the sample sheet has ``source`` (TCGA and GTEx) or ``condition`` (normal and tumour), the
    shifts from the first to the second are judged too.

    Parameters
    ----------
    cohort
        Samples x genes with ``.uns["unit"]``.
    landmarks
        ``"dgex"``, ``"auto:500"`` or a file. Genes chosen from the cohort have seen its test
        samples, and the page says so.
    targets
        All other genes by default.
    folds
        How many of five folds by patient to use, 1 to 5.
    networks
        Whether to train D-GEX and E-GEX, which takes most of the time.
    seed
        Of the networks and the bootstrap.
    """
    begin = time.perf_counter()
    models: dict[str, Any] = {OURS: ExpressionInference()}
    if networks:
        for name, method in zip(_MODELS, ("dgex", "egex"), strict=True):
            pipeline = recipes.inference("log2", method=method, random_state=seed)
            models[name] = pipeline.steps[-1][1]
    models |= {name: make() for name, make in INFERENCE_BASELINES.items()}
    result = evaluate_inference(
        models,
        cohort,
        landmarks=recipes.choose_landmarks(cohort, landmarks),
        targets=targets,
        ours=OURS,
        first_folds=folds,
        shifts=_shifts(cohort),
        label=_label(cohort),
        contrast=("condition", "tumour", "normal") if _has(cohort, "condition") else None,
        random_state=seed,
    )
    page = compose(result, landmarks)
    run = {"seed": seed, "seconds": round(time.perf_counter() - begin, 1), "folds": folds}
    return Reproduction(
        paper="egex", page=page, metrics=result.metrics(), summary=summary(result), run=run
    )


def summary(result: InferenceEvaluation) -> str:
    """The table for the terminal."""
    wide = max(map(len, result.scenarios[0].models))
    lines = [" " * wide + "".join(f"  {one.name:>16}" for one in result.scenarios)]
    for name in result.scenarios[0].models:
        values = (one.models[name].mae.value for one in result.scenarios)
        lines.append(f"{name:<{wide}}" + "".join(f"  {value:16.4f}" for value in values))
    return "\n".join(["mean absolute error, standard deviations of the gene", *lines])


def compose(result: InferenceEvaluation, landmarks: str) -> Page:
    """The report."""
    warnings = []
    if result.unit.endswith("_harmonised"):
        text = (
            "The matrix was corrected over all samples before it was published, test samples "
            "included, so every figure here is better than it would be on values as measured."
        )
        warnings.append(Notice("warning", text))
    if landmarks.startswith("auto:"):
        text = "The landmarks were chosen on all samples, test samples included."
        warnings.append(Notice("warning", text))
    rival = "D-GEX" if "D-GEX" in result.scenarios[0].models else "ridge"
    return Page(
        title="From landmark genes to the genome: E-GEX, D-GEX and rivals",
        question=f"How well are {len(result.genes):,} genes inferred from {result.n_landmarks:,} "
        f"landmarks in {result.cohort or 'this cohort'} ({result.unit})?",
        warnings=warnings,
        answer=[Text(sentence(result), strong=True), Text(_beside_paper(result))],
        sections=[
            *inference_blocks(result, rival),
            Section("The papers", [_papers(result), differences(_DIFFERENCES)]),
        ],
        version=__version__,
    )


def _gain(result: InferenceEvaluation, model: str, rival: str) -> tuple[float, float] | None:
    """By which share a model's error is lower than a rival's, and in which share of the genes."""
    errors = {name: one.mae.value for name, one in result.scenarios[0].models.items()}
    if model not in errors or rival not in errors:
        return None
    own, other = (result.genes[f"error({name})"].to_numpy() for name in (model, rival))
    return 1 - errors[model] / errors[rival], float((own < other).mean())


def _papers(result: InferenceEvaluation) -> Table:
    rows: list[tuple[str, ...]] = []
    for model, rival, data, lower, share in _PAPER:
        found = _gain(result, model, rival if rival in _MODELS else "ridge")
        here = ("–", "–") if found is None else (f"{found[0]:+.1%}", f"{found[1]:.1%}")
        rows.append((f"{model} against {rival}", data, lower, share, *here))
    for model, rival in ((OURS, "D-GEX"), (OURS, "E-GEX"), (OURS, "ridge")):
        found = _gain(result, model, rival)
        if found is not None:
            here = (f"{found[0]:+.1%}", f"{found[1]:.1%}")
            rows.append((f"{model} against {rival}", "–", "–", "–", *here))
    return Table(
        title="What the papers print, and what is found here",
        columns=(
            "",
            "data of the paper",
            "error lower by",
            "in a share of genes",
            "here: lower by",
            "here: share of genes",
        ),
        rows=rows,
        caption="Printed: Chen et al. 2016 (D-GEX); the abstract of E-GEX. Here: within the "
        "cohort; ridge with a penalty for each gene stands for linear regression, which has no "
        "single answer with fewer samples than landmarks. Below 0: the error is higher.",
    )


def _beside_paper(result: InferenceEvaluation) -> str:
    gains = _gain(result, "E-GEX", "D-GEX"), _gain(result, "D-GEX", "ridge")
    if gains[0] is None or gains[1] is None:
        return "D-GEX and E-GEX weren't trained."
    egex, dgex = gains[0][0], gains[1][0]
    return (
        f"E-GEX's error is {abs(egex):.1%} {'lower' if egex > 0 else 'higher'} than D-GEX's here "
        f"(16.64 % lower in its abstract); D-GEX's is {abs(dgex):.1%} "
        f"{'lower' if dgex > 0 else 'higher'} than that of ridge regression with a penalty for "
        "each gene."
    )


def _has(cohort: AnnData, column: str) -> bool:
    wanted = {"source": {"TCGA", "GTEx"}, "condition": {"normal", "tumour"}}[column]
    return column in cohort.obs.columns and wanted <= set(map(str, cohort.obs[column]))


def _shifts(cohort: AnnData) -> list[Shift]:
    shifts = []
    if _has(cohort, "source"):
        shifts.append(Shift("TCGA → GTEx", "source", "TCGA", "GTEx"))
    if _has(cohort, "condition"):
        shifts.append(Shift("normal → tumour", "condition", "normal", "tumour"))
    return shifts


def _label(cohort: AnnData) -> str | None:
    if "tissue" not in cohort.obs.columns:
        return None
    sizes = cohort.obs["tissue"].astype(str).value_counts()
    return "tissue" if len(sizes) > 1 and int(sizes.min()) >= _LEAST_CLASS else None
