"""``bulkwise reproduce hanczar`` as a user meets it."""

from __future__ import annotations


def test_a_folder_without_the_cohorts_is_one_sentence(run, tmp_path, monkeypatch):
    monkeypatch.delenv("BULKWISE_DATA", raising=False)
    out = ("-o", tmp_path / "out")
    nowhere = run("reproduce", "hanczar", *out)
    assert (nowhere.code, "--data" in nowhere.err) == (2, True)
    empty = run("reproduce", "hanczar", "--data", tmp_path, *out)
    assert (empty.code, "tcga_pairs.h5ad" in empty.err) == (2, True)
    assert not (tmp_path / "out").exists()
