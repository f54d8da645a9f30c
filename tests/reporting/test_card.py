from __future__ import annotations

from collections.abc import Callable

from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import Code, Facts, Table
from bulkwise.reporting.card import card, reproduce

Make = Callable[..., Evaluation]


def facts(blocks: object) -> dict[str, str]:
    (one,) = (block for block in blocks if isinstance(block, Facts))  # type: ignore[attr-defined]
    return dict(one.pairs)


def test_the_card_says_what_it_is_for_and_what_it_is_not(made: Make) -> None:
    found = facts(card(made()).blocks)
    assert found["Model: mlp"].startswith("Pipeline(Log1p()")
    assert found["Known limits"] == "2 warnings at the top of this page"
    assert "decisions on patients" in found["Not meant for"]
    assert found["Balanced accuracy, mlp"].endswith("out of fold")


def test_the_baselines_are_described(made: Make) -> None:
    (table,) = (block for block in card(made()).blocks if isinstance(block, Table))
    assert [row[0] for row in table.rows] == ["majority", "logistic", "knn"]


def test_one_warning_is_one_and_none_proves_nothing(made: Make) -> None:
    result = made()
    result.findings = result.findings[:1]
    assert facts(card(result).blocks)["Known limits"] == "1 warning at the top of this page"
    result.findings = ()
    assert facts(card(result).blocks)["Known limits"].startswith("no warning was raised")


def test_the_command_can_be_copied_and_the_rest_is_listed(made: Make) -> None:
    blocks = reproduce(made()).blocks
    (command,) = (block for block in blocks if isinstance(block, Code))
    assert command.text == "bulkwise evaluate cohort --target tissue -o out"
    found = facts(blocks)
    assert found["Seed"] == "0"
    assert found["Versions"] == "bulkwise 0.1.0, python 3.11"
    assert found["Seconds by stage"] == "fit 12.35, controls 3.2"
    assert len(found["SHA-256 of the data"]) == 64


def test_a_command_in_parts_is_joined_and_what_is_missing_left_out(made: Make) -> None:
    result = made()
    result.run = {"command": ["bulkwise", "demo"], "notes": [], "host": None, "gpu": False}
    blocks = reproduce(result).blocks
    (command,) = (block for block in blocks if isinstance(block, Code))
    assert command.text == "bulkwise demo"
    assert facts(blocks) == {"Gpu": "no"}
