"""Whole models by name: the declared preprocessing of a unit and an estimator behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "CLASSIFIERS": "classifiers",
    "INFERENCE": "landmarks",
    "MULTITASK": "classifiers",
    "choose_landmarks": "landmarks",
    "classifier": "classifiers",
    "deep4med": "classifiers",
    "deepcme": "classifiers",
    "fine_tuned": "transfer",
    "fit": "classifiers",
    "fit_inference": "landmarks",
    "inference": "landmarks",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.recipes.classifiers import CLASSIFIERS as CLASSIFIERS
    from bulkwise.recipes.classifiers import MULTITASK as MULTITASK
    from bulkwise.recipes.classifiers import classifier as classifier
    from bulkwise.recipes.classifiers import deep4med as deep4med
    from bulkwise.recipes.classifiers import deepcme as deepcme
    from bulkwise.recipes.classifiers import fit as fit
    from bulkwise.recipes.landmarks import INFERENCE as INFERENCE
    from bulkwise.recipes.landmarks import choose_landmarks as choose_landmarks
    from bulkwise.recipes.landmarks import fit_inference as fit_inference
    from bulkwise.recipes.landmarks import inference as inference
    from bulkwise.recipes.transfer import fine_tuned as fine_tuned
