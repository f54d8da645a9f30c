"""One cohort of a validation: what is asked of it, its labels and its patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, refuse
from bulkwise.checks.cohort import check
from bulkwise.checks.labels import check_classes, require_labels
from bulkwise.errors import InputError, SampleError
from bulkwise.evaluation.external.followup import Followed, with_endpoint
from bulkwise.evaluation.external.results import CohortFacts, EndpointFacts
from bulkwise.io import id_kind

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["Asked", "Side", "facts_of", "open_side", "refuse_other_classes"]


@dataclass(frozen=True)
class Asked:
    """The columns of the question."""

    target: str | None
    time: str | None
    event: str | None
    years: float | None
    time_unit: str
    groups: str | None

    def __post_init__(self) -> None:
        follow_up = (self.time, self.event, self.years)
        if self.target is not None and any(part is not None for part in follow_up):
            raise InputError(
                "Give either a target or time, event and years, not both: each says what to "
                "predict."
            )
        if self.target is None and any(part is None for part in follow_up):
            raise InputError(
                "Say what to predict: a target column (target=..., --target), or the time column, "
                "the event column and after how many years the event counts (--time, --event, "
                "--years, all three)."
            )

    @property
    def endpoint(self) -> EndpointFacts | None:
        """Which columns make the endpoint, if follow-up does."""
        if self.time is None or self.event is None or self.years is None:
            return None
        return EndpointFacts(self.time, self.event, float(self.years), self.time_unit)


@dataclass(frozen=True, eq=False)
class Side:
    """One cohort with its labels; ``""`` for a patient censored before the endpoint."""

    word: str
    name: str
    cohort: AnnData
    target: str
    labels: NDArray[np.str_]
    groups: NDArray[np.str_]
    group_column: str | None
    followed: Followed | None
    findings: tuple[Finding, ...]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which samples have a class."""
        return np.asarray(self.labels != "")

    def patients(self) -> dict[str, int]:
        """Patients of each class."""
        return {
            str(label): len(set(self.groups[self.labels == label]))
            for label in np.unique(self.labels[self.known])
        }


def open_side(asked: Asked, cohort: AnnData, word: str) -> Side:
    """Labels and patients of one cohort, checked.

    Parameters
    ----------
    asked
        The question.
    cohort
        Samples x genes.
    word
        ``"training"`` or ``"test"``, for messages.

    Raises
    ------
    SampleError
        If a column or label is missing, or there is one class only.
    InputError
        If the cohort can't be used as it is.
    """
    name = str(cohort.uns.get("cohort") or f"{word} cohort")
    found: list[Finding] = []
    followed = None
    target = asked.target
    made = asked.endpoint
    if made is not None:
        followed = with_endpoint(
            cohort, time=made.time, event=made.event, years=made.years, time_unit=made.time_unit
        )
        cohort, target, labels = followed.cohort, followed.target, followed.endpoint.labels
        found += followed.findings
        refuse(check_classes(labels[labels != ""].tolist(), name=target), SampleError)
    else:
        labels = require_labels(cohort.obs, str(target))
    column = asked.groups
    if column is None and "patient" in cohort.obs.columns and target != "patient":
        column = "patient"
    if column is None:
        groups = np.array(cohort.obs_names, dtype=str)
    else:
        groups = require_labels(cohort.obs, column, what="groups")
    report = check(cohort, groups=column).require()
    found += [
        Finding(one.code, one.level, f"In the {word} cohort: {one.message}", one.items)
        for one in report.findings
    ]
    return Side(word, name, cohort, str(target), labels, groups, column, followed, tuple(found))


def refuse_other_classes(train: Side, test: Side) -> None:
    """Refuse a test cohort with a class that nobody in the training cohort has."""
    other = sorted(set(test.patients()) - set(train.patients()))
    if other:
        raise SampleError(
            f"The test cohort has samples of class {other[0]!r} of {test.target!r}, which the "
            f"training cohort lacks (it has {', '.join(map(repr, train.patients()))}); write the "
            "labels alike, or leave those samples out."
        )


def facts_of(side: Side) -> CohortFacts:
    """The cohort in numbers."""
    followed, cohort = side.followed, side.cohort
    names = [str(name) for name in cohort.var_names]
    return CohortFacts(
        name=side.name,
        unit=str(cohort.uns["unit"]),
        platform=str(cohort.uns["platform"]) if cohort.uns.get("platform") else None,
        ids=id_kind(names),
        n_samples=cohort.n_obs,
        n_genes=cohort.n_vars,
        counts={
            str(label): int((side.labels == label).sum())
            for label in np.unique(side.labels[side.known])
        },
        censored=int((~side.known).sum()),
        dropped=followed.dropped if followed else 0,
        risk=followed.endpoint.risk if followed else float("nan"),
    )
