"""A saved classifier as a start: judged out of fold, and never on whom it was trained on."""

from __future__ import annotations

import numpy as np
import pytest

import bulkwise
from bulkwise import recipes
from bulkwise.datasets import simulate
from bulkwise.errors import GeneError, InputError, LeakageError, UnitError


@pytest.fixture(scope="module")
def halves():
    """Two hospitals with patients of their own."""
    cohort = simulate(n_samples=120, n_genes=300, n_causal=3)
    patients = np.unique(cohort.obs["patient"], return_inverse=True)[1]
    return cohort[patients % 3 > 0].copy(), cohort[patients % 3 == 0].copy()


@pytest.fixture(scope="module")
def theirs(halves, tmp_path_factory):
    model = recipes.fit(recipes.classifier("counts"), halves[0], target="condition")
    path = tmp_path_factory.mktemp("bundle") / "theirs.zip"
    return bulkwise.load(bulkwise.save(model, path, cohort=halves[0], target="condition"))


def test_a_fine_tuned_bundle_is_judged_on_other_people_only(halves, theirs):
    model = recipes.fine_tuned(theirs, halves[1], freeze=1)
    given = {"target": "condition", "folds": 2, "repeats": 1, "permutations": 0, "baselines": ()}
    found = bulkwise.evaluate(model, halves[1], **given)
    (name,) = found.models
    assert found.models[name].metrics["accuracy"].value > 0.6
    assert not hasattr(model[-1], "classes_")
    with pytest.raises(LeakageError, match="of the patients tested here"):
        bulkwise.evaluate(recipes.fine_tuned(theirs, halves[0]), halves[0], **given)


def test_what_does_not_go_together_is_refused(halves, theirs):
    other = halves[1].copy()
    other.var_names = [f"ENSG{i:011d}" for i in range(other.n_vars)]
    with pytest.raises(GeneError, match="no gene in common"):
        recipes.fine_tuned(theirs, other)
    nameless = halves[1].copy()
    del nameless.uns["unit"]
    with pytest.raises(UnitError):
        recipes.fine_tuned(theirs, nameless)
    model = recipes.fine_tuned(theirs, halves[1], freeze=7)
    with pytest.raises(InputError, match="from 0 to 1, the source"):
        recipes.fit(model, halves[1], target="condition")
