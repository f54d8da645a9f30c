from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkwise.errors import InputError
from bulkwise.reporting.base import (
    COLOURS,
    DASHES,
    PATTERNS,
    SYMBOLS,
    Code,
    Facts,
    Figure,
    Key,
    Notice,
    Page,
    Row,
    Section,
    Table,
    Text,
)
from bulkwise.reporting.html import render, write

HOSTILE = [
    "<script>window.ran=1</script>",
    "</script><script>window.ran=1</script>",
    "<!--<script>",
    '"><img src=x onerror=window.ran=1>',
    "' onmouseover='window.ran=1",
    "<a href='javascript:window.ran=1'>click</a>",
    "{{ 7 * 7 }}{% for x in y %}{# #}",
    "%{customdata.ran}",
    "&lt;b&gt;",
    "\u2028\u2029\x00",
]


class Outline(HTMLParser):
    """The tags of a page, its visible text, and its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.scripts, self._raw = "", [""], False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.attributes.append((tag, dict(attrs)))
        self._raw = tag in {"script", "style"}
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._raw = False

    def handle_data(self, data: str) -> None:
        if self._raw:
            self.scripts[-1] += data
        else:
            self.text += data


def figure(name: str = "a", *, shown: bool = True) -> Figure:
    trace = {"type": "scatter", "x": np.array([0.123456789, np.nan]), "y": [1, 2], "text": [name]}
    key = Key(name, (0,), COLOURS[0], symbol=SYMBOLS[0], dash=DASHES[0], shown=shown)
    return Figure(
        title=name,
        alt=name,
        caption=name,
        traces=[trace],
        layout={},
        keys=(key,),
        scale=(name, name, name),
        least_width=9,
    )


def page(name: str, *, figures: bool = True) -> Page:
    table = Table(title=name, columns=(name, "n"), rows=[(name, "1")], caption=name)
    blocks = [
        Text(name),
        Notice("note", name, (name,)),
        Facts(((name, name),)),
        table,
        Table(title=name, columns=(name,), rows=[(name,)], folded=True),
        Code(name, name),
    ]
    drawn = [figure(name), Row((figure(name), figure(name)))] if figures else []
    return Page(
        title=name,
        question=name,
        warnings=[Notice("warning", name)],
        answer=[Text(name, strong=True)],
        sections=[Section(name, [*blocks, *drawn]), Section("left out", [])],
        version="1",
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text(name: str) -> None:
    plain, hostile = Outline(render(page("name"))), Outline(render(page(name)))
    assert hostile.tags == plain.tags
    assert hostile.text.count(name.replace("\x00", "\ufffd")) + hostile.text.count(name) >= 20


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1))
def test_no_name_changes_the_page(name: str) -> None:
    plain = Outline(render(page("name", figures=False)))
    assert Outline(render(page(name, figures=False))).tags == plain.tags


def test_the_page_may_run_its_own_two_scripts_and_load_nothing() -> None:
    outline = Outline(render(page("name")))
    policy = next(
        attributes["content"]
        for tag, attributes in outline.attributes
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    run = [
        script
        for script, (_, attributes) in zip(
            outline.scripts[1:],
            [item for item in outline.attributes if item[0] == "script"],
            strict=True,
        )
        if attributes.get("type") != "application/json"
    ]
    digests = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in run
    ]
    assert len(run) == 2
    assert rules["script-src"].split() == digests
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "http" not in policy


def test_nothing_refers_to_another_place() -> None:
    outline = Outline(render(page("name")))
    for tag, attributes in outline.attributes:
        assert tag not in {"link", "iframe", "object", "embed", "form", "img", "base"}
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")


def test_a_page_without_figures_is_small_and_runs_no_script() -> None:
    text = render(page("name", figures=False))
    assert len(text) < 20_000
    assert "script-src &#39;none&#39;" in text
    assert "<script" not in text


def data_of(text: str) -> list[dict[str, Any]]:
    found = re.findall(r'<script type="application/json" id="[^"]+">(.*?)</script>', text, re.S)
    return [json.loads(one) for one in found]


def test_numbers_are_rounded_and_missing_ones_are_null() -> None:
    (first, *_rest) = data_of(render(page("name")))
    assert first["traces"][0]["x"] == [0.12346, None]


@pytest.mark.parametrize("name", HOSTILE)
def test_data_keeps_every_name_as_it_is(name: str) -> None:
    assert [one["traces"][0]["text"] for one in data_of(render(page(name)))] == [[name]] * 3


def test_a_switch_that_is_off_hides_its_traces() -> None:
    def drawn(*, shown: bool) -> dict[str, Any]:
        sections = [Section("s", [figure(shown=shown)])]
        return data_of(render(Page(title="t", question="q", sections=sections)))[0]["traces"][0]

    assert "visible" not in drawn(shown=True)
    assert drawn(shown=False)["visible"] is False


def test_sections_without_blocks_are_left_out() -> None:
    assert "left out" not in Outline(render(page("name"))).text


def test_every_symbol_dash_and_hatch_can_be_drawn_in_a_legend() -> None:
    keys = [Key(name, (0,), COLOURS[0], symbol=name) for name in SYMBOLS]
    keys += [Key(name, (0,), COLOURS[0], dash=name) for name in DASHES]
    keys += [Key(name, (0,), COLOURS[0], pattern=name or "plain") for name in PATTERNS]
    drawn = Figure(title="t", alt="a", traces=[{"type": "scatter"}], layout={}, keys=tuple(keys))
    text = render(Page(title="t", question="q", sections=[Section("s", [drawn])]))
    assert text.count('class="swatch"') == len(keys)


def test_long_lists_of_names_are_cut_and_counted() -> None:
    notice = Notice("warning", "many", tuple(f"sample-{i}" for i in range(1000)))
    text = render(Page(title="t", question="q", warnings=[notice]))
    assert text.count("<code>sample-") == 200
    assert "and 800 more" in text


def test_lone_surrogates_do_not_stop_a_report(tmp_path: Path) -> None:
    path = write(page("bad \udc80 name", figures=False), tmp_path / "report.html")
    assert "bad ? name" in path.read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(InputError, match="it is a folder"):
        write(page("name", figures=False), tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == [tmp_path / "report.html"]
