"""``bulkwise search`` and ``bulkwise study`` as a user meets them."""

from __future__ import annotations

import pytest

from bulkwise.study.random_search import networks


@pytest.fixture
def words(options, tmp_path, monkeypatch):
    monkeypatch.setattr(networks, "NETWORKS_OF_A_UNIT", 8)
    asked = ("--target", "condition", "--trials", 16, "--epochs", 4, "--processes", 1)
    return ("search", *options, *asked, "-o", tmp_path / "out")


def test_a_search_from_the_command_line(run, words, tmp_path):
    done = run(*words)
    assert done.code == 0
    assert "the best of 16 networks" in done.out
    assert "logistic" in done.out
    assert "Report:" in done.err
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= {"report.html", "trials.csv", "metrics.json", "run.json", "best.zip", "study"}


def test_a_study_is_looked_at_resumed_and_drawn_again(run, words, tmp_path):
    out = tmp_path / "out"
    first = run(*words)
    results = out / "study" / "results.jsonl"
    results.write_bytes(results.read_bytes()[:-9])
    status = run("study", "status", out)
    facts = dict(line.split("\t") for line in status.out.splitlines())
    assert facts["units done"] == "1 of 2"
    assert facts["command"].startswith("bulkwise search")
    resumed = run("study", "resume", out)
    assert resumed.code == 0
    assert resumed.out == first.out
    assert "units done\t2 of 2" in run("study", "status", out).out
    (out / "report.html").unlink()
    drawn = run("study", "report", out)
    assert drawn.out.strip() == str(out / "report.html")
    assert (out / "report.html").is_file()


def test_wrong_input_is_one_sentence(run, words, options, tmp_path):
    there = run("study", "status", tmp_path / "nowhere")
    assert (there.code, "no study in" in there.err) == (2, True)
    run(*words)
    other = run(*words, "--seed", 3)
    assert other.code == 3
    assert "other seeds: expected 0, got 3" in other.err
    moved = tmp_path / "moved"
    (tmp_path / "out").rename(moved)
    assert "another folder" in run("study", "resume", moved).err
    missing = run("search", *options, "--target", "colour", "-o", tmp_path / "new")
    assert (missing.code, "'colour'" in missing.err) == (2, True)
    engine = run(*words, "--engine", "slurm")
    assert (engine.code, "expected local or ray" in engine.err) == (2, True)


def test_another_estimator_from_the_command_line(run, options, tmp_path):
    asked = ("--estimator", "MultitaskClassifier", "--target", "condition", "--trials", 2)
    fast = ("--vary", "training__epochs=2", "--vary", "network__code=4,8", "--processes", 1)
    done = run("search", *options, *asked, *fast, "-o", tmp_path / "out")
    assert (done.code, done.err) == (0, done.err)
    assert "The best of 2 settings of MultitaskClassifier" in done.out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= {"report.html", "trials.csv", "best.zip"}


def test_options_that_dont_go_together_are_one_sentence(run, options, tmp_path):
    out = ("-o", tmp_path / "out")
    target = ("--target", "condition")
    for words, more in (
        ("predicts one column", ()),
        ("--landmarks goes with --estimator", (*target, "--landmarks", "dgex")),
        ("needs --landmarks; got --target", ("--estimator", "NetworkInference", *target)),
        ("no estimator 'SVC'", ("--estimator", "SVC", *target)),
        ("Can't read the setting 'x'", ("--estimator", "DeepCME", *target, "--vary", "x")),
        ("--space, --epochs", ("--estimator", "DeepCME", *target, "--epochs", 3)),
        ("no sampler 'grid'", (*target, "--sampler", "grid")),
    ):
        done = run("search", *options, *more, *out)
        assert (done.code, words in done.err) == (2, True), (words, done.err)
    assert not (tmp_path / "out").exists()
