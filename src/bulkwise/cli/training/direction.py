"""Train a model of directions on several cohorts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bulkwise.cli.training.base import Request, Task, Trained
from bulkwise.errors import InputError

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["TASK"]

METHODS = ("order-free", "degnext")


def _train(request: Request) -> Trained:
    method = request.options.get("method", METHODS[0])
    known = request.options.get("validated")
    if method not in METHODS:
        raise InputError(
            f"There is no method {method!r} for the task 'direction': expected "
            f"{' or '.join(METHODS)}."
        )
    if known is not None and method != "degnext":
        raise InputError("--validated goes with --method degnext, which has a second stage for it.")
    columns = {key: request.options[key] for key in ("column", "contrast")}
    model: Any
    if method == "degnext":
        from bulkwise.models import GeneDirectionClassifier

        model = GeneDirectionClassifier.preset("degnext", random_state=request.seed)
        model.fit([_labelled(one, known, columns) for one in request.cohorts], **columns)
    else:
        from bulkwise.models import DirectionModel

        model = DirectionModel(random_state=request.seed).fit(request.cohorts, **columns)
    return Trained(model, request.cohorts)


def _labelled(cohort: AnnData, known: Any, columns: dict[str, Any]) -> AnnData:
    """A cohort with labels: those it has, unless genes are named as validated."""
    from bulkwise.io import read_gene_list
    from bulkwise.training import label_directions
    from bulkwise.training.gene_rows import DIRECTION

    if known is None and DIRECTION in cohort.var:
        return cohort
    genes = () if known is None else read_gene_list(known, what="validated genes")
    return label_directions(cohort, validated=genes, **columns)


TASK = Task(_train, required=("column", "contrast"), optional=("method", "validated"), several=True)
