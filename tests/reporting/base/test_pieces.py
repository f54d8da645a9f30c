from __future__ import annotations

from bulkwise.reporting.base import pieces
from bulkwise.reporting.base.pieces import Figure, Key, Row


def test_the_first_56_names_look_different_by_more_than_colour() -> None:
    looks = [pieces.look(i) for i in range(56)]
    assert len({(one.colour, one.symbol) for one in looks}) == 56
    assert all(looks[i].symbol != looks[i + 1].symbol for i in range(55))
    assert len({(one.colour, one.dash) for one in looks[:35]}) == 35


def test_a_legend_is_grouped_in_order() -> None:
    keys = (
        Key("a", (0,), pieces.BLUE, group="first"),
        Key("b", (1,), pieces.BLUE, group="second"),
        Key("c", (2,), pieces.BLUE, group="first"),
    )
    figure = Figure(title="t", alt="a", traces=[], layout={}, keys=keys)
    assert {name: [key.name for key in group] for name, group in figure.groups.items()} == {
        "first": ["a", "c"],
        "second": ["b"],
    }


def test_wide_figures_stand_below_one_another_on_paper() -> None:
    narrow = Figure(title="t", alt="a", traces=[], layout={})
    wide = Figure(title="t", alt="a", traces=[], layout={}, least_width=800)
    assert not Row((narrow, narrow)).stacks
    assert Row((narrow, wide)).stacks
