"""The Transferor's reproduction on a planted cohort: what it prints, and the caveat beside it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.errors import SampleError
from bulkwise.io import GeneSets
from bulkwise.models import ExpressionTransferor
from bulkwise.networks import Transferor
from bulkwise.reproduce import reproduce_deep4med_transferor
from bulkwise.training import Training


@pytest.fixture
def planted(pairs_cohort):
    """Genes 40-49 rise and 50-59 fall in every tumour."""
    made = pairs_cohort.copy()
    made.X[36:, 40:50] = made.X[:36, 40:50] + 4
    made.X[36:, 50:60] = made.X[:36, 50:60] - 4
    return made


def quick():
    return ExpressionTransferor(
        tissue="tissue",
        pairs="patient",
        network=Transferor(widths=(32,), code=16, decoder=(32,)),
        training=Training(learning_rate=0.002, epochs=60, patience=None),
        random_state=0,
    )


def test_mixed_matrices_find_the_planted_genes_and_carry_the_caveat(planted, tmp_path):
    lines = AnnData(
        X=np.random.default_rng(0).normal(size=(6, 60)).astype(np.float32),
        obs=pd.DataFrame({"site": ["liver", "lung"] * 3}, index=[f"L{i}" for i in range(6)]),
        var=pd.DataFrame(index=planted.var_names),
    )
    sets = GeneSets("sets", {"rising": tuple(f"G{j}" for j in range(40, 50))}, {})
    made = reproduce_deep4med_transferor(
        planted, model=quick(), folds=2, libraries=[sets], cell_lines=lines
    )
    for found in made.metrics["overlap"].values():
        for key in ("ON_TT", "OT_TN"):
            assert found[key]["true_positive_rate_up"] > 0.4
            assert found[key]["true_positive_rate_down"] > 0.4
    errors = {
        name: part["metrics"]["error"]["value"]
        for name, part in made.metrics["models"].items()
        if "error" in part["metrics"]
    }
    assert errors["ExpressionTranslator"] < errors["transferor"]
    titles = [section.title for section in made.page.sections if section.blocks]
    assert "Cell lines" in titles
    rate = next(s for s in made.page.sections if s.title == "True positive rates").blocks[0]
    assert "prove nothing" in rate.caption
    assert "prove nothing" in made.summary
    made.save(tmp_path / "out")
    document = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert document["models"]["transferor"]["metrics"]["condition_f1"]["value"] > 0.5


def test_a_cohort_without_both_conditions_is_refused(planted):
    with pytest.raises(SampleError, match="needs samples of the conditions"):
        reproduce_deep4med_transferor(planted[:36].copy(), model=quick(), folds=2)
