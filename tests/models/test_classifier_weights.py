"""Class weights of the classifier: rare classes are found, and their probabilities are risks."""

from __future__ import annotations

import numpy as np

from bulkwise.models import ExpressionClassifier
from bulkwise.networks import MLP
from bulkwise.training import Training

SMALL = {"network": MLP(widths=(16,)), "members": 1, "random_state": 0}


def test_rare_classes_count_the_same_when_balanced():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [270, 30])
    X = rng.normal(size=(300, 40))
    X[:, :5] += 0.5 * y[:, None]
    truth = np.repeat([0, 1], 500)
    new = rng.normal(size=(1000, 40))
    new[:, :5] += 0.5 * truth[:, None]
    recall = {
        weight: float(
            (
                ExpressionClassifier(**SMALL, class_weight=weight)
                .fit(X, y)
                .predict(new)[truth == 1]
                == 1
            ).mean()
        )
        for weight in ("balanced", None)
    }
    assert recall["balanced"] > recall[None] + 0.2


def test_probabilities_of_rare_classes_are_their_risks_while_decisions_are_balanced():
    """Class weights would make a rare class's probability several times its frequency."""
    rng = np.random.default_rng(0)

    def draw(n):
        codes = (rng.random(n) < 0.1).astype(int)
        X = rng.normal(size=(n, 40))
        X[:, :5] += 0.5 * codes[:, None]
        return X, codes

    X, y = draw(400)
    new, truth = draw(4000)
    settings = {**SMALL, "network": MLP(widths=(4,)), "training": Training(epochs=40)}
    model = ExpressionClassifier(**settings).fit(X, y)
    risk = model.predict_proba(new)[:, 1]
    assert abs(risk.mean() - truth.mean()) < 0.05
    odds = model.predict_proba(new) * model.class_weight_
    np.testing.assert_array_equal(model.predict(new), odds.argmax(axis=1))
    inflated = odds[:, 1] / odds.sum(axis=1)
    assert np.mean((risk - truth) ** 2) < np.mean((inflated - truth) ** 2) - 0.02
    assert model.predict(new).mean() > 2 * truth.mean()
    even = ExpressionClassifier(**settings, class_weight=None).fit(X, y)
    np.testing.assert_array_equal(even.class_weight_, 1)
    np.testing.assert_array_equal(even.predict(new), even.predict_proba(new).argmax(axis=1))
