"""Studies: thousands of networks on one cohort, which can be broken off and go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Classify": "random_search",
    "Curve": "learning_curve",
    "Direct": "random_search",
    "Infer": "random_search",
    "Local": "engines",
    "Plan": "base",
    "Ray": "engines",
    "Search": "random_search",
    "Store": "store",
    "Transfer": "transfer_matrix",
    "Translate": "random_search",
    "Unit": "base",
    "carry_out": "conductor",
    "curve": "learning_curve",
    "search": "random_search",
    "search_settings": "random_search",
    "transfer": "transfer_matrix",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.study.base import Plan as Plan
    from bulkwise.study.base import Unit as Unit
    from bulkwise.study.conductor import carry_out as carry_out
    from bulkwise.study.engines import Local as Local
    from bulkwise.study.engines import Ray as Ray
    from bulkwise.study.learning_curve import Curve as Curve
    from bulkwise.study.learning_curve import curve as curve
    from bulkwise.study.random_search import Classify as Classify
    from bulkwise.study.random_search import Direct as Direct
    from bulkwise.study.random_search import Infer as Infer
    from bulkwise.study.random_search import Search as Search
    from bulkwise.study.random_search import Translate as Translate
    from bulkwise.study.random_search import search as search
    from bulkwise.study.random_search import search_settings as search_settings
    from bulkwise.study.store import Store as Store
    from bulkwise.study.transfer_matrix import Transfer as Transfer
    from bulkwise.study.transfer_matrix import transfer as transfer
