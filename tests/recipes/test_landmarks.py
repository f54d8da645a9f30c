"""Inference by name, and where its landmarks come from."""

from __future__ import annotations

from pathlib import Path

import anndata as ad
import numpy as np
import pytest

from bulkwise import recipes
from bulkwise.checks import UNITS
from bulkwise.errors import GeneError, InputError, SampleError, UnitError


@pytest.fixture(scope="module")
def cohort():
    """Two programmes of thirty genes each, in a unit without a depth."""
    rng = np.random.default_rng(0)
    programme = np.repeat(rng.normal(size=(40, 2)), 30, axis=1)[:, rng.permutation(60)]
    X = 2 ** (5 + programme + 0.3 * rng.normal(size=(40, 60)))
    made = ad.AnnData(X.astype(np.float32))
    made.var_names = [f"G{i:02d}" for i in range(60)]
    made.uns["unit"] = "tpm"
    return made


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit != "counts"])
@pytest.mark.parametrize("method", recipes.INFERENCE)
def test_every_unit_but_counts_has_a_model(unit: str, method: str) -> None:
    model = recipes.inference(unit, method=method, random_state=3)
    assert type(model[-1]).__name__ == recipes.INFERENCE[method]
    assert model[-1].get_params().get("random_state", 3) == 3


def test_counts_of_a_panel_have_no_depth() -> None:
    with pytest.raises(UnitError, match="depth is a sum over all genes"):
        recipes.inference("counts")


def test_a_method_that_isnt_there() -> None:
    with pytest.raises(InputError, match="no method 'magic': expected one of kernels"):
        recipes.inference("tpm", method="magic")


def test_landmarks_from_a_file_keep_its_order(cohort, tmp_path: Path) -> None:
    wanted = [str(name) for name in cohort.var_names[[7, 3, 11]]]
    path = tmp_path / "panel.txt"
    path.write_text("\n".join(wanted) + "\n")
    assert recipes.choose_landmarks(cohort, str(path)) == wanted


def test_landmarks_are_chosen_once_each(cohort) -> None:
    chosen = recipes.choose_landmarks(cohort, "auto:12")
    assert len(set(chosen)) == 12
    assert set(chosen) <= set(cohort.var_names)


@pytest.mark.parametrize("wrong", ["auto:", "auto:many", "auto:0", "auto:-3"])
def test_a_number_of_landmarks_that_is_none(cohort, wrong: str) -> None:
    with pytest.raises(InputError, match="Expected a number of genes"):
        recipes.choose_landmarks(cohort, wrong)


def test_all_other_genes_are_inferred_on_a_log_scale(cohort) -> None:
    landmarks = [str(name) for name in cohort.var_names[:20]]
    model = recipes.fit_inference(
        recipes.inference("tpm", method="ridge"), cohort, landmarks=landmarks
    )
    inferred = np.asarray(model.predict(cohort.to_df()[landmarks]))
    observed = np.log2(1 + np.asarray(cohort.X[:, 20:]))
    assert inferred.shape == observed.shape
    assert (
        np.abs(inferred - observed).mean() < 0.5 * np.abs(observed - observed.mean(axis=0)).mean()
    )


@pytest.mark.parametrize(
    ("landmarks", "targets", "words"),
    [
        (["nothing"], None, "doesn't have 'nothing'"),
        (["first"], ["first", "second"], "can't be landmarks and targets at once"),
        (["every"], None, "no gene left to infer"),
    ],
)
def test_genes_that_cant_be_used(cohort, landmarks, targets, words) -> None:
    names = {"first": [str(cohort.var_names[0])], "second": [str(cohort.var_names[1])]}
    names |= {"every": [str(name) for name in cohort.var_names], "nothing": ["nothing"]}
    chosen = [gene for word in landmarks for gene in names[word]]
    wanted = targets and [gene for word in targets for gene in names[word]]
    with pytest.raises(GeneError, match=words):
        recipes.fit_inference(recipes.inference("tpm"), cohort, landmarks=chosen, targets=wanted)


def test_too_few_samples(cohort) -> None:
    with pytest.raises(SampleError, match="10 samples at least; got 9"):
        recipes.fit_inference(
            recipes.inference("tpm"), cohort[:9], landmarks=[str(cohort.var_names[0])]
        )
