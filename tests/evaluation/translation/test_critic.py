"""The independent classifier of predicted profiles, and its figure."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.evaluation.translation.critic import Critic, macro_f1


def test_macro_f1_is_scikit_learns():
    from sklearn.metrics import f1_score

    rng = np.random.default_rng(0)
    observed, said = rng.choice(["a", "b", "c"], (2, 50))
    exact = f1_score(observed, said, average="macro")
    assert macro_f1(observed, said, np.ones((1, 50)))[0] == pytest.approx(exact)


def test_one_tissue_has_no_judge_of_tissues(pairs_cohort):
    logs = pairs_cohort.X.astype(float)
    condition = pairs_cohort.obs["condition"].to_numpy(dtype=str)
    critic = Critic(logs, condition, np.full(len(logs), "all"), 0)
    assert critic.tissues(logs) is None
    assert (critic.conditions(logs) == condition).mean() > 0.9


def test_a_weight_counts_a_sample_so_often():
    observed, said = np.array(["a", "a", "b", "b"]), np.array(["a", "b", "b", "b"])
    thrice = np.r_[0, [1] * 3, 2, 3]
    weighed, repeated = (
        macro_f1(observed, said, np.array([[1.0, 3, 1, 1]]))[0],
        macro_f1(observed[thrice], said[thrice], np.ones((1, 6)))[0],
    )
    assert weighed == pytest.approx(repeated)
    assert weighed == pytest.approx((2 / 5 + 4 / 7) / 2)


def test_a_mean_profile_passes_for_its_tissue_and_condition(pairs_cohort):
    logs = pairs_cohort.X.astype(float)
    condition, tissue = (pairs_cohort.obs[c].to_numpy(dtype=str) for c in ("condition", "tissue"))
    critic = Critic(logs, condition, tissue, 0)
    livers = logs[(condition == "tumour") & (tissue == "liver")].mean(axis=0, keepdims=True)
    assert critic.conditions(livers).tolist() == ["tumour"]
    assert critic.tissues(livers).tolist() == ["liver"]
