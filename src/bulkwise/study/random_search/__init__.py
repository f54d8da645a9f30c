"""Random search: many networks, or fits of any estimator, judged on held-back patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Classify": "questions",
    "Direct": "genes",
    "ESTIMATORS": "estimators",
    "Infer": "questions",
    "SAMPLERS": "sampling",
    "SPACES": "space",
    "Search": "results",
    "Setting": "space",
    "draw": "space",
    "Translate": "questions",
    "search": "verb",
    "search_settings": "settings",
    "setting_of": "space",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.study.random_search.estimators import ESTIMATORS as ESTIMATORS
    from bulkwise.study.random_search.genes import Direct as Direct
    from bulkwise.study.random_search.questions import Classify as Classify
    from bulkwise.study.random_search.questions import Infer as Infer
    from bulkwise.study.random_search.questions import Translate as Translate
    from bulkwise.study.random_search.results import Search as Search
    from bulkwise.study.random_search.sampling import SAMPLERS as SAMPLERS
    from bulkwise.study.random_search.settings import search_settings as search_settings
    from bulkwise.study.random_search.space import SPACES as SPACES
    from bulkwise.study.random_search.space import Setting as Setting
    from bulkwise.study.random_search.space import draw as draw
    from bulkwise.study.random_search.space import setting_of as setting_of
    from bulkwise.study.random_search.verb import search as search
