"""The papers' tables beside ours, one paper a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Reproduction": "base",
    "degnext_cohorts": "degnext",
    "hanczar_passages": "hanczar",
    "hanczar_tasks": "hanczar",
    "metastasis_cohorts": "deepcme",
    "reproduce_deep4med_classifier": "deep4med_classifier",
    "reproduce_deep4med_transferor": "deep4med_transferor",
    "reproduce_deepcme": "deepcme",
    "reproduce_degnext": "degnext",
    "reproduce_egex": "egex",
    "reproduce_hanczar": "hanczar",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.reproduce.base import Reproduction as Reproduction
    from bulkwise.reproduce.deep4med_classifier import (
        reproduce_deep4med_classifier as reproduce_deep4med_classifier,
    )
    from bulkwise.reproduce.deep4med_transferor import (
        reproduce_deep4med_transferor as reproduce_deep4med_transferor,
    )
    from bulkwise.reproduce.deepcme import metastasis_cohorts as metastasis_cohorts
    from bulkwise.reproduce.deepcme import reproduce_deepcme as reproduce_deepcme
    from bulkwise.reproduce.degnext import degnext_cohorts as degnext_cohorts
    from bulkwise.reproduce.degnext import reproduce_degnext as reproduce_degnext
    from bulkwise.reproduce.egex import reproduce_egex as reproduce_egex
    from bulkwise.reproduce.hanczar import hanczar_passages as hanczar_passages
    from bulkwise.reproduce.hanczar import hanczar_tasks as hanczar_tasks
    from bulkwise.reproduce.hanczar import reproduce_hanczar as reproduce_hanczar
