"""A loaded bundle knows its training samples and takes values in its genes' order."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bulkwise import bundle


def test_names_it_has_seen(tmp_path, cohort, model):
    loaded = bundle.load(bundle.save(model, tmp_path / "b", cohort=cohort, target="tissue"))
    assert loaded.seen(["sample 3", "sample 99", " sample 4 "]) == ["sample 3", " sample 4 "]
    assert loaded.seen(["patient 3", "sample 3"], kind="patients") == ["patient 3"]


def test_values_as_the_model_was_fitted(tmp_path, cohort, model):
    loaded = bundle.load(bundle.save(model, tmp_path / "b", cohort=cohort, target="tissue"))
    given = loaded.prepared(cohort.X)
    assert isinstance(given, pd.DataFrame)
    assert given.columns.tolist() == cohort.var_names.tolist()
    bare = loaded.__class__(**{**vars(loaded), "model": _fitted_on_arrays(cohort)})
    assert isinstance(bare.prepared(cohort.X), np.ndarray)


def _fitted_on_arrays(cohort):
    from bulkwise.models import RowSpaceLogistic

    return RowSpaceLogistic(Cs=1.0).fit(np.asarray(cohort.X), cohort.obs["tissue"].to_numpy())
