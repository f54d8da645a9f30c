"""``bulkwise patient``: a table, gene sets and a page about one sample."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from bulkwise import bundle
from bulkwise.models import ExpressionTranslator

Run = Callable[..., Any]


@pytest.fixture
def files(pairs_cohort, tmp_path):
    model = ExpressionTranslator(tissue="tissue", pairs="patient").fit(pairs_cohort)
    bundle.save(
        model, tmp_path / "m.zip", cohort=pairs_cohort, task="translate", allow_training_data=True
    )
    shifted = pairs_cohort.copy()
    shifted.X[40, 20:30] += 9
    shifted.write_h5ad(tmp_path / "new.h5ad")
    (tmp_path / "sets.gmt").write_text(
        "planted\t\t" + "\t".join(f"G{j}" for j in range(20, 30)) + "\n"
        "other\t\t" + "\t".join(f"G{j}" for j in range(40, 52)) + "\n"
    )
    return tmp_path


def test_a_table_gene_sets_and_a_page(run: Run, files):
    done = run("patient", files / "m.zip", files / "new.h5ad", "--sample", "P04-T",
               "--genesets", files / "sets.gmt", "-o", files / "out")  # fmt: skip
    assert done.code == 0
    assert "tumour against its predicted normal" in done.out
    table = pd.read_csv(files / "out" / "patient.csv")
    assert len(set(table["gene"][:15]) & {f"G{j}" for j in range(20, 30)}) >= 8
    sets = pd.read_csv(files / "out" / "enrichment.csv")
    assert sets.iloc[0]["term"] == "planted"
    listed = json.loads((files / "out" / "run.json").read_text())["files"]
    assert sorted(path.name for path in (files / "out").iterdir()) == listed
    assert "planted" in (files / "out" / "report.html").read_text()


def test_an_unknown_sample_is_an_error(run: Run, files):
    done = run("patient", files / "m.zip", files / "new.h5ad", "--sample", "X", "-o", files / "o")
    assert done.code == 2
    assert "There is no sample 'X'" in done.err
    assert not (files / "o").exists()
