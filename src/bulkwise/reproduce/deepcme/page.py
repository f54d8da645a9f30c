"""The page: the paper's tables beside ours, and what they can and can't say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from bulkwise import __version__
from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.corrected import resampled_t
from bulkwise.reporting.base import (
    BLUE,
    Block,
    Code,
    Facts,
    Figure,
    Page,
    Row,
    Section,
    Table,
    Text,
    axis,
    decimal,
    interval,
    label,
    look,
    names_axis,
    p_value,
    seconds,
)
from bulkwise.reproduce.base import differences
from bulkwise.reproduce.deepcme import paper
from bulkwise.reproduce.deepcme.trials import FORMS, HONEST, PUBLISHED, SCORED, Swept, Trials

__all__ = ["TOP", "compose", "returning", "text_table"]

TOP = 30
_OWN = "deepcme-64"
_ORDER = ("deepcme-64", "deepcme-128", "deepcme-sparse", "svc", "logistic", "forest", "knn", "tree")
_ABLATION = (*paper.ABLATION, "deepcme-sparse")


def text_table(all_trials: Sequence[Trials]) -> str:
    """The table for the terminal: train, validation and test AUC, and the genes that remain."""
    lines = []
    for trials in all_trials:
        lines.append(f"{trials.name} {dict(trials.counts)}, {trials.n_test} in a test part")
        lines.append(f"  {'':<36}{'train':>7}{'valid.':>8}  {'test AUC':<24}genes")
        for protocol, runs in trials.runs.items():
            lines.append(f"  {protocol}")
            for name, run in runs.items():
                train, held, _ = run.auc.mean(axis=0)
                genes = run.genes.mean()
                kept = f"{genes:.0f} of {len(trials.gene_names)}" if np.isfinite(genes) else ""
                test = str(trials.estimate(protocol, name))
                lines.append(f"    {name:<34}{train:>7.3f}{held:>8.3f}  {test:<24}{kept}".rstrip())
    return "\n".join(lines)


def compose(
    all_trials: Sequence[Trials],
    swept: tuple[str, Mapping[str, Swept]] | None,
    run: Mapping[str, Any],
) -> Page:
    """Draw everything that was found.

    Parameters
    ----------
    all_trials
        A cohort each.
    swept
        Cohort and result of the sweep over batch size and penalty, if it was made.
    run
        Settings, seconds and command.
    """
    first = all_trials[0]
    best = max(("svc", "logistic", "forest", "knn", "tree"), key=lambda m: _test(first, m).value)
    difference, p = first.against(HONEST, _OWN, best)
    answer = (
        f"In {first.name} DeepCME as published reaches a test AUC of "
        f"{_test(first, _OWN)}, and {best}, the best of the rivals, {_test(first, best)}: a "
        f"difference of {difference} (corrected test, P {p_value(p)})."
    )
    return Page(
        title="DeepCME: metastasis of breast cancer",
        question="Does a network with an L1 penalty on its first layer predict metastasis better "
        "than simple rivals, and can its gene score be trusted?",
        answer=[Text(answer, strong=True)],
        sections=(
            Section("The paper's own table, tested", [_paper_test()]),
            *(Section(trials.name, _cohort(trials)) for trials in all_trials),
            Section("Robustness to batch size and penalty", _robustness(swept)),
            Section("Would the genes be chosen again?", [_genes(all_trials), _top(first)]),
            Section("What differs from the paper", [_differences(all_trials, run)]),
            Section("How to reproduce", _how(run)),
        ),
        version=__version__,
    )


def _test(trials: Trials, model: str) -> Estimate:
    return trials.estimate(HONEST, model)


def _words(estimate: Estimate) -> str:
    return interval(estimate.value, estimate.low, estimate.high)


def _paper_test() -> Table:
    own = np.array(paper.FOLDS[_OWN])
    n = np.ones(len(own))
    rows = []
    for name, scores in paper.FOLDS.items():
        values = np.array(scores)
        cells = [name, f"{decimal(values.mean())} ± {decimal(values.std(ddof=1))}"]
        if name == _OWN:
            rows.append((*cells, "–", "–", "–"))
            continue
        difference, p = resampled_t(own - values, paper.N_TRAIN * n, paper.N_TEST * n)
        rows.append(
            (*cells, _words(difference), p_value(p), f"{(own > values).sum()} of {len(own)}")
        )
    return Table(
        title="Test AUC as printed, ten repeats, about 5 positives in each test part",
        columns=("Model", "Mean ± sd", "DeepCME-64 less it", "P", "DeepCME ahead in"),
        rows=rows,
        caption="Differences of the paper's table 1 by the corrected resampled t-test (Nadeau and "
        "Bengio 2003): the repeats share their samples, and with 5 positives one AUC has a "
        "standard error of about 0.13.",
    )


def _cohort(trials: Trials) -> list[Block]:
    counts = ", ".join(f"{name} {number}" for name, number in trials.counts.items())
    size = f"{counts}; {trials.n_train} samples to learn from, {trials.n_test} to test."
    return [Text(size), _protocols(trials), Row((_drawn(trials), _ablation(trials)))]


def _protocols(trials: Trials) -> Table:
    rows = []
    for name in _ORDER:
        train, held, _ = trials.runs[HONEST][name].auc.mean(axis=0)
        genes = trials.runs[HONEST][name].genes.mean()
        difference, p = trials.against(HONEST, name, _OWN)
        published = paper.FOLDS.get(name)
        rows.append(
            (
                name,
                decimal(float(np.mean(published))) if published else "–",
                _words(trials.estimate(PUBLISHED, name)),
                _words(_test(trials, name)),
                decimal(train),
                decimal(held),
                "–" if name == _OWN else _words(difference),
                "–" if name == _OWN else p_value(p),
                f"{genes:.0f} of {len(trials.gene_names)}" if np.isfinite(genes) else "–",
            )
        )
    return Table(
        title="AUC, the paper's protocol beside the honest one",
        columns=(
            "Model",
            "Paper, test",
            f"Test, {PUBLISHED}",
            f"Test, {HONEST}",
            "Training",
            "Validation",
            "Less DeepCME-64",
            "P",
            "Genes that remain",
        ),
        rows=rows,
        caption=f"Means over {len(trials.runs[HONEST][_OWN].auc)} repeats with 95 % intervals and "
        "P of the corrected test. Training, validation, differences and genes are of the honest "
        "protocol. The validation part chose the epoch of the networks, so theirs is optimistic.",
    )


def _drawn(trials: Trials) -> Figure:
    names = [name for name in _ORDER if name in trials.runs[HONEST]]
    return Figure(
        title="Test AUC of each repeat",
        alt="; ".join(f"{name} {decimal(_test(trials, name).value)}" for name in names),
        traces=[
            {
                "type": "scatter",
                "mode": "markers",
                "name": label(name),
                "x": trials.runs[HONEST][name].auc[:, 2],
                "y": [row] * len(trials.runs[HONEST][name].auc),
                "marker": {"color": look(row).colour, "symbol": look(row).symbol, "size": 7},
                "hovertemplate": "%{x:.3f}",
            }
            for row, name in enumerate(names)
        ],
        layout={
            "xaxis": axis("Test AUC"),
            "yaxis": names_axis(names, range=[len(names) - 0.5, -0.5]),
            "margin": {"t": 10},
        },
        caption="Every model on the same splits; scaled in the training part.",
        height=90 + 34 * len(names),
    )


def _ablation(trials: Trials) -> Figure:
    names = list(_ABLATION)
    values = [_test(trials, name) for name in names]
    printed = [paper.ABLATION.get(name) for name in names]
    return Figure(
        title="Ablation",
        alt="; ".join(f"{n} {decimal(v.value)}" for n, v in zip(names, values, strict=True)),
        traces=[
            {
                "type": "scatter",
                "mode": "markers",
                "name": "here",
                "x": [v.value for v in values],
                "y": list(range(len(names))),
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [v.high - v.value for v in values],
                    "arrayminus": [v.value - v.low for v in values],
                },
                "marker": {"color": BLUE, "size": 9},
                "text": [_words(v) for v in values],
                "hovertemplate": "here %{text}",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "name": "the paper",
                "x": printed,
                "y": list(range(len(names))),
                "marker": {"color": look(1).colour, "symbol": "diamond-open", "size": 10},
                "hovertemplate": "the paper %{x:.3f}",
            },
        ],
        layout={
            "xaxis": axis("Test AUC"),
            "yaxis": names_axis(names, longest=40, range=[len(names) - 0.5, -0.5]),
            "margin": {"t": 10},
        },
        caption="Circles: here, with 95 % intervals; open diamonds: the paper's table 3, on its "
        "own data.",
        height=90 + 34 * len(_ORDER),
    )


def _robustness(swept: tuple[str, Mapping[str, Swept]] | None) -> list[Block]:
    if swept is None:
        return []
    name, found = swept
    words = (
        f"Mean test AUC in {name} by batch size and strength of the penalty. As published the "
        "penalty goes through Adam, which divides a gradient by its own size: past a small "
        "strength all weights shrink alike, batch norm undoes it, and no gene is dropped, so that "
        "the strength changes little. By gene, the penalty is met exactly, and genes drop out."
    )
    return [Text(words), Row(tuple(_map(found[form], form) for form in FORMS))]


def _map(swept: Swept, form: str) -> Figure:
    texts = [
        [f"{auc:.2f}<br>{genes:.0f} genes" for auc, genes in zip(*pair, strict=True)]
        for pair in zip(swept.auc, swept.genes, strict=True)
    ]
    return Figure(
        title=f"Penalty {form}",
        alt=f"Test AUC from {decimal(swept.auc.min(), 2)} to {decimal(swept.auc.max(), 2)}; genes "
        f"that remain from {swept.genes.min():.0f} to {swept.genes.max():.0f}.",
        traces=[
            {
                "type": "heatmap",
                "z": swept.auc,
                "x": list(range(len(paper.STRENGTHS))),
                "y": list(range(len(paper.BATCH_SIZES))),
                "zmin": 0.45,
                "zmax": 0.8,
                "text": texts,
                "texttemplate": "%{text}",
                "autocolorscale": False,
                "colorscale": [[0, "#f7f7f7"], [1, BLUE]],
                "colorbar": {"title": {"text": "AUC"}},
                "hovertemplate": "AUC %{z:.3f}<extra></extra>",
            }
        ],
        layout={
            "xaxis": names_axis([f"{one:g}" for one in paper.STRENGTHS], "Strength of the penalty"),
            "yaxis": names_axis([str(one) for one in paper.BATCH_SIZES], "Samples in a batch"),
            "margin": {"t": 10},
        },
        caption="In each cell the test AUC and how many genes remain in the first layer.",
        height=360,
    )


def returning(trials: Trials, model: str) -> tuple[float, float]:
    """How many of the first 30 genes two repeats share on average, and by chance."""
    scores = trials.runs[HONEST][model].scores
    if scores is None:
        return float("nan"), float("nan")
    n = min(TOP, scores.shape[1])
    tops = [set(np.argsort(-one, kind="stable")[:n].tolist()) for one in scores]
    shared = [len(a & b) for a, b in combinations(tops, 2)]
    return float(np.mean(shared)) if shared else float("nan"), n * n / scores.shape[1]


def _genes(all_trials: Sequence[Trials]) -> Table:
    rows = []
    for trials in all_trials:
        for model, kind in SCORED.items():
            shared, chance = returning(trials, model)
            rows.append((trials.name, model, kind, decimal(shared, 1), decimal(chance, 1)))
    return Table(
        title=f"Of the {TOP} genes of the largest score, how many two repeats share",
        columns=("Cohort", "Model", "Score", "Shared", "By chance"),
        rows=rows,
        words=(0, 1, 2),
        caption="deepcme: the paper's S, the sum of a gene's absolute weights in the first layer. "
        "attribution: the gene's share in what moves the predictions (integrated gradients). The "
        "training parts of two repeats share about three fifths of their samples; `bulkwise "
        "select` asks halves, which share none.",
    )


def _top(trials: Trials) -> Table:
    runs = trials.runs[HONEST]
    ranked = []
    for model in SCORED:
        scores = runs[model].scores
        mean = np.zeros(len(trials.gene_names)) if scores is None else scores.mean(axis=0)
        ranked.append([trials.gene_names[g] for g in np.argsort(-mean, kind="stable")[:TOP]])
    return Table(
        title=f"The first genes in {trials.name}, scores averaged over the repeats",
        columns=("Rank", *(f"{model}, {kind}" for model, kind in SCORED.items())),
        rows=[(str(rank), *names) for rank, names in enumerate(zip(*ranked, strict=True), 1)],
        words=(1, 2),
        folded=True,
    )


def _differences(all_trials: Sequence[Trials], run: Mapping[str, Any]) -> Table:
    cohorts = "; ".join(
        f"{t.name}: {sum(t.counts.values())} samples, {len(t.gene_names)} genes" for t in all_trials
    )
    return differences(
        {
            "Data": (
                "TCGA-BRCA (metastases by HCMDB), 1,193 samples of RNA-seq, 56,602 genes",
                cohorts,
            ),
            "Positives": (
                "23, about 5 in a test part",
                "; ".join(f"{t.name} {min(t.counts.values())}" for t in all_trials),
            ),
            "Genes": (
                "all, hardly expressed ones included",
                "chosen by those who made the subsets",
            ),
            "Endpoint": ("metastasis", "distant metastasis at any time, follow-up passed over"),
            "Values": ("log2(FPKM + 1)", "microarrays, log scale"),
            "Scaling": ("apparently before the split", "both, side by side"),
            "Samples of a patient": (
                "probably on both sides",
                "one sample a patient, so no effect",
            ),
            "Length of the rows": ("genes of variance 1", "one factor more, for all genes alike"),
            "First weights": ("PyTorch's, uniform", "normal, by the gain of ReLU"),
            "Settings": (
                "chosen by the loss on the validation parts, over penalty, batch and width",
                "those that the paper chose: penalty 100, batch 32 (64 units) or 64 (128 units)",
            ),
            "Rivals": ("settings not given", "scikit-learn's own settings"),
            "Splits": ("60/20/20, ten repeats", f"the same, {run['repeats']} repeats"),
            "Epochs": ("500, the best by the validation loss", f"{run['epochs']}, the same"),
        }
    )


def _how(run: Mapping[str, Any]) -> list[Block]:
    facts = Facts(
        (
            ("Seed", str(run["seed"])),
            ("Repeats", str(run["repeats"])),
            ("Epochs", str(run["epochs"])),
            ("Time", seconds(float(run["seconds"]))),
        )
    )
    return [facts, *([Code("Command", str(run["command"]))] if run.get("command") else [])]
