"""Random search: many networks with settings drawn at random, judged on held-back patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "SPACES": "space",
    "Search": "results",
    "Setting": "space",
    "draw": "space",
    "search": "verb",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.study.random_search.results import Search as Search
    from bulkwise.study.random_search.space import SPACES as SPACES
    from bulkwise.study.random_search.space import Setting as Setting
    from bulkwise.study.random_search.space import draw as draw
    from bulkwise.study.random_search.verb import search as search
