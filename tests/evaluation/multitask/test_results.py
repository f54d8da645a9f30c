"""The folder of several targets: what is saved comes back, and what doesn't fit is said."""

from __future__ import annotations

import json

import pytest

from bulkwise.errors import InputError
from bulkwise.evaluation import Evaluation, MultitaskEvaluation
from bulkwise.evaluation.multitask.results import holds_several


def test_a_folder_comes_back_as_it_was(result, tmp_path):
    folder = result.save(tmp_path / "both")
    assert MultitaskEvaluation.load(folder) == result
    assert holds_several(folder)
    metrics = json.loads((folder / "metrics.json").read_text())
    found = metrics["targets"]["tissue"]["models"]["both"]["metrics"]["accuracy"]
    assert found["low"] <= found["value"] <= found["high"]
    files = json.loads((folder / "run.json").read_text())["files"]
    assert sorted(path.name for path in folder.iterdir()) == files
    table = result.to_frame()
    assert table["target"].value_counts().to_dict() == {"tissue": 80, "condition": 80}
    assert list(table.columns[:3]) == ["target", "sample", "group"]


def test_another_kind_of_folder_is_refused(result, tmp_path):
    single = result.targets["tissue"].save(tmp_path / "one")
    assert not holds_several(single)
    assert Evaluation.load(single) == result.targets["tissue"]
    with pytest.raises(InputError, match="metrics"):
        MultitaskEvaluation.load(single)
    with pytest.raises(InputError, match="metrics"):
        Evaluation.load(result.save(tmp_path / "both"))


def test_the_summary_names_every_target_and_model_with_the_verdicts(result):
    text = result.summary()
    assert text.startswith("both: tissue, condition in made (80 samples, 40 patients")
    for word in ("majority", "knn", "Balanced accuracy", *result.verdict):
        assert word in text
    assert all(sentence.startswith(("tissue: ", "condition: ")) for sentence in result.verdict)
