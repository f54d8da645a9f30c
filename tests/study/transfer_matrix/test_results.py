"""Points, claims and words are what the fits say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bulkwise.study.transfer_matrix.claims import claims_of, means_of, verdict
from bulkwise.study.transfer_matrix.results import points_of
from bulkwise.study.transfer_matrix.units import COLUMNS, OTHERS

TARGETS = ("a", "b", "c", "d", "e")
ASKED = {
    "sizes": [20],
    "freeze": [0, 1],
    "pretraining": ["classes", "denoising"],
    "sources": ["a", "b", OTHERS],
    "apart": ["e"],
    "baselines": ["logistic"],
}
WORTH = {  # (method, source, pretraining, freeze) -> balanced accuracy
    ("scratch", "", "", 0): 0.80,
    ("transfer", OTHERS, "classes", 0): 0.90,
    ("transfer", OTHERS, "classes", 1): 0.85,
    ("transfer", OTHERS, "denoising", 0): 0.80,
    ("transfer", "b", "classes", 0): 0.60,
    ("transfer", "b", "classes", 1): 0.55,
    ("logistic", "", "", 0): 0.95,
}


def fits(repeats: int = 8, spread: float = 0.01) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for target in TARGETS:
        for repeat in range(repeats):
            for way, worth in WORTH.items():
                score = worth + spread * rng.normal() - 0.5 * (target == "e")
                rows.append((repeat, target, 70, 30, 20, 20, 0, *way, score, score, ""))
    columns = ["repeat", "target", "n_pool", "n_test", *COLUMNS]
    return pd.DataFrame(rows, columns=columns)


def test_a_point_is_the_mean_with_the_corrected_interval():
    table = fits()
    points = points_of(table)
    (point,) = (p for p in points if (p.target, p.source, p.freeze) == ("a", "b", 0))
    own = table[(table["target"] == "a") & (table["source"] == "b") & (table["freeze"] == 0)]
    values = own["balanced_accuracy"]
    error = np.sqrt((1 / 8 + 30 / 70) * values.var())
    assert point.score.value == pytest.approx(values.mean())
    assert point.score.high - point.score.value == pytest.approx(2.364624 * error, rel=1e-5)
    assert point.difference.value == pytest.approx(-0.2, abs=0.02)
    assert point.p_value < point.adjusted < 0.01
    assert np.isnan(next(p for p in points if p.method == "scratch").p_value)


def test_equal_differences_are_no_proof():
    table = fits(repeats=2, spread=0.0)
    point = next(p for p in points_of(table) if p.source == "b")
    assert point.difference.value == pytest.approx(-0.2)
    assert np.isnan(point.p_value)


def test_claims_are_tested_over_the_targets_that_count():
    claims = {claim.question: claim for claim in claims_of(ASKED, fits())}
    helps = claims[
        "Does it help to start from networks trained on the source's classes (all other domains)?"
    ]
    assert (helps.answer, helps.n_targets) == ("yes", 4)
    assert helps.difference.value == pytest.approx(0.1, abs=0.01)
    table = fits()
    gaps = []
    for target in "abcd":
        own = table[table["target"] == target]
        means = own.groupby(["method", "source", "pretraining", "freeze"])[
            "balanced_accuracy"
        ].mean()
        gaps.append(means["transfer", OTHERS, "classes", 0] - means["scratch", "", "", 0])
    reach = 3.182446 * np.std(gaps, ddof=1) / 2
    assert helps.difference.high - helps.difference.value == pytest.approx(reach, rel=1e-5)
    words = {
        "Is it better to freeze 0 layers than 1?": "yes",
        "Are all other domains a better source than a single one?": "yes",
        "Is the network from scratch better than logistic?": "no",
        "Is the fine-tuned network better than logistic?": "no",
    }
    assert {question: claims[question].answer for question in words} == words
    autoencoder = next(c for q, c in claims.items() if "a denoising autoencoder" in q)
    assert autoencoder.answer == "not shown"


def test_means_leave_out_what_stands_apart_and_what_lacks_a_size():
    table = fits()
    smaller = table.assign(size=10)
    both = pd.concat([table, smaller[smaller["target"] != "d"]])
    found = {(m.size, m.method, m.source, m.freeze): m for m in means_of(ASKED, both)}
    assert {mean.n_targets for mean in found.values()} == {3}
    assert found[20, "transfer", "a single one", 0].score.value == pytest.approx(0.6, abs=0.01)


def test_negative_transfer_is_named():
    table = fits()
    words = verdict(ASKED, points_of(table), claims_of(ASKED, table))
    assert "in 5 of 10 pairs by the mean, in 5 beyond chance (b to " in words[-1]
    assert words[0].startswith("n = 20: Does it help")
    assert "Yes: +0.098 [+0.092, +0.103]" in words[0]
