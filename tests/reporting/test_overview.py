from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting import overview
from bulkwise.reporting.base import Facts, Figure, Notice, Text

Make = Callable[..., Evaluation]


def test_the_question_says_what_was_asked_of_what(made: Make) -> None:
    asked = overview.question(made())
    assert "tissue (5 classes)" in asked
    assert "18,154 genes (fpkm_harmonised)" in asked
    assert "120 samples of 113 patients in cohort" in asked


def test_samples_without_patients_stand_for_themselves(made: Make) -> None:
    result = made()
    result.question = replace(result.question, groups=None)
    assert "120 samples, each standing for itself, in cohort" in overview.question(result)
    result.question = replace(result.question, groups="donor")
    assert "113 groups by donor" in overview.question(result)


def test_no_warning_is_said_too(made: Make) -> None:
    result = made()
    result.findings = ()
    (only,) = overview.warnings(result)
    assert (only.level, only.items) == ("good", ())


def test_the_answer_is_the_verdict_and_the_numbers_it_rests_on(made: Make) -> None:
    verdict, cards = overview.answer(made())
    assert isinstance(verdict, Text)
    assert verdict.strong
    assert isinstance(cards, Facts)
    assert [name for name, _ in cards.pairs] == [
        "Balanced accuracy, mlp",
        "Balanced accuracy, logistic",
        "Permuted labels, mlp",
    ]
    assert cards.pairs[2][1] == "P = 0.048"


def test_notes_stand_with_the_data_and_warnings_do_not(made: Make) -> None:
    notices = [one for one in overview.data(made()).blocks if isinstance(one, Notice)]
    assert [one.level for one in notices] == ["note"]


def classes(result: Evaluation) -> Figure:
    (figure,) = (one for one in overview.data(result).blocks if isinstance(one, Figure))
    return figure


def test_the_bars_add_up_to_the_samples(made: Make) -> None:
    result = made(5)
    drawn = classes(result)
    assert [trace["name"] for trace in drawn.traces] == ["GTEx", "TCGA"]
    totals = [sum(pair) for pair in zip(*(trace["x"] for trace in drawn.traces), strict=True)]
    assert totals == list(result.question.counts.values())


def test_without_sources_there_is_one_bar_a_class_and_no_legend(made: Make) -> None:
    result = made(5)
    result.projections = ()
    drawn = classes(result)
    assert len(drawn.traces) == 1
    assert not drawn.keys


def test_the_title_names_target_and_cohort(made: Make) -> None:
    assert overview.title(made()) == "Predicting tissue in cohort"


def test_only_the_first_sentence_of_the_verdict_is_set_large(made: Make) -> None:
    result = made()
    result.verdict = ("First.", "Second.")
    texts = [one for one in overview.answer(result) if isinstance(one, Text)]
    assert [(one.text, one.strong) for one in texts] == [("First.", True), ("Second.", False)]
