"""``bulkwise reproduce``: each paper is asked with the options given, saved, and shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bulkwise import reproduce

Run = Callable[..., Any]


class Result:
    """What a reproduction leaves, without the work."""

    summary = "ours 0.9, theirs 0.8"

    def __init__(self) -> None:
        self.saved: list[Path] = []

    def save(self, folder: Path) -> None:
        self.saved.append(folder)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> tuple[Result, dict[str, Any]]:
    """The result that every paper gives, and what it was asked for."""
    result, options = Result(), {}

    def stand_in(name: str) -> Callable[..., Result]:
        def made(*given: Any, **named: Any) -> Result:
            options.update(named, paper=name, given=given)
            return result

        return made

    for name in ("deep4med_classifier", "deep4med_transferor", "egex"):
        monkeypatch.setattr(reproduce, f"reproduce_{name}", stand_in(name), raising=False)
    return result, options


def test_a_result_is_saved_printed_and_its_report_named(run: Run, asked: Any, tmp_path: Path):
    result, options = asked
    done = run("reproduce", "deep4med-classifier", "--epochs", 3, "--seed", 5, "-o", tmp_path)
    assert (done.code, done.out) == (0, "ours 0.9, theirs 0.8\n")
    assert result.saved == [tmp_path]
    assert "report.html" in done.err
    assert options == {"paper": "deep4med_classifier", "given": (), "epochs": 3, "seed": 5}


def test_gene_sets_and_cell_lines_are_read_from_their_files(
    run: Run, asked: Any, pairs_cohort: Any, tmp_path: Path
):
    (tmp_path / "a.gmt").write_text("one\t\tG1\tG2\n")
    (tmp_path / "b.gmt").write_text("two\t\tG3\n")
    pairs_cohort.write_h5ad(tmp_path / "lines.h5ad")
    sets = ("--genesets", tmp_path / "a.gmt", "--genesets", tmp_path / "b.gmt")
    more = ("--cell-lines", tmp_path / "lines.h5ad", "--folds", 4)
    done = run("reproduce", "deep4med-transferor", *sets, *more, "-o", tmp_path / "o")
    assert done.code == 0, done.err
    _, options = asked
    assert [sorted(library.sets) for library in options["libraries"]] == [["one"], ["two"]]
    assert options["cell_lines"].shape == pairs_cohort.shape
    assert options["folds"] == 4
    run("reproduce", "deep4med-transferor", "-o", tmp_path / "o")
    assert (options["libraries"], options["cell_lines"], options["folds"]) == ([], None, 5)


def test_targets_that_the_matrix_lacks_are_left_out(
    run: Run, asked: Any, options: tuple[object, ...], tmp_path: Path
):
    (tmp_path / "targets.txt").write_text("GENE007\nNONE\nGENE009\n")
    words = ("--landmarks", "auto:5", "--targets", tmp_path / "targets.txt", "--no-networks")
    done = run("reproduce", "egex", *options, *words, "--folds", 1, "-o", tmp_path / "o")
    assert done.code == 0, done.err
    _, given = asked
    assert given["targets"] == ["GENE007", "GENE009"]
    assert given["given"][0].shape == (40, 60)
    assert (given["landmarks"], given["networks"], given["folds"]) == ("auto:5", False, 1)
    run("reproduce", "egex", *options, "-o", tmp_path / "o")
    assert (given["targets"], given["networks"]) == (None, True)
