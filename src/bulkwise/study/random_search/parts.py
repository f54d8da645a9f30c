"""A cohort taken apart for a search: who trains, who chooses, who is held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.pipeline import Pipeline, make_pipeline
from threadpoolctl import threadpool_limits

from bulkwise.evaluation.base import Inputs
from bulkwise.evaluation.inputs import open_inputs
from bulkwise.models.base import View, view
from bulkwise.networks.mlp import MLP
from bulkwise.preprocess import for_unit
from bulkwise.randomness import Seeds
from bulkwise.split import inner_holdout
from bulkwise.study.base import Array, Arrays
from bulkwise.training.base import Training

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["Parts", "facts", "seen_by_networks", "shared_arrays", "split"]

_HELD = 0.2  # of the search's patients, to choose by


@dataclass(frozen=True, eq=False)
class Parts:
    """A cohort and who of it does what: indices of samples."""

    inputs: Inputs
    search: Array  # all but those held out
    train: Array  # within search
    choose: Array  # within search
    outer: Array  # held out


def split(
    cohort: AnnData, target: str, groups: str | None, holdout: float, random_state: int
) -> Parts:
    """Hold patients out, then deal the others to training and choosing, by class."""
    inputs = open_inputs(cohort, target=target, groups=groups, source=None, holdout_by=None)
    seeds = Seeds(random_state)
    inside, outer = inner_holdout(
        inputs.codes, inputs.groups, share=holdout, random_state=seeds.sklearn("holdout")
    )
    train, choose = inner_holdout(
        inputs.codes[inside],
        inputs.groups[inside],
        share=_HELD,
        random_state=seeds.sklearn("choose"),
    )
    return Parts(inputs, inside, inside[train], inside[choose], outer)


def seen_by_networks(inputs: Inputs, train: Array) -> tuple[Pipeline, View]:
    """Preprocessing fitted on samples, and these as networks see them."""
    steps = make_pipeline(*for_unit(inputs.unit))
    return steps, view(steps.fit_transform(inputs.X[train]), MLP(), Training(), "auto")


def shared_arrays(parts: Parts) -> Arrays:
    """What all units share: samples to train on, then those to choose by."""
    inputs = parts.inputs
    with threadpool_limits(1):
        steps, seen = seen_by_networks(inputs, parts.train)
        other = steps.transform(inputs.X[parts.choose])
        if seen.rows is not None:
            others = seen.rows.project(other) * seen.scale
        else:
            others = (other - seen.center) * seen.scale
    n_train, n = len(parts.train), len(parts.search)
    return {
        "values": np.concatenate([seen.values, others.astype(np.float32)]),
        "codes": inputs.codes[np.concatenate([parts.train, parts.choose])],
        "train": np.arange(n_train),
        "held": np.arange(n_train, n),
    }


def facts(parts: Parts) -> dict[str, Any]:
    """What was asked of which cohort, as plain data."""
    inputs = parts.inputs
    return {
        "cohort": inputs.name,
        "unit": inputs.unit,
        "target": inputs.target,
        "groups": inputs.group_column,
        "counts": inputs.counts(),
        "n_samples": len(inputs.samples),
        "n_genes": len(inputs.genes),
        "n_patients": inputs.n_groups,
        "n_train": len(parts.train),
        "n_choose": len(parts.choose),
        "n_held_out": len(parts.outer),
        "patients_held_out": len(np.unique(inputs.groups[parts.outer])),
    }
