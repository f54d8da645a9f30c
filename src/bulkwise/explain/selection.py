"""The conductor of this room: from a cohort to a list of genes that can be defended.

Genes that are hardly expressed are left out, the rest is ranked by how often it returns in halves
of the patients. Beside the rank stand the network's score with its null, the size and direction
of the difference, and the genes that could stand in the place of each. What a panel of the first
k genes is worth is measured with the selection inside each fold.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bulkwise import recipes
from bulkwise.errors import InputError
from bulkwise.evaluation.base import Inputs
from bulkwise.evaluation.inputs import open_inputs
from bulkwise.explain.expression import left_out_finding, preparation
from bulkwise.explain.gene_scores import GeneScores, repeated_scores
from bulkwise.explain.panel import judge_panel, panel_models
from bulkwise.explain.redundancy import GeneGroup, correlated_groups
from bulkwise.explain.stability import expected_false as false_at
from bulkwise.explain.stability import stability_curve, stability_findings
from bulkwise.models.selection import METHODS, StabilitySelection
from bulkwise.randomness import Seeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anndata import AnnData
    from sklearn.pipeline import Pipeline

    from bulkwise.checks.base import Finding
    from bulkwise.evaluation import Evaluation

__all__ = ["SelectedGenes", "select_genes"]

_CLOSE = 0.7  # correlation of genes that could stand for one another
_MOST_GROUPED = 200  # genes


@dataclass(frozen=True, eq=False)
class SelectedGenes:
    """A ranked list of genes, and what speaks for and against it.

    Attributes
    ----------
    table
        A row a gene that was expressed, best first: ``rank``, ``gene``, ``panel`` (among the
        first k), ``stable``, ``frequency`` (share of halves that picked it), ``expected_false``
        (bound on the false genes among those as frequent or more), ``score``, ``score_sd``,
        ``p_value``, ``p_family`` (see :class:`GeneScores`), ``f`` (squared t for two classes),
        ``class`` (the one that stands out; the second of two), ``direction`` (up or down there),
        ``difference`` (of that class's mean from the mean of the others', on the log2 scale or
        that of the cohort), ``group`` (number of its group of correlated genes; 0 for genes that
        are neither in the panel nor stable) and ``correlates`` (other genes of its group).
    attributions
        Genes (in the order of ``table``) x classes: the scores by the class whose log-odds the
        network's attributions explain, averaged over the fits; their mean is ``score``.
    groups
        Of the panel and the stable genes, by number from 1.
    curve
        See :func:`stability_curve`.
    threshold, expected_false
        The frequency of a stable gene, and the bound there.
    panel
        The evaluation of the panel beside other models, or None.
    findings
        What was assumed, and what limits the answer; the worst first.
    asked
        What was asked and how: name -> words or numbers.
    """

    table: pd.DataFrame
    attributions: pd.DataFrame
    groups: tuple[GeneGroup, ...]
    curve: pd.DataFrame
    threshold: float
    expected_false: float
    panel: Evaluation | None
    findings: tuple[Finding, ...]
    asked: dict[str, Any]

    @property
    def stable(self) -> list[str]:
        """Names of the stable genes, best first."""
        return [str(gene) for gene in self.table.loc[self.table["stable"], "gene"]]

    def document(self) -> dict[str, Any]:
        """What isn't in the table, as JSON holds it: ``models.<name>.metrics`` is the panel's."""
        genes = self.table["gene"].astype(str)
        shown = self.table["panel"] | self.table["stable"]
        names = genes[shown.to_numpy()].tolist()
        judged = {} if self.panel is None else self.panel.models
        return {
            "asked": self.asked,
            "panel": genes[self.table["panel"].to_numpy()].tolist(),
            "stable": self.stable,
            "threshold": self.threshold,
            "expected_false": self.expected_false,
            "curve": self.curve.to_dict("list"),
            "groups": [asdict(group) for group in self.groups],
            "attributions": self.attributions.loc[names].to_dict("index"),
            "models": {
                name: {"metrics": {key: asdict(one) for key, one in model.metrics.items()}}
                for name, model in judged.items()
            },
            "comparisons": []
            if self.panel is None
            else [asdict(c) for c in self.panel.comparisons],
            "findings": [finding.to_dict() for finding in self.findings],
        }


def select_genes(
    cohort: AnnData,
    *,
    target: str,
    k: int = 20,
    groups: str | None = None,
    source: str | None = None,
    method: str = "forward",
    expected_false: float = 0.5,
    least_expression: float | None = None,
    network: str = "mlp",
    repeats: int = 3,
    permutations: int = 20,
    folds: int = 5,
    random_state: int = 0,
    command: str | None = None,
) -> SelectedGenes:
    """Rank the genes that tell classes apart, and judge a panel of the first k.

    Parameters
    ----------
    cohort
        Samples x genes with the sample sheet in ``obs`` and the unit in ``uns["unit"]``. Not
        changed.
    target
        Column of the sample sheet with the classes.
    k
        Genes of the panel.
    groups, source
        Columns that name the patient and the source; see :func:`bulkwise.evaluate`.
    method, expected_false
        See :class:`bulkwise.models.StabilitySelection`.
    least_expression
        What a gene must pass to be considered; see :func:`bulkwise.explain.preparation`. 0 keeps
        all genes that are detected.
    network
        The network whose scores stand in the table: a name in ``bulkwise.recipes.CLASSIFIERS``.
    repeats, permutations
        Fits for the scores, on the labels as they are and on permuted ones.
    folds
        Of the panel's evaluation, patients apart; 0 leaves it out.
    random_state
        Seed.
    command
        What was typed to start this, for the record.

    Raises
    ------
    SampleError
        If columns or labels are missing, there is one class only, or too few patients.
    GeneError
        If no gene is expressed.
    InputError
        If the cohort can't be used as it is, or an option isn't known.
    """
    started, seeds = time.perf_counter(), Seeds(random_state)
    inputs = open_inputs(cohort, target=target, groups=groups, source=source, holdout_by=None)
    steps = preparation(inputs.unit, inputs.counts(), least_expression)
    values, genes = _prepared(inputs, steps)
    if not 1 <= k <= len(genes):
        raise InputError(f"A panel holds 1 to {len(genes)} genes, all that are expressed; got {k}.")
    selector = StabilitySelection(
        k=k, method=method, expected_false=expected_false, random_state=seeds.sklearn("halves")
    ).fit(values, inputs.labels, groups=inputs.groups)
    scores = repeated_scores(
        recipes.classifier(inputs.unit, network=network)[-1],
        values,
        inputs.labels,
        groups=inputs.groups,
        within=inputs.sources,
        repeats=repeats,
        permutations=permutations,
        random_state=seeds.sklearn("scores"),
    )
    shown = [int(g) for g in selector.order_ if selector.support_[g] or selector.stable[g]]
    close = correlated_groups(values, inputs.codes, shown[:_MOST_GROUPED], genes, least=_CLOSE)
    panel = None
    if folds:
        seed = seeds.sklearn("panel")
        panel = judge_panel(
            cohort,
            panel_models(steps, inputs.unit, k=k, method=method, network=network, seed=seed),
            target=target,
            groups=groups,
            source=source,
            folds=folds,
            random_state=random_state,
            command=command,
        )
    about = inputs.findings if panel is None else panel.findings
    said = [
        *stability_findings(selector, genes),
        left_out_finding(steps, inputs.unit, inputs.genes),
        # no-permutations would be about the panel; the scores have labels permuted of their own
        *(one for one in about if one.code != "no-permutations"),
    ]
    how = {
        "network": network,
        "repeats": repeats,
        "permutations": permutations,
        "seed": random_state,
        "command": command,
        "seconds": time.perf_counter() - started,
    }
    return SelectedGenes(
        table=_table(inputs, values, steps[-1].scale_, genes, selector, scores, close),
        attributions=pd.DataFrame(
            scores.by_class.T[selector.order_],
            index=[genes[g] for g in selector.order_],
            columns=list(inputs.classes),
        ),
        groups=tuple(close),
        curve=stability_curve(selector),
        threshold=selector.threshold_,
        expected_false=selector.expected_false_,
        panel=panel,
        findings=_once(said),
        asked=_asked(inputs, len(genes), selector) | how,
    )


def _prepared(inputs: Inputs, steps: Pipeline) -> tuple[NDArray[Any], list[str]]:
    """The whole cohort behind its preprocessing, and the genes that are left."""
    frame = pd.DataFrame(inputs.X, columns=list(inputs.genes), copy=False)
    values = np.asarray(steps.fit_transform(frame))
    return values, [str(name) for name in steps.get_feature_names_out()]


def _asked(inputs: Inputs, n_expressed: int, selector: StabilitySelection) -> dict[str, Any]:
    """What was asked of which data."""
    return {
        "cohort": inputs.name,
        "target": inputs.target,
        "unit": inputs.unit,
        "classes": inputs.counts(),
        "samples": len(inputs.samples),
        "patients": inputs.n_groups,
        "groups": inputs.group_column,
        "genes": len(inputs.genes),
        "expressed": n_expressed,
        "k": selector.k,
        "method": METHODS[selector.method],
        "halves": 2 * selector.n_pairs,
        "picked": selector.n_picked_,
        "close": _CLOSE,
    }


def _table(
    inputs: Inputs,
    values: NDArray[Any],
    scale: NDArray[np.float64],
    genes: Sequence[str],
    selector: StabilitySelection,
    scores: GeneScores,
    close: Sequence[GeneGroup],
) -> pd.DataFrame:
    """A row a gene, best first."""
    place, difference = _differences(values, inputs.codes)
    group = {gene: number for number, one in enumerate(close, 1) for gene in one.chosen}
    order = selector.order_
    names = np.array(genes, dtype=object)[order]
    numbers = [group.get(gene, 0) for gene in names]
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(genes) + 1),
            "gene": names,
            "panel": selector.support_[order],
            "stable": selector.stable[order],
            "frequency": selector.frequencies_[order],
            "expected_false": false_at(selector)[order],
            "score": scores.mean[order],
            "score_sd": scores.sd[order],
            "p_value": scores.p_value[order],
            "p_family": scores.p_family[order],
            "f": selector.f_[order],
            "class": np.array(inputs.classes, dtype=object)[place][order],
            "direction": np.where(difference < 0, "down", "up")[order],
            "difference": (difference * scale)[order],
            "group": numbers,
            "correlates": [
                _correlates(close[number - 1], gene) if number else ""
                for gene, number in zip(names, numbers, strict=True)
            ],
        }
    )


def _correlates(group: GeneGroup, gene: str) -> str:
    return " ".join(name for name in (*group.chosen, *group.others) if name != gene)


def _differences(
    values: NDArray[Any], codes: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The class that stands out most (the second of two), and how far from the others' mean."""
    n_classes = int(codes.max()) + 1
    means = np.array([values[codes == k].mean(axis=0, dtype=np.float64) for k in range(n_classes)])
    apart = (means - means.mean(axis=0)) * n_classes / (n_classes - 1)
    place = np.ones(values.shape[1], np.intp) if n_classes == 2 else np.abs(apart).argmax(axis=0)
    return place, apart[place, np.arange(values.shape[1])]


def _once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The worst first, each once."""
    order = ("error", "warning", "note")
    return tuple(sorted(dict.fromkeys(findings), key=lambda one: order.index(one.level)))
