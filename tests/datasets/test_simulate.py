"""What is planted can be found again, and the counts look like counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest

from bulkwise.datasets.simulate import SELECTION_BENCH, simulate
from bulkwise.errors import InputError

QUIET = {"n_tissues": 1, "tumour_share": 0.0, "batch_effect": 0.0, "n_causal": 0}


def logs(cohort: anndata.AnnData) -> np.ndarray[Any, Any]:
    X = cohort.X.astype(float) + 0.5
    return np.log2(X / X.sum(axis=1, keepdims=True) * 1e6)


def difference(cohort: anndata.AnnData, column: str, one: str, other: str) -> Any:
    labels = cohort.obs[column].to_numpy()
    values = logs(cohort)
    return values[labels == one].mean(0) - values[labels == other].mean(0)


def expressed(cohort: anndata.AnnData) -> Any:
    return cohort.X.mean(axis=0) > 50


@pytest.fixture(scope="module")
def cohort() -> anndata.AnnData:
    return simulate(240, 2000, 3, n_causal=10, random_state=1)


def test_the_same_seed_gives_the_same_cohort() -> None:
    first = simulate(20, 200, 2, n_causal=2, random_state=3)
    again = simulate(20, 200, 2, n_causal=2, random_state=3)
    other = simulate(20, 200, 2, n_causal=2, random_state=4)
    assert np.array_equal(first.X, again.X)
    assert first.obs.equals(again.obs)
    assert first.var.equals(again.var)
    assert not np.array_equal(first.X, other.X)


def test_the_design_is_as_asked(cohort: anndata.AnnData) -> None:
    obs = cohort.obs
    assert cohort.shape == (240, 2000)
    assert obs["condition"].value_counts().to_dict() == {"normal": 120, "tumour": 120}
    pairs = obs.groupby("patient")["condition"].nunique()
    assert int((pairs == 2).sum()) == 60 == cohort.uns["truth"]["paired_patients"]
    patients = obs.drop_duplicates("patient")
    for column in ("tissue", "source", "outcome"):
        assert obs.groupby("patient")[column].nunique().max() == 1
        sizes = patients[column].value_counts()
        assert sizes.max() - sizes.min() <= 3
    assert obs.index.is_unique
    assert obs.index[0] == f"{obs['patient'].iloc[0]}-{obs['condition'].iloc[0][0].upper()}"
    assert list(cohort.var_names[:2]) == ["GENE00001", "GENE00002"]


def test_sources_can_be_confounded_with_the_condition() -> None:
    obs = simulate(80, 200, 2, n_causal=0, confounding=1.0).obs
    of_tumours = obs.loc[obs["condition"] == "tumour"]
    assert set(of_tumours["source"]) == {"site-2"}
    alone = obs.loc[~obs["patient"].isin(of_tumours["patient"])]
    assert set(alone["source"]) == {"site-1"}


def test_counts_have_real_looking_depth_and_zeros(cohort: anndata.AnnData) -> None:
    X = cohort.X
    assert X.dtype == np.float32
    assert np.array_equal(X, np.round(X))
    assert X.min() == 0
    depth = X.sum(axis=1) / cohort.n_vars
    assert 1700 < np.median(depth) < 2300
    assert 0.15 < np.log(depth).std() < 0.4
    assert 0.05 < (X == 0).mean() < 0.2


def test_counts_vary_as_the_stated_dispersion_says() -> None:
    cohort = simulate(400, 1000, **QUIET)
    scaled = cohort.X / cohort.X.sum(axis=1, keepdims=True) * cohort.X.sum(axis=1).mean()
    mean, variance = scaled.mean(axis=0), scaled.var(axis=0)
    seen = (variance - mean) / mean**2
    well = mean > 100
    ratio = seen[well] / cohort.var["dispersion"].to_numpy()[well]
    assert np.median(ratio) > 1  # the log-normal variation between patients comes on top
    order = np.corrcoef(np.log(seen[well]), np.log(cohort.var["dispersion"][well]))[0, 1]
    assert order > 0.5


def test_markers_stand_out_in_their_tissue(cohort: anndata.AnnData) -> None:
    truth = cohort.uns["truth"]
    values, tissue = logs(cohort), cohort.obs["tissue"].to_numpy()
    for name in truth["tissues"]:
        markers = cohort.var_names.isin(truth["markers"][name])
        assert markers.sum() == 10
        assert list(cohort.var_names[cohort.var["marker_of"] == name]) == [*truth["markers"][name]]
        rise = values[tissue == name].mean(0) - values[tissue != name].mean(0)
        assert rise[markers].min() > 1


def test_the_tumour_programme_is_found(cohort: anndata.AnnData) -> None:
    planted = cohort.varm["tumour_log2fc"].mean(axis=1)
    seen = difference(cohort, "condition", "tumour", "normal")
    assert np.corrcoef(planted[expressed(cohort)], seen[expressed(cohort)])[0, 1] > 0.9
    shared = cohort.var["tumour_log2fc"].to_numpy()
    assert (shared != 0).sum() == 100
    assert set(cohort.uns["truth"]["tumour_up"]) == set(cohort.var_names[shared > 0])


def test_the_batch_is_found(cohort: anndata.AnnData) -> None:
    seen = difference(cohort, "source", "site-2", "site-1")
    planted = cohort.var["batch_log2fc"].to_numpy()
    assert planted.std() == pytest.approx(0.4, rel=0.1)
    assert np.corrcoef(planted[expressed(cohort)], seen[expressed(cohort)])[0, 1] > 0.9


def test_without_a_batch_effect_there_is_none() -> None:
    assert not simulate(20, 200, 1, n_causal=0, batch_effect=0.0).var["batch_log2fc"].any()


def test_samples_of_a_patient_are_alike(cohort: anndata.AnnData) -> None:
    values = logs(cohort)[:, expressed(cohort)]
    obs = cohort.obs.reset_index(drop=True)
    for _, rows in obs.groupby(["tissue", "source", "condition"], observed=True):
        values[rows.index] -= values[rows.index].mean(axis=0)
    likeness = np.corrcoef(values)
    same = obs["patient"].to_numpy()[:, None] == obs["patient"].to_numpy()
    np.fill_diagonal(same, False)
    strangers = ~same & ~np.eye(len(obs), dtype=bool)
    assert likeness[same].mean() > 0.3
    assert abs(likeness[strangers].mean()) < 0.1


def test_causal_genes_carry_the_outcome_and_their_modules_follow() -> None:
    cohort = simulate(**SELECTION_BENCH, random_state=0)
    var = cohort.var
    causal = var["causal"].to_numpy()
    assert causal.sum() == 30
    assert var.loc[causal, "module"].is_unique
    assert list(cohort.uns["truth"]["causal"]) == list(cohort.var_names[causal])
    touched = var["outcome_log2fc"].to_numpy() != 0
    assert set(var.loc[touched, "module"]) == set(var.loc[causal, "module"])
    assert touched.sum() == 30 * 20
    effect = (var["outcome_log2fc"] / var["patient_sd"]).abs().to_numpy()
    assert np.allclose(effect[causal], 1.75)
    assert np.allclose(effect[touched & ~causal], 1.75 * 0.5)
    seen = difference(cohort, "outcome", "poor", "good")
    planted = var["outcome_log2fc"].to_numpy()
    assert np.corrcoef(seen[causal], planted[causal])[0, 1] > 0.9
    t = np.abs(seen) / logs(cohort).std(axis=0)
    assert causal[np.argsort(-t)[:60]].sum() >= 24
    assert set(cohort.obs["condition"]) == {"normal"}
    assert set(cohort.obs["tissue"]) == {"tissue-1"}


def test_genes_of_a_module_are_correlated() -> None:
    cohort = simulate(400, 400, **QUIET, module_correlation=0.8, depth=20000.0)
    known = cohort.X.mean(axis=0) > 2000
    module = cohort.var["module"].to_numpy()[known]
    r = np.corrcoef(logs(cohort)[:, known].T)
    same = (module[:, None] == module) & ~np.eye(len(module), dtype=bool)
    assert r[same].mean() > 0.3
    assert abs(r[module[:, None] != module].mean()) < 0.05


def test_it_survives_a_file(tmp_path: Path) -> None:
    cohort = simulate(20, 200, 1, n_causal=0, tumour_share=0.0)
    cohort.write_h5ad(tmp_path / "s.h5ad")
    again = anndata.read_h5ad(tmp_path / "s.h5ad")
    assert np.array_equal(again.X, cohort.X)
    assert len(again.uns["truth"]["causal"]) == 0
    assert again.uns["truth"]["parameters"]["n_samples"] == 20


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"n_genes": 100}, "'n_genes' must be at least 200"),
        ({"n_samples": 3}, "'n_samples' must be at least 4"),
        ({"n_tissues": 0}, "'n_tissues' must be from 1 to"),
        ({"tumour_share": 1.5}, "'tumour_share' must be from 0 to 1"),
        ({"confounding": float("nan")}, "'confounding' must be from 0 to 1"),
        ({"n_causal": 100}, "'n_causal' must be from 0 to 62"),
        ({"module_correlation": 1.0}, "'module_correlation'"),
        ({"depth": 1.0}, "raise 'depth' or 'n_genes'"),
    ],
)
def test_what_cannot_be_simulated_is_said(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        simulate(**wrong)
