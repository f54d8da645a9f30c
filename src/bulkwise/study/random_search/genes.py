"""Which way genes go, as a question to search an estimator for: the rows are genes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from bulkwise.checks.labels import require_labels
from bulkwise.errors import InputError
from bulkwise.evaluation.base import MetricInfo
from bulkwise.stats.effects import CLASSES
from bulkwise.study.base import Array
from bulkwise.study.random_search.questions import Marks
from bulkwise.training.gene_rows import DIRECTION, VALIDATED, open_rows

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["Direct"]


@dataclass(frozen=True, kw_only=True)
class Direct:
    """Tell down, neutral and up of genes from the row of their samples.

    Genes take the place of patients: some train, some choose, some are held out.

    Parameters
    ----------
    column
        The column of the conditions.
    contrast
        The two conditions, ``"first:second"``.
    """

    column: str
    contrast: str

    task: ClassVar[str] = "direction"
    rival: ClassVar[str] = "sign of the difference"
    who: ClassVar[str] = "genes"
    metrics: ClassVar[Mapping[str, MetricInfo]] = {
        "balanced_accuracy": MetricInfo(
            "Balanced accuracy", True, "recall averaged over down, neutral and up"
        ),
        "changed": MetricInfo(
            "Up or down, of genes that change", True, "share told right of genes up or down"
        ),
    }

    def settings(self) -> dict[str, Any]:
        """Its fields."""
        return asdict(self)

    def columns(self, cohort: AnnData) -> dict[str, Array]:
        """The condition."""
        return {self.column: require_labels(cohort.obs, self.column)}

    def notes(self, cohort: AnnData) -> dict[str, Array]:
        """The label of each gene, and whether it is known to belong to the disease."""
        if DIRECTION not in cohort.var:
            raise InputError(
                f"The genes have no labels: expected a column {DIRECTION!r} (down, neutral, up) of "
                "the genes; make it with bulkwise.training.label_directions."
            )
        known = np.zeros(cohort.n_vars, dtype=bool)
        if VALIDATED in cohort.var:
            known = cohort.var[VALIDATED].to_numpy().astype(bool)
        return {DIRECTION: cohort.var[DIRECTION].to_numpy(dtype=str), VALIDATED: known}

    def strata(self, cohort: AnnData) -> tuple[Array, Array]:
        """The label, and each gene for itself."""
        codes = pd.factorize(cohort.var[DIRECTION], sort=True)[0]
        return np.asarray(codes, dtype=np.intp), np.array(cohort.var_names, dtype=str)

    def part(self, cohort: AnnData, index: Array) -> AnnData:
        """Some of the genes."""
        return cohort[:, index].copy()

    def settled(self, cohort: AnnData) -> Direct:
        """Nothing is chosen."""
        return self

    def around(self, estimator: Any, unit: str) -> Any:
        """The estimator takes logarithms itself."""
        return estimator

    def fit(self, model: Any, cohort: AnnData) -> Any:
        """On the labelled genes."""
        return model.fit(cohort, column=self.column, contrast=self.contrast)

    def judge(self, model: Any, train: AnnData, test: AnnData) -> Marks:
        """Recall of each direction, a cell each; and who is right of those that change."""
        told = model.predict(test, column=self.column, contrast=self.contrast)
        observed = test.var[DIRECTION].to_numpy(dtype=str)
        hits = (told["predicted"].to_numpy(dtype=str) == observed).astype(float)
        recalls = [np.where(observed == one, hits, np.nan) for one in np.unique(observed)]
        down, _, up = CLASSES
        rising = told["up"].to_numpy() > told["down"].to_numpy()
        right = np.where(rising, up, down) == observed
        changed = np.where(np.isin(observed, (down, up)), right.astype(float), np.nan)
        cells = {"balanced_accuracy": np.array(recalls), "changed": changed[None]}
        return Marks(np.array(test.var_names, dtype=str), cells)

    def opponent(self, unit: str, seed: int) -> Any:
        """The sign of the mean difference of logarithms."""
        return _Sign()

    def saved_as(self) -> dict[str, Any]:
        """Its task."""
        return {"task": self.task}


class _Sign:
    """A rule without parameters; it never says neutral."""

    def fit(self, cohort: AnnData, *, column: str, contrast: str) -> _Sign:
        """Nothing is learnt."""
        return self

    def predict(self, cohort: AnnData, *, column: str, contrast: str) -> pd.DataFrame:
        """Up where the first condition is higher."""
        change = open_rows(cohort, column=column, contrast=contrast).change
        down, _, up = CLASSES
        words = np.where(change > 0, up, down)
        return pd.DataFrame({"predicted": words, "up": change, "down": -change})
