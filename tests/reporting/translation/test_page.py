"""The page of a judgement: what must stand in it, and a name that could be markup."""

from __future__ import annotations

from bulkwise.evaluation import judge_translation
from bulkwise.models import ExpressionTranslator
from bulkwise.reporting import render
from bulkwise.reporting.translation import compose, report


def judged(cohort, **settings):
    model = ExpressionTranslator(**{"tissue": "tissue", "pairs": "patient"} | settings)
    purity = ["G1", "G2", "G3"] if model.pairs else ()
    return judge_translation(model, cohort, n_splits=3, purity=purity)


def test_a_paired_page_has_its_sections(pairs_cohort, tmp_path):
    pairs_cohort.obs["tissue"] = pairs_cohort.obs["tissue"].replace("liver", "<b>liver</b>")
    result = judged(pairs_cohort)
    page = compose(result)
    titles = [section.title for section in page.sections if section.blocks]
    assert titles == [
        "Against the simple rules", "Patient by patient", "Tissue by tissue",
        "Can the intervals be believed?", "Gene by gene", "How much of it is purity?",
        "How to reproduce",
    ]  # fmt: skip
    html = render(page)
    assert "<b>liver</b>" not in html
    assert result.verdict[0].split(",")[0] in html
    result.save(tmp_path / "out")
    report(tmp_path / "out", tmp_path / "again.html")
    assert (tmp_path / "again.html").stat().st_size > 100_000


def test_an_unpaired_page_says_what_cannot_be_known(pairs_cohort):
    html = render(compose(judged(pairs_cohort, pairs=None)))
    assert "can&#39;t be known" in html
    assert "Patient by patient" not in html
