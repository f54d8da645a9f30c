"""A curve end to end: resumed, read back, and refused where it can't be drawn."""

from __future__ import annotations

import pytest

from bulkwise.errors import InputError, StudyError
from bulkwise.reporting.study import report
from bulkwise.study import Curve, Local, curve


def run(cohort, folder, **more) -> Curve:
    asked = {"target": "kind", "methods": ("network", "linear-svm", "logistic"), "repeats": 2}
    given = {**asked, "sizes": (15, 60), "engine": Local(1)}
    return curve(cohort, folder=folder, **(given | more))


def test_a_curve_end_to_end(cohort, tmp_path):
    found = run(cohort, tmp_path / "c")
    assert len(found.fits) == 2 * 2 * 3
    assert found.at(60)["linear-svm"].score.value > found.at(15)["linear-svm"].score.value
    assert "With your 120 samples, use" in found.verdict[0]
    assert len(found.summary().splitlines()[-1].split()) == 3
    again = Curve.load(tmp_path / "c")
    assert again.summary() == found.summary()
    assert again.points[-1].score == found.points[-1].score
    page = report(tmp_path / "c", tmp_path / "c" / "report.html").read_text(encoding="utf-8")
    assert "Learning curves" in page
    results = tmp_path / "c" / "study" / "results.jsonl"
    results.write_bytes(results.read_bytes()[:-5])
    resumed = run(cohort, tmp_path / "c")
    assert resumed.points == found.points or str(resumed.points) == str(found.points)
    with pytest.raises(StudyError, match="other seeds"):
        run(cohort, tmp_path / "c", random_state=1)


def test_what_cant_be_drawn_is_refused(cohort, tmp_path):
    for words, more in (
        ("from 6 .* to 8[0-9], .* Got 500", {"sizes": (20, 500)}),
        ("Got 3", {"sizes": (3,)}),
        ("method 'magic' isn't known", {"methods": ("network", "magic")}),
        ("at least 2 repeats", {"repeats": 1}),
        ("share to test on", {"share": 0.0}),
    ):
        with pytest.raises(InputError, match=words):
            run(cohort, tmp_path / "x", **more)
    assert not (tmp_path / "x").exists()


def test_a_folder_without_a_curve_is_refused(tmp_path):
    with pytest.raises(InputError, match="no finished learning curve"):
        Curve.load(tmp_path)
