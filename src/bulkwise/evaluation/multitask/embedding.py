"""The codes of held-out samples on one plane, though each fold's network has a code of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bulkwise.evaluation.base import Inputs, Projection
from bulkwise.evaluation.multitask.fitting import FoldCodes

__all__ = ["aligned", "embeddings"]

Floats = NDArray[np.float64]

METHOD = "Code of held-out samples"
_RIDGE = 1e-3


def aligned(codes: Sequence[FoldCodes], n_samples: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Held-out codes of all folds in the space of the first fold's code.

    Two networks trained alike still name their units differently. An affine map takes each fold's
    code to the first fold's; it is fitted (ridge) on the samples that both were trained on, so the
    held-out samples that it is then used on had no part in it. A fold that shares no more training
    samples with the first than the code has units is left out (sources that were held out in turn).

    Parameters
    ----------
    codes
        Of each fold, the first first.
    n_samples
        Samples of the cohort.

    Returns
    -------
    tuple
        Samples x units (NaN for a sample without a code), and which samples have a code.
    """
    reference = codes[0]
    placed = np.full((n_samples, reference.train.shape[1]), np.nan)
    placed[reference.fold.test] = reference.test
    for one in codes[1:]:
        _, own, first = np.intersect1d(
            one.fold.train, reference.fold.train, assume_unique=True, return_indices=True
        )
        if len(own) > placed.shape[1]:
            placed[one.fold.test] = _mapped(one.train[own], reference.train[first], one.test)
    return placed, np.isfinite(placed).all(axis=1)


def _mapped(given: Floats, wanted: Floats, new: Floats) -> Floats:
    """``new`` under the affine map that takes ``given`` to ``wanted`` best."""
    center, goal = given.mean(axis=0), wanted.mean(axis=0)
    centred = given - center
    gram = centred.T @ centred
    gram += _RIDGE * max(float(np.trace(gram)), 1e-300) / len(gram) * np.eye(len(gram))
    weights = np.linalg.solve(gram, centred.T @ (wanted - goal))
    mapped: Floats = (new - center) @ weights + goal
    return mapped


def embeddings(codes: Sequence[FoldCodes], targets: dict[str, Inputs]) -> dict[str, Projection]:
    """The first two principal components of the held-out codes, once for each target's labels.

    Returns
    -------
    dict
        Target -> the plane; empty if the model has no code of two units or more.
    """
    first = next(iter(targets.values()))
    if not codes or codes[0].test.shape[1] < 2:
        return {}
    placed, there = aligned(codes, len(first.samples))
    if there.sum() < 3:
        return {}
    held = placed[there] - placed[there].mean(axis=0)
    _, s, axes = np.linalg.svd(held, full_matrices=False)
    signs = np.sign(axes[np.arange(2), np.abs(axes[:2]).argmax(axis=1)])
    points = held @ (axes[:2] * signs[:, None]).T
    shares = np.square(s) / max(float(np.square(s).sum()), 1e-300)
    names = tuple(f"PC{i + 1} of the code ({100 * shares[i]:.0f} %)" for i in range(2))
    return {
        name: Projection(
            method=METHOD,
            axes=names,
            sample=tuple(one.samples[there].tolist()),
            label=tuple(one.labels[there].tolist()),
            source=None if one.sources is None else tuple(one.sources[there].tolist()),
            x=tuple(points[:, 0].tolist()),
            y=tuple(points[:, 1].tolist()),
        )
        for name, one in targets.items()
    }
