"""A transfer study end to end: what helps, what harms, resumed, read back, refused."""

from __future__ import annotations

import numpy as np
import pytest

import bulkwise
from bulkwise.errors import GeneError, InputError, SampleError, StudyError
from bulkwise.reporting.study import report
from bulkwise.study import Local, Transfer

from .conftest import QUICK, P, hospitals


def run(cohort, folder, **more) -> Transfer:
    given = {"target": "condition", "by": "hospital", "engine": Local(1), **QUICK}
    return bulkwise.transfer(cohort, folder=folder, **(given | more))


def test_a_study_end_to_end(cohort, tmp_path):
    found = run(cohort, tmp_path / "t", apart=["west"], freeze=(0, 2))
    assert found.asked["sources"] == ["east", "north", "south", "west", "all others"]
    (good,) = found.at(size=8, source="all others", target="east", method="transfer", freeze=0)
    (plain,) = found.at(size=8, target="east", method="scratch")
    assert good.score.value > plain.score.value + 0.03
    assert good.difference.value == pytest.approx(good.score.value - plain.score.value)
    assert not found.at(source="east", target="east")
    helps = next(claim for claim in found.claims if "(all other domains)" in claim.question)
    assert (helps.n_targets, helps.size) == (3, 8)
    assert helps.difference.value > 0.03
    assert any("freeze 0 layers than 2" in claim.question for claim in found.claims)
    mean = next(one for one in found.means if one.method == "scratch" and one.size == 8)
    targets = [p.score.value for p in found.at(size=8, method="scratch") if p.target != "west"]
    assert mean.score.value == pytest.approx(np.mean(targets))
    again = Transfer.load(tmp_path / "t")
    assert again.summary() == found.summary()
    assert again.claims == found.claims
    assert again.fits["source"].tolist() == found.fits["source"].tolist()
    page = report(tmp_path / "t", tmp_path / "t" / "report.html").read_text(encoding="utf-8")
    for words in ("Every source to every target", "How many layers to freeze", "shown apart:"):
        assert words in page
    results = tmp_path / "t" / "study" / "results.jsonl"
    whole = results.read_bytes()
    results.write_bytes(whole[:-5])
    resumed = run(cohort, tmp_path / "t", apart=["west"], freeze=(0, 2))
    assert resumed.fits.equals(found.fits)
    with pytest.raises(StudyError, match="other settings"):
        run(cohort, tmp_path / "t", apart=["west"], freeze=(0,))


def test_several_cohorts_in_several_units_share_genes_by_name(tmp_path):
    first = hospitals(names=("east",))
    second = hospitals(names=("east", "south"))[48:].copy()
    second.X = np.exp2(second.X)
    second.uns["unit"] = "tpm"
    order = np.random.default_rng(0).permutation(P)[:100]
    second = second[:, order].copy()
    second.obs["kind"] = second.obs.pop("condition").map({"normal": "benign", "tumour": "bad"})
    found = run(
        {"lines": first, "patients": second},
        tmp_path / "t",
        by=None,
        target=("condition", "kind"),
        sizes=(8,),
        pretraining=("classes", "denoising", "layerwise"),
    )
    assert found.asked["units"] == ["log2", "tpm"]
    assert found.asked["n_genes"] == 100
    assert any("100 genes are common" in one["message"] for one in found.findings)
    assert not found.at(method="direct")
    ways = {(p.source, p.target, p.pretraining) for p in found.at(method="transfer")}
    kinds = ("classes", "denoising", "layerwise")
    assert ways == {
        pair
        for kind in kinds
        for pair in (("lines", "patients", kind), ("patients", "lines", kind))
    }
    second.var_names = [f"X{i}" for i in range(100)]
    with pytest.raises(GeneError, match="no gene in common"):
        run({"a": first, "b": second}, tmp_path / "u", by=None, target=("condition", "kind"))


def test_nobody_of_the_target_is_in_a_source(cohort, tmp_path):
    """All of south's patients stand in the east as well, so that nothing is left of south."""
    south = (cohort.obs["hospital"] == "south").to_numpy()
    east = (cohort.obs["hospital"] == "east").to_numpy()
    cohort.obs.loc[south, "patient"] = cohort.obs.loc[east, "patient"].to_numpy()
    found = run(cohort, tmp_path / "t", targets=["east"], sources=["south", "north"], sizes=(8,))
    own = found.fits[found.fits["source"] == "south"]
    assert own["balanced_accuracy"].isna().all()
    assert own["error"].str.contains("no two classes beside the target's patients").all()
    assert any("fits from south failed" in one["message"] for one in found.findings)
    assert found.fits[found.fits["source"] == "north"]["balanced_accuracy"].notna().all()


def test_a_diverging_fit_is_recorded_and_the_rest_goes_on(cohort, tmp_path):
    wild = QUICK["training"].get_params() | {"learning_rate": 1e6, "patience": None}
    found = run(
        cohort,
        tmp_path / "t",
        targets=["east"],
        sources=["north"],
        sizes=(8,),
        training=type(QUICK["training"])(**wild),
        network=type(QUICK["network"])(widths=(12,), batch_norm=False),
    )
    failed = found.fits[found.fits["error"].astype(bool)]
    assert set(failed["method"]) == {"scratch", "transfer"}
    assert failed["error"].str.contains("diverged").all()
    (rival,) = found.at(method="logistic")
    assert rival.n_repeats == 2


def test_a_domain_without_two_classes_is_named(cohort, tmp_path):
    keep = (cohort.obs["hospital"] != "west") | (cohort.obs["condition"] == "normal")
    found = run(cohort[keep.to_numpy()].copy(), tmp_path / "t", sizes=(8,), targets=None)
    assert "west" not in found.asked["targets"]
    assert any("west has one class only" in one["message"] for one in found.findings)


def test_what_cant_be_asked_is_refused(cohort, tmp_path):
    one = hospitals(names=("east",))
    for kind, words, what, more in (
        (InputError, "has 3[0-9] samples to draw from .* so 40", cohort,
         {"targets": ["east"], "sizes": (8, 40)}),
        (InputError, "No domain has two classes and 400 samples", cohort, {"sizes": (400,)}),
        (InputError, "at least 0 and at most 2, the network's hidden layers. Got 3", cohort,
         {"freeze": (3,)}),
        (InputError, "Every size must be at least 2. Got 1", cohort, {"sizes": (1,)}),
        (InputError, "'magic' isn't known: expected classes", cohort, {"pretraining": ("magic",)}),
        (InputError, "baseline 'magic' isn't known", cohort, {"baselines": ("magic",)}),
        (InputError, r"no domain 'mars' \(in sources\)", cohort, {"sources": ["mars"]}),
        (InputError, r"no domain 'mars' \(in targets\)", cohort, {"targets": ["mars"]}),
        (InputError, "at least 2 repeats", cohort, {"repeats": 1}),
        (InputError, "share to test on", cohort, {"share": 1.0}),
        (InputError, "at least two domains; there is 'east' only", one, {}),
        (InputError, "or several cohorts without one", cohort, {"by": None}),
        (InputError, "or several cohorts without one", {"a": one, "b": one}, {}),
        (InputError, "expected 1 or 2, got 3", {"a": one, "b": one},
         {"by": None, "target": ("a", "b", "c")}),
        (SampleError, "No domain has two classes of at least 100", cohort, {"least": 100}),
    ):  # fmt: skip
        with pytest.raises(kind, match=words):
            run(what, tmp_path / "x", **more)
    assert not (tmp_path / "x").exists()
