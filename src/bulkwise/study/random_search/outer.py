"""The best networks trained anew, and judged once on the patients held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from bulkwise.baselines import BASELINES
from bulkwise.errors import StudyError
from bulkwise.evaluation.base import Estimate, Judged
from bulkwise.evaluation.corrected import bootstrap_difference
from bulkwise.evaluation.metrics import bootstrap_weights, estimates, judge
from bulkwise.models.base import Trained, on_genes
from bulkwise.models.classifier import ExpressionClassifier
from bulkwise.randomness import Seeds
from bulkwise.study.base import Array
from bulkwise.study.random_search.networks import retrained
from bulkwise.study.random_search.parts import Parts, seen_by_networks
from bulkwise.study.random_search.space import network_and_training
from bulkwise.training.fleet import Rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BEST", "ENSEMBLE", "LOGISTIC", "TOGETHER", "judged", "refitted"]

ENSEMBLE = 5
BEST, TOGETHER, LOGISTIC = "best network", "five best together", "logistic"


def refitted(
    parts: Parts,
    asked: Mapping[str, Any],
    table: pd.DataFrame,
    drawn: Mapping[int, Mapping[str, Any]],
) -> list[Pipeline]:
    """The best trials trained anew on all samples of the search, as pipelines on genes.

    Parameters
    ----------
    parts, asked, table
        The search and its trials.
    drawn
        Number of a trial -> what was drawn for it, the best first.
    """
    inputs, n = parts.inputs, len(parts.search)
    codes = inputs.codes[parts.search]
    epochs = table.set_index("trial").loc[list(drawn), "best_epoch"].astype(int).tolist()
    with threadpool_limits(1):
        steps, seen = seen_by_networks(inputs, parts.search)
        rows = Rows(
            values=seen.values,
            codes=codes,
            n_classes=len(inputs.classes),
            train=np.arange(n),
            fan_in=asked["fan_in"],
        )
        fleet = retrained(asked, drawn, epochs, rows)
    pipelines = []
    for place, settings in enumerate(drawn.values()):
        if fleet.outcomes[place].ended != "epochs":
            continue
        network, training = network_and_training(settings, epochs=epochs[place], patience=None)
        model = ExpressionClassifier(
            network=network, training=training, members=1, random_state=asked["seed"]
        )
        parameters = on_genes(fleet.module(place), seen)
        trained = Trained(parameters, fleet.outcomes[place].history, None, None)
        model.adopt(seen, [trained], inputs.labels[parts.search])
        pipelines.append(Pipeline([*steps.steps, ("expressionclassifier", model)]))
    if not pipelines:
        raise StudyError("The best networks diverged when they were trained anew; use more trials.")
    return pipelines


def judged(
    parts: Parts, pipelines: Sequence[Pipeline], random_state: int
) -> tuple[dict[str, dict[str, Estimate]], Estimate, float]:
    """Figures on the patients held out; the difference to the logistic regression."""
    inputs, outer = parts.inputs, parts.outer
    X = inputs.X[outer]
    places = {label: code for code, label in enumerate(inputs.classes)}

    def codes(labels: Array) -> Array:
        return np.array([places[str(label)] for label in labels], dtype=np.intp)

    probabilities = [pipeline.predict_proba(X) for pipeline in pipelines]
    models = {BEST: (codes(pipelines[0].predict(X)), probabilities[0])}
    if len(probabilities) == ENSEMBLE:
        mean = np.mean(probabilities, axis=0)
        models[TOGETHER] = ((mean * pipelines[0][-1].class_weight_).argmax(axis=1), mean)
    rival = BASELINES["logistic"](Seeds(random_state).sklearn("logistic"))
    steps = clone(Pipeline(pipelines[0].steps[:-1]))
    rival.fit(
        steps.fit_transform(inputs.X[parts.search]),
        inputs.labels[parts.search],
        groups=inputs.groups[parts.search],
    )
    others = steps.transform(X)
    models[LOGISTIC] = (codes(rival.predict(others)), rival.predict_proba(others))
    patients, group = np.unique(inputs.groups[outer], return_inverse=True)
    weights = bootstrap_weights(len(patients), Seeds(random_state).numpy("bootstrap"))
    observed = inputs.codes[outer]
    by_class = np.array(
        [len(np.unique(group[observed == code])) for code in range(len(inputs.classes))]
    )
    zeros = np.zeros(len(outer), dtype=np.intp)
    found, draws = {}, {}
    for name, (predicted, scores) in models.items():
        rows = Judged(observed, predicted, scores, zeros, zeros, group)
        overall, classes = judge(rows, weights)
        draws[name] = overall["balanced_accuracy"]
        found[name] = estimates(overall, classes, by_class, len(patients))[0]
    return found, *bootstrap_difference(draws[BEST], draws[LOGISTIC])
