from __future__ import annotations

import pytest
from sklearn.metrics import roc_auc_score

from bulkwise.evaluation.external import ExternalValidation
from bulkwise.evaluation.external.judgement import too_few
from bulkwise.stats import auc_at, c_index


def test_measures_over_time_are_those_of_the_risks(found: ExternalValidation) -> None:
    risks = found.risks
    for name, model in found.models.items():
        risk = risks[f"risk({name})"]
        horizon = 5 * 365.25
        area = auc_at(risks["time"], risks["event"], risk, horizon)
        assert model.metrics["time_dependent_auroc"].value == pytest.approx(area)
        c = c_index(risks["time"], risks["event"], risk)
        assert model.metrics["c_index"].value == pytest.approx(c)


def test_the_auroc_within_a_stratum_is_that_of_its_patients(
    found: ExternalValidation, away: object
) -> None:
    risks = found.risks.set_index("sample")
    er = away.obs["er"]  # type: ignore[attr-defined]
    for one in found.external.strata:
        inside = risks[(er == one.level).reindex(risks.index) & (risks["endpoint"] != "")]
        area = roc_auc_score(inside["endpoint"] == "yes", inside["risk(ours)"])
        assert one.auroc["ours"].value == pytest.approx(area, abs=1e-6)
        assert one.counts["yes"] == (inside["endpoint"] == "yes").sum()


def test_models_are_compared_with_what_is_simpler(found: ExternalValidation) -> None:
    pairs = {(row.model, row.rival) for row in found.evaluation.comparisons}
    assert pairs == {
        *(("ours", rival) for rival in ("majority", "logistic", "knn", "grade", "age", "clinical")),
        ("ours + clinical", "clinical"),
        ("ours + clinical", "ours"),
    }
    deciding = [row for row in found.evaluation.comparisons if row.decides]
    assert {row.metric for row in deciding} == {"auroc"}
    for row in deciding:
        gap = (
            found.models[row.model].metrics["auroc"].value
            - found.models[row.rival].metrics["auroc"].value
        )
        assert row.difference.value == pytest.approx(gap)


def test_the_verdict_names_the_best_rival_of_each_kind(found: ExternalValidation) -> None:
    area = {name: one.metrics["auroc"].value for name, one in found.models.items()}
    on_genes = max(("majority", "logistic", "knn"), key=area.__getitem__)
    without = max(("grade", "age", "clinical"), key=area.__getitem__)
    assert f"vs {on_genes} " in found.verdict[0]
    assert f"vs {without} " in found.verdict[1]
    assert len(found.verdict) == 4


def test_too_few_is_said_plainly() -> None:
    finding = too_few("The test cohort X", {"no": 40, "yes": 4})
    assert finding.message == (
        "The test cohort X has 4 patients of class 'yes', fewer than 10: its figures are shown, "
        "but they can't support a claim."
    )
    assert finding.items == ("yes",)
