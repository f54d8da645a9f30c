"""Translation through a bundle: genes by name, gaps filled with what is usual, and said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.bundle import Bundle
from bulkwise.errors import GeneError, UnitError
from bulkwise.models import ExpressionTranslator
from bulkwise.prediction.translate import translate


def bundle_of(cohort: AnnData, **settings: object) -> Bundle:
    model = ExpressionTranslator(tissue="tissue", pairs="patient", **settings).fit(cohort)
    return Bundle(
        task="translate",
        model=model,
        genes=tuple(model.genes_),
        unit=model.unit_,
        targets={},
        applicability=None,
        typical=np.zeros(cohort.n_vars, dtype=np.float32),
        card="",
        training={},
        versions={},
        hashes={"salt": "", "samples": [], "patients": []},
    )


@pytest.fixture
def bundle(pairs_cohort) -> Bundle:
    return bundle_of(pairs_cohort)


@pytest.fixture
def new(pairs_cohort) -> AnnData:
    return pairs_cohort[[0, 20, 40, 60]].copy()


def of(bundle: Bundle, cohort: AnnData) -> tuple[AnnData, dict[str, str]]:
    made, findings = translate(bundle, cohort, list(cohort.obs_names))
    return made, {one.code: one.message for one in findings}


def test_it_is_the_models_own_answer(bundle, new):
    before = new.X.copy()
    made, said = of(bundle, new)
    expected = bundle.model.predict(new)
    assert said == {}
    np.testing.assert_array_equal(made.X, expected.X)
    np.testing.assert_array_equal(made.layers["high"], expected.layers["high"])
    np.testing.assert_array_equal(new.X, before)


def test_genes_go_by_name_in_the_matrixs_order_and_strangers_are_left_out(bundle, new):
    expected, _ = of(bundle, new)
    more = AnnData(
        X=np.hstack([np.full((4, 2), 1.0, dtype=np.float32), new.X[:, ::-1]]),
        obs=new.obs,
        var=pd.DataFrame(index=["X1", "X2", *new.var_names[::-1]]),
        uns=new.uns,
    )
    made, said = of(bundle, more)
    assert made.var_names.tolist() == new.var_names[::-1].tolist()
    np.testing.assert_allclose(made[:, new.var_names].X, expected.X, rtol=1e-6)
    assert said.keys() == {"genes-unknown"}
    assert said["genes-unknown"].startswith("2 genes of the matrix")


def test_missing_genes_are_at_their_usual_level_and_arent_predicted(bundle, new):
    fewer = new[:, 5:].copy()
    made, said = of(bundle, fewer)
    assert made.var_names.tolist() == new.var_names[5:].tolist()
    assert "5 of the model's 60 genes aren't in the matrix ('G0', 'G1'" in said["genes-missing"]
    filled = new.copy()
    filled.X[:, :5] = bundle.model.usual(new)[:, :5]
    np.testing.assert_allclose(made.X, bundle.model.predict(filled).X[:, 5:], rtol=1e-5)
    with pytest.raises(GeneError, match="53 of the 60 genes expected"):
        of(bundle, new[:, 7:].copy())


def test_a_new_tissue_is_translated_and_said(bundle, new):
    new.obs["tissue"] = ["colon", "lung", "brain", "lung"]
    made, said = of(bundle, new)
    assert np.isfinite(made.X).all()
    assert said["new-tissue"].startswith("3 samples are of tissues")
    assert "'brain', 'lung'" in said["new-tissue"]


def test_gaps_are_refused_unless_the_model_has_a_floor(bundle, pairs_cohort, new):
    new.X[1, 7] = np.nan
    with pytest.raises(GeneError, match=f"(?s)G7.*{new.obs_names[1]}"):
        of(bundle, new)
    made, said = of(bundle_of(pairs_cohort, floor=1.0), new)
    assert np.isfinite(made.X).all()
    assert said == {}


def test_values_that_contradict_the_unit_are_refused(pairs_cohort, new):
    amounts = pairs_cohort.copy()
    amounts.X, amounts.uns["unit"] = np.exp2(amounts.X), "tpm"
    new.X[0, 0] = -3.0
    with pytest.raises(UnitError, match="no amount of RNA"):
        of(bundle_of(amounts), new)
