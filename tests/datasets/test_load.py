"""From a name or a file to a cohort, and what fetching does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bulkwise import datasets
from bulkwise.datasets.base import RemoteFile
from bulkwise.datasets.load import fetch, is_fetched, load, path, verify
from bulkwise.errors import DownloadError, InputError, UnitError

TUMOURS = "kich-rsem-fpkm-tcga-t.txt.gz"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("bulkwise.datasets.mirror.urlopen", refuse)


def test_functions_are_not_hidden_by_their_files() -> None:
    code = (
        "import bulkwise.datasets.load, bulkwise.datasets.simulate\n"
        "from bulkwise import datasets\n"
        "print(callable(datasets.load), callable(datasets.simulate))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_every_public_name_is_there() -> None:
    for name in datasets.TABLE:
        assert getattr(datasets, name) is not None
    assert dir(datasets) == sorted(datasets.TABLE)


def test_a_public_cohort_must_be_fetched_first(
    small_mirror: dict[str, RemoteFile], no_network: None
) -> None:
    assert not is_fetched("rnaseqdb")
    for ask in (load, path, verify):
        with pytest.raises(InputError, match="run 'bulkwise data fetch rnaseqdb'"):
            ask("rnaseqdb")


def test_fetching_from_a_folder(
    small_mirror: dict[str, RemoteFile], tmp_path: Path, no_network: None
) -> None:
    folder = tmp_path / "mirror"
    (folder / small_mirror[TUMOURS].location).rename(tmp_path / "aside")
    got = fetch("rnaseqdb", mirror=folder)
    assert got.built
    assert got.lacking == (TUMOURS,)
    assert (got.n_samples, got.n_genes, len(got.files)) == (2, 3, 2)
    assert is_fetched("rnaseqdb")
    assert path("rnaseqdb") == got.path
    assert not fetch("rnaseqdb", mirror=folder).built
    cohort = load("rnaseqdb")
    assert cohort.shape == (2, 3)
    assert cohort.uns["unit"] == "fpkm_harmonised"
    cohort.X[:] = 0
    assert load("rnaseqdb").X.max() > 0

    (tmp_path / "aside").rename(folder / small_mirror[TUMOURS].location)
    more = fetch("rnaseqdb", mirror=folder)
    assert more.built
    assert more.lacking == ()
    assert more.n_samples == 4
    assert load("rnaseqdb").n_obs == 4


def test_a_mirror_that_offers_less_takes_nothing_away(
    small_mirror: dict[str, RemoteFile], tmp_path: Path
) -> None:
    folder = tmp_path / "mirror"
    assert fetch("rnaseqdb", mirror=folder).n_samples == 4
    (folder / small_mirror[TUMOURS].location).unlink()
    again = fetch("rnaseqdb", mirror=folder)
    assert not again.built
    assert again.n_samples == 4
    assert again.lacking == ()


def test_fetching_from_a_server(
    server: Any, small_mirror: dict[str, RemoteFile], cache_home: Path
) -> None:
    server.behaviour[TUMOURS] = ["404"]
    got = fetch("rnaseqdb", mirror=server.address)
    assert got.lacking == (TUMOURS,)
    assert got.mirror == server.address
    server.behaviour[TUMOURS] = ["cut", "fine"]
    assert fetch("rnaseqdb", mirror=server.address).n_samples == 4
    report = verify("rnaseqdb")
    assert report.ok
    assert len(report.checked) == 4
    server.asked.clear()
    assert not fetch("rnaseqdb", mirror=server.address).built
    assert server.asked == []


def test_without_a_local_mirror_the_public_host_is_asked(
    server: Any,
    small_mirror: dict[str, RemoteFile],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "data" / "mirror").mkdir(parents=True)
    monkeypatch.setenv("BULKWISE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sys.modules["bulkwise.datasets.load"], "ORIGIN", server.address)
    got = fetch("rnaseqdb")
    assert got.mirror == server.address
    assert got.n_samples == 4


def test_a_bad_mirror_changes_nothing(
    server: Any, small_mirror: dict[str, RemoteFile], tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DownloadError, match="has none of the 3 files of 'rnaseqdb'"):
        fetch("rnaseqdb", mirror=empty)
    server.behaviour[TUMOURS] = ["corrupt"]
    with pytest.raises(DownloadError, match="isn't the one that was asked for"):
        fetch("rnaseqdb", mirror=server.address)
    assert not is_fetched("rnaseqdb")
    assert fetch("rnaseqdb", mirror=tmp_path / "mirror").n_samples == 4


def test_a_local_mirror_is_found_through_the_environment(
    small_mirror: dict[str, RemoteFile],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_network: None,
) -> None:
    folder = tmp_path / "mirror"
    monkeypatch.setenv("BULKWISE_DATA", str(tmp_path))
    (folder / small_mirror[TUMOURS].location).rename(tmp_path / "aside")
    assert load("rnaseqdb").n_obs == 2
    (tmp_path / "aside").rename(folder / small_mirror[TUMOURS].location)
    assert load("rnaseqdb").n_obs == 4
    got = fetch("rnaseqdb")
    assert not got.built
    (folder / small_mirror[TUMOURS].location).write_bytes(b"damaged")
    report = verify("rnaseqdb")
    assert not report.ok
    assert TUMOURS in report.problems[0]


def test_counts_are_rounded_unless_told(
    small_mirror: dict[str, RemoteFile], tmp_path: Path
) -> None:
    fetch("rnaseqdb-counts", mirror=tmp_path / "mirror")
    cohort = load("rnaseqdb-counts")
    assert cohort.X.dtype == np.float32
    assert cohort.X.tolist() == [[8.0, 12390198.0, 2.0]]
    exact = load("rnaseqdb-counts", rounded=False)
    assert exact.X.dtype == np.float64
    assert exact.X.tolist() == [[8.5, 12390198.26, 1.51]]
    assert cohort.uns["unit"] == exact.uns["unit"] == "counts"


def test_a_changed_cache_is_noticed(small_mirror: dict[str, RemoteFile], tmp_path: Path) -> None:
    got = fetch("rnaseqdb", mirror=tmp_path / "mirror")
    assert got.path is not None
    content = bytearray(got.path.read_bytes())
    content[-1] ^= 1
    got.path.write_bytes(content)
    report = verify("rnaseqdb")
    assert not report.ok
    assert "has changed since it was built" in report.problems[0]


def test_what_needs_no_download(cache_home: Path, no_network: None) -> None:
    assert fetch("bladder").path == path("bladder")
    assert path("bladder").is_file()
    assert verify("bladder").ok
    assert verify("bladder").checked == ("bladder.h5ad",)
    assert fetch("simulated").path is None
    assert verify("simulated").ok
    assert is_fetched("bladder")
    assert is_fetched("simulated")
    with pytest.raises(InputError, match="made on the fly"):
        path("simulated")
    assert not cache_home.exists()


def test_options_reach_the_simulation() -> None:
    cohort = load("simulated", n_samples=20, n_genes=200, n_causal=0, unit="counts")
    assert cohort.shape == (20, 200)


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"samples": "sheet.csv"}, InputError, "has its own sample sheet"),
        ({"unit": "tpm"}, UnitError, "in unit 'log2_rma', and 'tpm' was stated"),
        ({"genes_in": "rows"}, InputError, "doesn't take the option 'genes_in'"),
    ],
)
def test_what_does_not_apply_to_a_cohort_is_refused(
    options: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        load("bladder", **options)


def test_rounding_is_for_counts_only(small_mirror: dict[str, RemoteFile], tmp_path: Path) -> None:
    fetch("rnaseqdb", mirror=tmp_path / "mirror")
    with pytest.raises(InputError, match="doesn't take the option 'rounded'"):
        load("rnaseqdb", rounded=False)


def test_a_file_goes_to_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    reader = ModuleType("bulkwise.io.reader")
    reader.read = lambda *args, **options: asked.append((args, options)) or "a cohort"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bulkwise.io.reader", reader)
    file = tmp_path / "bladder"
    file.write_text("gene,a\n")
    monkeypatch.chdir(tmp_path)
    for name in (file, str(file), "./bladder", Path("bladder")):
        assert load(name, unit="tpm", duplicates="sum") == "a cohort"
    assert asked[0] == ((str(file),), {"samples": None, "unit": "tpm", "duplicates": "sum"})
    assert load("bladder").n_obs == 57


@pytest.mark.parametrize("name", ["nothing.csv", Path("simulated")])
def test_neither_a_name_nor_a_file(
    name: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"no file .* and no cohort of that name.*'rnaseqdb'"):
        load(name)


@pytest.mark.real
def test_rnaseqdb_is_the_published_cohort(
    data_folder: Path, cache_home: Path, monkeypatch: pytest.MonkeyPatch, no_network: None
) -> None:
    monkeypatch.setenv("BULKWISE_DATA", str(data_folder))
    cohort = load("rnaseqdb")
    obs = cohort.obs
    assert cohort.X.dtype == np.float32
    assert cohort.X.flags.c_contiguous
    assert obs.index.is_unique
    assert cohort.var_names.is_monotonic_increasing
    assert len(set(obs["tissue"])) == 13
    assert set(obs["source"]) == {"GTEx", "TCGA"}
    assert set(obs["condition"]) == {"normal", "tumour"}
    got = fetch("rnaseqdb")
    assert len(got.files) + len(got.lacking) == 52
    if len(got.files) == 27:
        assert cohort.shape == (1078, 18154)
        assert (obs["tissue"] == "cervix").sum() == 13
        assert (obs["tissue"] == "esophagus").sum() == 11
    kich = next(iter(data_folder.glob("mirror/*/*/*/data/normalized/kich-rsem-fpkm-tcga-t.txt.gz")))
    table = pd.read_csv(kich, sep="\t", index_col=0, usecols=[0, 2, 9])
    for sample in table.columns:
        expected = table[sample].loc[cohort.var_names].to_numpy(np.float32)
        assert np.array_equal(cohort[sample].X.ravel(), expected)
        assert obs.loc[sample, "patient"] == sample[:12]
        assert obs.loc[sample, "tissue"] == "kidney"
        assert obs.loc[sample, "study"] == "kich"
