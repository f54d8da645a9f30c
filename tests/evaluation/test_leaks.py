"""The leak audit: real twins fire, look-alikes don't."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pytest

from bulkwise.evaluation import leaks
from bulkwise.evaluation.leaks import audit, leak_findings, scaling_finding
from bulkwise.evaluation.projection import centred_gram
from bulkwise.split import grouped_folds


def run(X, labels=None, groups=None, names=None, n_splits=5):
    n = len(X)
    labels = np.resize(["a", "b"], n) if labels is None else labels
    names = np.array([f"S{i}" for i in range(n)]) if names is None else names
    groups = names if groups is None else groups
    folds = grouped_folds(labels, groups, n_splits=n_splits)
    pairs = [(fold.train, fold.test) for fold in folds]
    return audit(X, centred_gram(X), names, labels, groups, pairs)


def noise(n=40, p=200, seed=0):
    return np.random.default_rng(seed).normal(8, 2, size=(n, p)).astype(np.float32)


def test_strangers_are_not_named():
    assert run(noise()) == ()


@pytest.mark.parametrize("block", [3, 512])
def test_twins_are_named_and_told_apart(monkeypatch, block):
    monkeypatch.setattr(leaks, "_BLOCK", block)
    X = noise()
    X[7] = X[3]
    X[20] = X[11] + np.random.default_rng(1).normal(0, 0.1, 200)
    found = {(one.first, one.second): one for one in run(X)}
    assert found["S3", "S7"].kind == "identical"
    assert found["S11", "S20"].kind == "near-identical"
    assert found["S11", "S20"].correlation == pytest.approx(0.998, abs=0.002)


def test_twins_of_one_patient_stay_on_one_side_and_are_said_all_the_same():
    X = noise()
    X[7] = X[3]
    groups = np.array([f"P{i}" for i in range(40)])
    groups[7] = groups[3]
    (pair,) = run(X, groups=groups)
    assert not pair.both_sides
    (finding,) = leak_findings([pair])
    assert finding.code == "twins-identical"
    assert finding.items == ("S3 = S7",)


def test_a_rare_distinct_tissue_is_not_a_family_of_twins():
    X = noise(n=60)
    labels = np.array(["common"] * 52 + ["rare"] * 8)
    X[52:] += 12 * np.random.default_rng(3).normal(size=200).astype(np.float32)
    assert run(X, labels=labels) == ()
    X[55] = X[53] + np.random.default_rng(4).normal(0, 0.05, 200)
    assert [(one.first, one.second) for one in run(X, labels=labels)] == [("S53", "S55")]


def test_a_barcode_tells_the_patient_where_no_column_does():
    names = np.array([f"TCGA-AB-{i // 2:04d}-{'01' if i % 2 else '11'}" for i in range(40)])
    found = run(noise(), names=names)
    assert found
    assert {one.kind for one in found} == {"same patient"}
    assert all(one.both_sides for one in found)
    patients = np.array([name[:12] for name in names])
    labels = np.array(["tumour", "normal"] * 20)
    assert run(noise(), names=names, groups=patients, labels=labels) == ()


def test_constant_samples_are_no_twins():
    X = noise()
    X[5] = X.mean(axis=0)
    assert run(X) == ()


def test_findings_say_where_they_stand():
    X = noise()
    X[7] = X[3]
    labels = np.resize(["a", "b"], 40)
    folds = [(np.arange(0, 5), np.arange(5, 40))]
    names = np.array([f"S{i}" for i in range(40)])
    (finding,) = leak_findings(audit(X, centred_gram(X), names, labels, names, folds))
    assert (finding.code, finding.level) == ("leak-identical", "warning")
    assert "'S3 = S7'" in finding.message


def test_scaling_over_all_samples_is_seen():
    X = noise()
    assert scaling_finding(X) is None
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    assert "mean 0" in scaling_finding(scaled).message
    assert scaling_finding((X - X.mean(axis=0)) / X.std(axis=0, ddof=1)) is not None
    assert scaling_finding(scaled[:30]) is None
    assert "largest value" in scaling_finding(X / X.max(axis=0)).message
    assert scaling_finding(X[:2]) is None
    assert scaling_finding(np.zeros((9, 4))) is None


@pytest.mark.real
@pytest.mark.parametrize("by_patient", [True, False])
def test_the_doubled_sample_of_the_lung_cohort_fires(data_folder, by_patient):
    cohort = ad.read_h5ad(data_folder / "tcga_lusc_unbalanced.h5ad")
    sheet = cohort.obs.astype(str)
    names = np.array(cohort.obs_names, dtype=str)
    found = run(
        np.asarray(cohort.X),
        labels=sheet.condition.to_numpy(str),
        groups=sheet.patient.to_numpy(str) if by_patient else names,
        names=names,
    )
    twins = [one for one in found if one.kind != "same patient"]
    assert [(one.first[:12], one.kind) for one in twins] == [("TCGA-21-1076", "identical")]
    assert by_patient or any(one.kind == "same patient" for one in found)


@pytest.mark.real
def test_abundant_genes_do_not_make_twins_in_rnaseqdb(data_folder):
    from bulkwise.datasets import load

    cohort = load("rnaseqdb")
    logs = np.log2(np.maximum(np.asarray(cohort.X), 0) + 1)
    sheet = cohort.obs.astype(str)
    found = run(logs, labels=sheet.tissue.to_numpy(str), groups=sheet.patient.to_numpy(str))
    assert [one for one in found if one.both_sides] == []
