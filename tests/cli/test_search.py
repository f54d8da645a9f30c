"""``bulkwise search`` as a user meets it."""

from __future__ import annotations


def test_a_search_from_the_command_line(run, search_words, tmp_path):
    done = run(*search_words)
    assert done.code == 0
    assert "the best of 16 networks" in done.out
    assert "logistic" in done.out
    assert "Report:" in done.err
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= {"report.html", "trials.csv", "metrics.json", "run.json", "best.zip", "study"}


def test_wrong_input_is_one_sentence(run, search_words, options, tmp_path):
    run(*search_words)
    other = run(*search_words, "--seed", 3)
    assert other.code == 3
    assert "other seeds: expected 0, got 3" in other.err
    missing = run("search", *options, "--target", "colour", "-o", tmp_path / "new")
    assert (missing.code, "'colour'" in missing.err) == (2, True)
    engine = run(*search_words, "--engine", "slurm")
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
