"""Cohorts by name: public ones, a small real one inside the package, and simulated ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "CohortInfo": "base",
    "Fetched": "base",
    "Verified": "base",
    "cache_folder": "base",
    "describe": "catalog",
    "dgex_landmarks": "landmarks",
    "list_cohorts": "catalog",
    "fetch": "load",
    "is_fetched": "load",
    "load": "load",
    "read_landmarks": "landmarks",
    "path": "load",
    "verify": "load",
    "SELECTION_BENCH": "simulate",
    "simulate": "simulate",
}

__getattr__, __dir__ = attach(__name__, TABLE)

# Two functions share their file's name: bound now, so that a later import of the file (which
# binds the module here) can't hide the function.
for _name in ("load", "simulate"):
    __getattr__(_name)

if TYPE_CHECKING:
    from bulkwise.datasets.base import CohortInfo as CohortInfo
    from bulkwise.datasets.base import Fetched as Fetched
    from bulkwise.datasets.base import Verified as Verified
    from bulkwise.datasets.base import cache_folder as cache_folder
    from bulkwise.datasets.catalog import describe as describe
    from bulkwise.datasets.catalog import list_cohorts as list_cohorts
    from bulkwise.datasets.landmarks import dgex_landmarks as dgex_landmarks
    from bulkwise.datasets.landmarks import read_landmarks as read_landmarks
    from bulkwise.datasets.load import fetch as fetch
    from bulkwise.datasets.load import is_fetched as is_fetched
    from bulkwise.datasets.load import load as load
    from bulkwise.datasets.load import path as path
    from bulkwise.datasets.load import verify as verify
    from bulkwise.datasets.simulate import SELECTION_BENCH as SELECTION_BENCH
    from bulkwise.datasets.simulate import simulate as simulate
