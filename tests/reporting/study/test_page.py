"""The report of any study: its files say which it is."""

from __future__ import annotations

import pytest

from bulkwise.errors import InputError
from bulkwise.reporting.study import page


@pytest.mark.parametrize("name", ["search.json", "curve.json", "transfer.json"])
def test_the_file_of_a_study_says_who_draws(name, tmp_path, monkeypatch):
    drawn = []
    draws = {
        key: lambda folder, path, key=key: drawn.append((key, folder, path)) or path
        for key in page._REPORTS
    }
    monkeypatch.setattr(page, "_REPORTS", draws)
    (tmp_path / name).write_text("{}")
    assert page.report(tmp_path, tmp_path / "r.html") == tmp_path / "r.html"
    assert drawn == [(name, tmp_path, tmp_path / "r.html")]


def test_a_study_that_isnt_finished_is_pointed_to_resume(tmp_path):
    (tmp_path / "study").mkdir()
    with pytest.raises(InputError, match=r"no finished study .*`bulkwise study resume` goes on"):
        page.report(tmp_path, tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()
