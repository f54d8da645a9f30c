"""``bulkwise curve`` as a user meets it."""

from __future__ import annotations


def test_a_curve_from_the_command_line(run, options, tmp_path):
    words = ("curve", *options, "--target", "condition", "--methods", "network,logistic")
    more = ("--sizes", "8,16", "--repeats", 2, "--processes", 1, "-o", tmp_path / "out")
    done = run(*words, *more)
    assert done.code == 0
    assert "With your 40 samples, use" in done.out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= {"report.html", "fits.csv", "curve.json", "metrics.json", "run.json"}
    assert "kind\tcurve" in run("study", "status", tmp_path / "out").out
    wrong = run(*words, "--sizes", "8,many", "-o", tmp_path / "new")
    assert (wrong.code, "whole numbers with commas" in wrong.err) == (2, True)
