"""The model card."""

from __future__ import annotations

from bulkwise.bundle.card import write_card

MAIN = {
    "task": "classify",
    "targets": {"tissue": ["kidney", "liver"]},
    "unit": "fpkm",
    "training": {
        "cohort": "made up",
        "n_samples": 1078,
        "groups": "patient",
        "n_patients": 800,
        "classes": {"tissue": {"kidney": 218, "liver": 860}},
        "held_profiles": False,
    },
    "versions": {"python": "3.11.7"},
}


def test_what_a_card_says():
    card = write_card(MAIN, ["Log1p()", "MLP(\n  widths=(8,))"], 18154)
    for said in (
        "# Model card: tissue",
        "`fpkm`, over 18,154 genes",
        "1,078 samples of 800 patients (column patient), cohort made up",
        "| kidney | 218 |",
        "1. `Log1p()`",
        "2. `MLP( widths=(8,))`",
        "- python 3.11.7",
    ):
        assert said in card
    assert "harmonised" not in card
    assert "profiles" not in card


def test_warnings_where_they_apply():
    training = {**MAIN["training"], "held_profiles": True, "groups": None}
    card = write_card({**MAIN, "unit": "fpkm_harmonised", "training": training}, [], 1)
    assert "corrected upstream over all of its samples" in card
    assert "holds expression profiles of training samples" in card
    assert "for all that is known" in card


def test_names_cannot_break_out():
    training = {**MAIN["training"], "classes": {"tissue": {"a | b\n# c <script>": 3}}}
    card = write_card({**MAIN, "training": training}, ["x`y"], 1)
    assert "| a \\| b \\# c \\<script\\> | 3 |" in card
    assert "1. `xy`" in card


def test_tasks_without_a_column():
    main = {**MAIN, "task": "direction", "targets": {}}
    main["training"] = {**MAIN["training"], "classes": {}}
    card = write_card(main, ["Model()"], 0)
    assert "# Model card: the direction of each gene's change" in card
    assert "whichever genes there are" in card
    assert "applicability" not in card
    assert "| kidney |" not in card
