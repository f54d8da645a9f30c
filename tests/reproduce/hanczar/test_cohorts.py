"""The reproduction's cohorts: one unit, patients kept, rare sites left out."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import InputError
from bulkwise.reproduce import hanczar_passages, hanczar_tasks


def test_a_folder_without_the_cohorts_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"tcga_pairs.h5ad.*--data"):
        hanczar_tasks(tmp_path)


@pytest.mark.real
def test_cohorts_of_real_samples(data_folder):
    tasks = hanczar_tasks(data_folder)
    pairs, tissue, lines = tasks
    cancers = set(pairs.cohort.obs["cancer"])
    assert "CHOL" in cancers
    assert not cancers & {"COAD", "STAD"}
    assert np.isfinite(pairs.cohort.X).all()
    bile = (pairs.cohort.obs["cancer"] == "CHOL").to_numpy()
    medians = [np.median(np.asarray(pairs.cohort.X)[who]) for who in (bile, ~bile)]
    assert abs(medians[0] - medians[1]) < 0.5
    assert tissue.cohort.obs["tissue"].nunique() == 13
    assert lines.cohort.obs["site"].value_counts().min() >= 10
    both = hanczar_passages(tasks)[2].asked["cohorts"]
    shared = [set(cohort.obs["tissue"]) for cohort in both.values()]
    assert shared[0] == shared[1]
    assert "tissue" not in lines.cohort.obs
