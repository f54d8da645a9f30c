"""The source probe: above, below and at 0.5."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pytest

from bulkwise.evaluation import source_probe
from bulkwise.evaluation.source_probe import no_source, probe_findings, probe_sources


def planted(shift=0.0, spread=1.0, n=120, p=300, seed=0):
    """One label, two sources that differ in the mean or in the spread of all genes."""
    rng = np.random.default_rng(seed)
    sources = np.where(rng.permutation(n) % 3 == 0, "gtex", "tcga")
    X = rng.normal(size=(n, p)) * np.where(sources == "gtex", spread, 1.0)[:, None]
    X[sources == "gtex"] += shift * rng.normal(size=p)
    return X.astype(np.float32), np.full(n, "kidney"), sources, np.arange(n).astype(str)


def test_sources_that_are_alike_are_not_told_apart():
    (probe,) = probe_sources(*planted(), random_state=0)
    assert abs(probe.linear_auc - 0.5) < 0.2
    assert abs(probe.forest_auc - 0.5) < 0.2
    assert not probe.warns
    assert probe_findings([probe], "source") == []


def test_a_shift_is_seen_by_both():
    (probe,) = probe_sources(*planted(shift=1.0), random_state=0)
    assert probe.linear_auc > 0.95
    assert probe.forest_auc > 0.95
    found = probe_findings([probe], "source")
    assert [one.code for one in found] == ["source-predictable"]
    assert found[0].items == ("kidney",)


def test_a_spread_is_seen_by_the_forest_only():
    (probe,) = probe_sources(*planted(spread=1.4), random_state=0)
    assert abs(probe.linear_auc - 0.5) < 0.25
    assert probe.forest_auc > 0.9
    assert probe.warns


def test_correction_over_all_samples_turns_the_linear_model_round():
    X, labels, sources, groups = planted(spread=1.4)
    for source in ("gtex", "tcga"):
        X[sources == source] -= X[sources == source].mean(axis=0)
    (probe,) = probe_sources(X, labels, sources, groups, random_state=0)
    assert probe.linear_auc < 0.1
    codes = [one.code for one in probe_findings([probe], "source")]
    assert codes == ["source-predictable", "corrected-over-all-samples"]


def test_labels_without_two_sources_of_five_patients_are_skipped():
    X, labels, sources, groups = planted(n=40)
    labels = labels.astype("U10")
    labels[:20] = "liver"
    sources[:20] = "tcga"
    groups[np.flatnonzero(sources == "gtex")[:4]] = "one patient"
    assert probe_sources(X, labels, np.full(40, "tcga"), groups, random_state=0) == ()
    found = probe_sources(X, labels, sources, groups, random_state=0)
    assert [one.label for one in found] in ([], ["kidney"])
    few = np.count_nonzero(sources == "gtex") - 3
    assert bool(found) == (few >= 5)


def test_large_labels_are_drawn_from_and_the_same_seed_gives_the_same(monkeypatch):
    monkeypatch.setattr(source_probe, "_MOST_SAMPLES", 60)
    X, labels, sources, groups = planted(n=150, p=40)
    one = probe_sources(X, labels, sources, groups, random_state=3)
    assert sum(one[0].counts.values()) in (59, 60)
    assert one == probe_sources(X, labels, sources, groups, random_state=3)


def test_three_batches_and_no_source():
    X, labels, sources, groups = planted()
    sources = sources.astype("U5")
    sources[:30] = "third"
    X[:30] += 2.0
    (probe,) = probe_sources(X, labels, sources, groups, random_state=0)
    assert set(probe.counts) == {"gtex", "tcga", "third"}
    assert 0.6 < probe.linear_auc < 1.0
    assert no_source().level == "note"


@pytest.mark.real
def test_kidney_normals_of_rnaseqdb_fire_in_both_directions(data_folder):
    from bulkwise.datasets import load

    cohort = load("rnaseqdb")
    obs = cohort.obs.astype(str)
    chosen = ((obs.tissue == "kidney") & (obs.condition == "normal")).to_numpy()
    kidney = cohort[chosen]
    logs = np.log2(np.maximum(np.asarray(kidney.X), 0) + 1)
    own = kidney.obs.astype(str)
    (probe,) = probe_sources(
        logs,
        own.tissue.to_numpy(str),
        own.source.to_numpy(str),
        own.patient.to_numpy(str),
        random_state=0,
    )
    assert probe.forest_auc > 0.97
    assert probe.linear_auc < 0.2
    assert probe.warns


@pytest.mark.real
def test_the_batches_of_the_bladder_cancers_are_told_apart(data_folder):
    cohort = ad.read_h5ad(data_folder / "bladderbatch.h5ad")
    cancers = cohort[(cohort.obs.cancer == "Cancer").to_numpy()]
    (probe,) = probe_sources(
        np.asarray(cancers.X),
        np.full(cancers.n_obs, "Cancer"),
        cancers.obs.batch.astype(str).to_numpy(str),
        np.array(cancers.obs_names, dtype=str),
        random_state=0,
    )
    assert probe.linear_auc > 0.8
    assert probe.warns
