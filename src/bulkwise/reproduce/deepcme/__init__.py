"""DeepCME: metastasis of breast cancer from expression, with an L1 penalty on the first layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "COHORTS": "verb",
    "reproduce_deepcme": "verb",
    "metastasis_cohorts": "verb",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.reproduce.deepcme.verb import COHORTS as COHORTS
    from bulkwise.reproduce.deepcme.verb import metastasis_cohorts as metastasis_cohorts
    from bulkwise.reproduce.deepcme.verb import reproduce_deepcme as reproduce_deepcme
