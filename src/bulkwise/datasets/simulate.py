"""Cohorts with known truth: what was planted stands beside the counts.

The model, on the log2 scale, for sample i of patient p in tissue t from source s::

    log2 share of gene g  =  base[g] + tissue[g, t] + tumour[g, t] (tumours only)
                             + batch[g] (the second source only) + outcome[g] (poor outcome only)
                             + patient variation[g, p] + sample variation[g, i]
    counts                ~  negative binomial(mean = depth of i x share, dispersion[g])

Genes come in modules of 20 whose patient variation is correlated. A causal gene differs between
the outcomes; the others of its module differ only as far as they are correlated with it, so that
given the causal gene they tell nothing more. Means, dispersions, depths and shares of zeros follow
those of RSEM counts of normal and tumour tissue in GTEx and TCGA.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.errors import InputError
from bulkwise.randomness import RandomState, Seeds

if TYPE_CHECKING:
    import anndata
    import pandas as pd

__all__ = ["SELECTION_BENCH", "simulate"]

Array = NDArray[Any]

_MODULE = 20  # genes
_WITHIN = 0.5  # variation between samples of a patient, relative to that between patients
_READ_ENOUGH = 1000.0
_SOURCES = ("site-1", "site-2")
_OUTCOMES = ("good", "poor")

SELECTION_BENCH: Mapping[str, Any] = MappingProxyType(
    {
        "n_samples": 200,
        "n_genes": 5000,
        "n_tissues": 1,
        "tumour_share": 0.0,
        "batch_effect": 0.0,
        "n_causal": 30,
        "causal_effect": 1.75,
        "module_correlation": 0.5,
    }
)
"""Settings of a bench for gene selection: ``simulate(**SELECTION_BENCH, random_state=seed)`` has
one tissue, one condition and no batch; 30 of 5,000 genes are causal for ``outcome``, each in a
module of its own with 19 correlated genes that aren't."""


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """The parameters of one simulation, checked."""

    n_samples: int
    n_genes: int
    n_tissues: int
    tumour_share: float
    paired_share: float
    batch_effect: float
    confounding: float
    n_causal: int
    causal_effect: float
    module_correlation: float
    depth: float

    def __post_init__(self) -> None:
        n_modules = self.n_genes // _MODULE
        for name, low, high in (
            ("n_samples", 4, np.inf),
            ("n_genes", 10 * _MODULE, np.inf),
            ("n_tissues", 1, min(self.n_genes // 50, self.n_samples)),
            ("tumour_share", 0, 1),
            ("paired_share", 0, 1),
            ("batch_effect", 0, np.inf),
            ("confounding", 0, 1),
            ("n_causal", 0, n_modules // 4),
            ("module_correlation", 0, 0.99),
            ("depth", 1, 1e6),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                expected = f"at least {low}" if high == np.inf else f"from {low} to {high}"
                raise InputError(
                    f"The simulation's {name!r} must be {expected}. Got {value!r} instead."
                )


@dataclass(frozen=True)
class _Genes:
    """What is planted, gene by gene (log2 fold changes unless said)."""

    base: Array  # log2 counts per million
    dispersion: Array
    sd: Array  # between patients, log2
    module: Array  # number
    marker_of: Array  # tissue number, -1 for none
    tissue: Array  # genes x tissues
    program: Array  # the tumour programme that all tissues share
    tumour: Array  # genes x tissues, the shared programme included
    batch: Array
    causal: Array  # bool
    outcome: Array


def simulate(
    n_samples: int = 300,
    n_genes: int = 5000,
    n_tissues: int = 4,
    *,
    tumour_share: float = 0.5,
    paired_share: float = 0.5,
    batch_effect: float = 0.4,
    confounding: float = 0.0,
    n_causal: int = 30,
    causal_effect: float = 1.5,
    module_correlation: float = 0.3,
    depth: float = 2000.0,
    random_state: RandomState = 0,
) -> anndata.AnnData:
    """Simulate a cohort of counts with known truth.

    Parameters
    ----------
    n_samples, n_genes, n_tissues
        The size. Tissues, outcomes and sources are spread evenly over the patients.
    tumour_share
        The share of samples that are tumours.
    paired_share
        The share of the rarer condition's samples that have a partner of the other condition
        from the same patient.
    batch_effect
        Standard deviation over genes of the log2 fold change between the two sources.
    confounding
        0: tumours and normals come from both sources alike. 1: all patients with a tumour come
        from the second source, all others from the first.
    n_causal
        How many genes are causal for ``outcome``; at most one a module of 20 genes, and at most
        a quarter of the modules.
    causal_effect
        How far a causal gene's mean differs between the outcomes, in standard deviations of the
        gene between patients.
    module_correlation
        Correlation of two genes of a module, between patients.
    depth
        Mean reads a gene; a sample's depth is this times ``n_genes``, give or take a quarter.
    random_state
        A seed or a generator.

    Returns
    -------
    anndata.AnnData
        Samples x genes, counts as float32, ``.uns["unit"] == "counts"``.
        ``.obs``: tissue, source, condition (normal, tumour), patient, outcome (good, poor).
        ``.var``: base_log2cpm, dispersion, patient_sd (log2), module, marker_of (a tissue or
        empty), tumour_log2fc (shared by all tissues), batch_log2fc (second source over first),
        causal, outcome_log2fc (poor over good; the causal genes and, in proportion to their
        correlation, the others of their modules). ``.varm``: tissue_log2fc
        and tumour_log2fc, genes x tissues, in the order of ``.uns["truth"]["tissues"]``.
        ``.uns["truth"]``: tissues, sources, markers, tumour_up, tumour_down, causal (names), the
        number of paired patients and the parameters.

    Raises
    ------
    InputError
        If a parameter is out of its range.

    Examples
    --------
    >>> cohort = simulate(40, 400, 2, n_causal=5)
    >>> cohort.shape, cohort.uns["unit"], int(cohort.var["causal"].sum())
    ((40, 400), 'counts', 5)
    """
    plan = _Plan(
        n_samples=n_samples,
        n_genes=n_genes,
        n_tissues=n_tissues,
        tumour_share=tumour_share,
        paired_share=paired_share,
        batch_effect=batch_effect,
        confounding=confounding,
        n_causal=n_causal,
        causal_effect=causal_effect,
        module_correlation=module_correlation,
        depth=depth,
    )
    seeds = Seeds(random_state)
    genes = _plant(plan, seeds)
    sheet = _sheet(plan, seeds.numpy("patients"))
    counts = _draw(plan, genes, sheet, seeds)
    return _label(plan, genes, sheet, counts)


def _plant(plan: _Plan, seeds: Seeds) -> _Genes:
    rng = seeds.numpy("genes")
    p, n_tissues = plan.n_genes, plan.n_tissues
    low, tail = rng.random(p) < 0.3, rng.random(p) < 0.01
    base = np.where(low, rng.normal(-4.0, 3.0, p), rng.normal(4.5, 1.9, p))
    base = np.clip(np.where(tail, rng.normal(9.5, 1.5, p), base), -9, 15)
    base -= np.log2(np.exp2(base).sum() / 1e6)
    reads = np.exp2(base) * plan.depth * p / 1e6
    dispersion = (0.02 + 1.5 / np.sqrt(reads + 1)) * np.exp(rng.normal(0, 0.4, p))
    sd = 0.4 * np.exp(rng.normal(0, 0.3, p)) * (1 + np.exp(-reads / 100))
    module = rng.permutation(p) // _MODULE
    causal, outcome = _plant_causal(plan, seeds.numpy("causal"), reads, sd, module)

    rng = seeds.numpy("programmes")
    free = np.flatnonzero(~causal & (base > 0))
    marker_of = np.full(p, -1)
    tissue = np.zeros((p, n_tissues))
    if n_tissues > 1:
        tissue = rng.normal(0, 1, (p, n_tissues)) * (rng.random((p, 1)) < 0.3)
        markers = rng.choice(free, (n_tissues, max(1, p // 200)), replace=False)
        for t, chosen in enumerate(markers):
            marker_of[chosen] = t
            tissue[chosen] = 0
            tissue[chosen, t] = rng.uniform(2, 5, len(chosen))
    free = np.flatnonzero(~causal & (base > 0) & (marker_of < 0))
    program, tumour = np.zeros(p), np.zeros((p, n_tissues))
    if plan.tumour_share > 0:
        program[_choose(rng, free, p // 20)] = _fold_changes(rng, min(p // 20, len(free)))
        for t in range(n_tissues):
            own = _choose(rng, free, p // 50)
            tumour[own, t] = _fold_changes(rng, len(own))
    return _Genes(
        base=base,
        dispersion=dispersion,
        sd=sd,
        module=module,
        marker_of=marker_of,
        tissue=tissue,
        program=program,
        tumour=tumour + program[:, None],
        batch=plan.batch_effect * seeds.numpy("batch").normal(0, 1, p),
        causal=causal,
        outcome=outcome,
    )


def _choose(rng: np.random.Generator, among: Array, n: int) -> Array:
    return rng.choice(among, min(n, len(among)), replace=False)


def _fold_changes(rng: np.random.Generator, n: int) -> Array:
    return rng.choice([-1.0, 1.0], n) * (0.5 + rng.exponential(0.8, n))


def _plant_causal(
    plan: _Plan, rng: np.random.Generator, reads: Array, sd: Array, module: Array
) -> tuple[Array, Array]:
    """One well-read gene in each of ``n_causal`` modules, and what follows for its module."""
    causal, outcome = np.zeros(plan.n_genes, bool), np.zeros(plan.n_genes)
    order = rng.permutation(np.flatnonzero(reads >= _READ_ENOUGH))
    _, first = np.unique(module[order], return_index=True)
    candidates = order[first]
    if len(candidates) < plan.n_causal:
        raise InputError(
            f"The simulation can't plant {plan.n_causal} causal genes: expected as many modules "
            f"with a gene of {_READ_ENOUGH:.0f} reads, got {len(candidates)}; raise 'depth' or "
            "'n_genes'."
        )
    for gene in _choose(rng, candidates, plan.n_causal):
        effect = plan.causal_effect * rng.choice([-1.0, 1.0])
        mates = module == module[gene]
        outcome[mates] = effect * plan.module_correlation * sd[mates]
        outcome[gene] = effect * sd[gene]
        causal[gene] = True
    return causal, outcome


def _sheet(plan: _Plan, rng: np.random.Generator) -> dict[str, Array]:
    """Patient number, tissue, second source, tumour and poor outcome of every sample."""
    n_tumours = round(plan.n_samples * plan.tumour_share)
    n_normals = plan.n_samples - n_tumours
    n_paired = round(plan.paired_share * min(n_tumours, n_normals))
    kinds = ((n_paired, (0, 1)), (n_tumours - n_paired, (1,)), (n_normals - n_paired, (0,)))
    columns: dict[str, list[Any]] = {"patient": [], "tissue": [], "source": [], "poor": []}
    tumours: list[tuple[int, ...]] = []
    for n, conditions in kinds:
        done = len(tumours)
        from_second = 0.5 + plan.confounding * (0.5 if 1 in conditions else -0.5)
        columns["tissue"] += [*rng.permutation(np.arange(done, done + n) % plan.n_tissues)]
        columns["poor"] += [*rng.permutation(np.arange(done, done + n) % 2)]
        columns["source"] += [*rng.permutation(np.arange(n) < round(n * from_second))]
        tumours += [conditions] * n
    order = rng.permutation(len(tumours))
    columns["patient"] = [*np.argsort(order)]
    rows = [(patient, tumour) for patient in order for tumour in tumours[patient]]
    index = np.array([patient for patient, _ in rows])
    sheet = {name: np.array(values)[index].astype(int) for name, values in columns.items()}
    sheet["tumour"] = np.array([tumour for _, tumour in rows])
    return sheet


def _draw(plan: _Plan, genes: _Genes, sheet: dict[str, Array], seeds: Seeds) -> Array:
    n, p = plan.n_samples, plan.n_genes
    rng = seeds.numpy("variation")
    n_patients = int(sheet["patient"].max()) + 1
    own, shared = np.sqrt(1 - plan.module_correlation), np.sqrt(plan.module_correlation)
    patients = own * rng.standard_normal((n_patients, p))
    patients += (
        shared * rng.standard_normal((n_patients, int(genes.module.max()) + 1))[:, genes.module]
    )
    logs = patients[sheet["patient"]]
    logs += _WITHIN * rng.standard_normal((n, p))
    logs *= genes.sd
    logs += genes.base + genes.tissue.T[sheet["tissue"]]
    logs += sheet["tumour"][:, None] * genes.tumour.T[sheet["tissue"]]
    logs += np.outer(sheet["source"], genes.batch)
    logs += np.outer(sheet["poor"] - 0.5, genes.outcome)
    shares = np.exp2(logs, out=logs)
    shares /= shares.sum(axis=1, keepdims=True)
    rng = seeds.numpy("reads")
    shares *= plan.depth * p * np.exp(rng.normal(0, 0.25, (n, 1)))
    shape = 1 / genes.dispersion
    shares *= rng.standard_gamma(shape, (n, p)) / shape
    counts: Array = rng.poisson(shares).astype(np.float32)
    return counts


def _frame(plan: _Plan, sheet: dict[str, Array]) -> pd.DataFrame:
    import pandas as pd

    patients = [f"P{number + 1:04d}" for number in sheet["patient"]]
    conditions = np.array(["normal", "tumour"])
    return pd.DataFrame(
        {
            "tissue": pd.Categorical(np.array(_tissues(plan))[sheet["tissue"]]),
            "source": pd.Categorical(np.array(_SOURCES)[sheet["source"]]),
            "condition": pd.Categorical(conditions[sheet["tumour"]]),
            "patient": patients,
            "outcome": pd.Categorical(np.array(_OUTCOMES)[sheet["poor"]]),
        },
        index=pd.Index(
            [f"{p}-{'NT'[t]}" for p, t in zip(patients, sheet["tumour"], strict=True)],
            name="sample",
            dtype=object,
        ),
    )


def _tissues(plan: _Plan) -> list[str]:
    return [f"tissue-{number + 1}" for number in range(plan.n_tissues)]


def _label(plan: _Plan, genes: _Genes, sheet: dict[str, Array], counts: Array) -> anndata.AnnData:
    import anndata
    import pandas as pd

    names = np.array([f"GENE{number + 1:05d}" for number in range(plan.n_genes)], dtype=object)
    tissues = _tissues(plan)
    var = pd.DataFrame(
        {
            "base_log2cpm": genes.base,
            "dispersion": genes.dispersion,
            "patient_sd": genes.sd,
            "module": genes.module,
            "marker_of": np.array([*tissues, ""], dtype=object)[genes.marker_of],
            "tumour_log2fc": genes.program,
            "batch_log2fc": genes.batch,
            "causal": genes.causal,
            "outcome_log2fc": genes.outcome,
        },
        index=pd.Index(names, dtype=object),
    )
    cohort = anndata.AnnData(counts, obs=_frame(plan, sheet), var=var)
    cohort.varm["tissue_log2fc"] = genes.tissue
    cohort.varm["tumour_log2fc"] = genes.tumour
    cohort.uns["unit"] = "counts"
    cohort.uns["cohort"] = "simulated"
    cohort.uns["truth"] = {
        "tissues": np.array(tissues, dtype=object),
        "sources": np.array(_SOURCES, dtype=object),
        "markers": {t: names[genes.marker_of == i] for i, t in enumerate(tissues)},
        "tumour_up": names[genes.program > 0],
        "tumour_down": names[genes.program < 0],
        "causal": names[genes.causal],
        "paired_patients": plan.n_samples - len(np.unique(sheet["patient"])),
        "parameters": {name: getattr(plan, name) for name in plan.__dataclass_fields__},
    }
    return cohort
