from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import InputError
from bulkwise.evaluation import Evaluation
from bulkwise.evaluation.external import FOLLOW_UP_METRICS, ExternalValidation


def test_what_was_saved_is_what_is_loaded(found: ExternalValidation, tmp_path: Path) -> None:
    folder = found.save(tmp_path / "out")
    assert ExternalValidation.load(folder) == found
    assert ExternalValidation.load(folder).save(tmp_path / "again").is_dir()
    for name in ("external.json", "risks.csv", "predictions.csv", "metrics.json"):
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_it_is_a_results_folder_like_any_other(found: ExternalValidation, tmp_path: Path) -> None:
    folder = found.save(tmp_path / "out")
    assert Evaluation.load(folder) == found.evaluation
    metrics = json.loads((folder / "metrics.json").read_text())["models"]["ours"]["metrics"]
    for key in ("auroc", *FOLLOW_UP_METRICS):
        assert set(metrics[key]) == {"value", "low", "high"}
    run = json.loads((folder / "run.json").read_text())
    assert {"external.json", "risks.csv", "metrics.json"} <= set(run["files"])
    assert run["command"] == "by hand"


def test_risks_are_a_table_that_others_can_read(found: ExternalValidation, tmp_path: Path) -> None:
    table = pd.read_csv(found.save(tmp_path / "out") / "risks.csv", keep_default_na=False)
    assert list(table.columns[:5]) == ["sample", "patient", "time", "event", "endpoint"]
    np.testing.assert_allclose(table["risk(ours)"], found.risks["risk(ours)"])
    assert set(table["endpoint"]) == {"yes", "no", ""}


def test_saving_again_replaces_and_spares_what_the_user_added(
    found: ExternalValidation, tmp_path: Path
) -> None:
    folder = found.save(tmp_path / "out")
    (folder / "notes.txt").write_text("mine")
    without = ExternalValidation(found.evaluation, found.external, pd.DataFrame())
    without.save(folder)
    assert (folder / "notes.txt").read_text() == "mine"
    assert not (folder / "risks.csv").exists()
    assert ExternalValidation.load(folder).risks.empty


def test_a_folder_that_was_changed_is_refused(found: ExternalValidation, tmp_path: Path) -> None:
    folder = found.save(tmp_path / "out")
    (folder / "risks.csv").write_text("sample\na\n")
    with pytest.raises(InputError, match="don't fit together"):
        ExternalValidation.load(folder)
    document = json.loads((folder / "external.json").read_text())
    del document["external"]["train"]
    (folder / "external.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"don't fit together \(KeyError: 'train'\)"):
        ExternalValidation.load(folder)
    (folder / "external.json").unlink()
    with pytest.raises(InputError, match="There is no file"):
        ExternalValidation.load(folder)


def test_the_summary_says_who_where_and_what(found: ExternalValidation) -> None:
    text = found.summary()
    assert "trained on home (" in text
    assert "38 genes in common, log2_tpm" in text
    assert "C-index" in text
    assert "AUROC within er negative (" in text
    assert text.endswith(found.verdict[-1])
    few = replace(found.external.strata[0], supports=False)
    small = ExternalValidation(
        found.evaluation, replace(found.external, strata=(few,)), found.risks
    )
    assert "too few for a claim" in small.summary()


def test_results_differ_where_anything_does(found: ExternalValidation) -> None:
    other = ExternalValidation(found.evaluation, replace(found.external, shift=9.0), found.risks)
    assert other != found
    assert found != "something else"
