"""Bundles that were damaged, forged or made by somebody who means harm."""

from __future__ import annotations

import hashlib
import json
import pickle
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.pipeline import make_pipeline

from bulkwise import bundle
from bulkwise.errors import BundleError, InputError
from bulkwise.models import RowSpaceLogistic
from bulkwise.preprocess import Log1p, Standardize

FILES = ("bundle.json", "arrays.safetensors", "genes.json", "card.md", "checksums.sha256")


@pytest.fixture(scope="module")
def made() -> tuple[Any, AnnData]:
    rng = np.random.default_rng(0)
    tissue = np.repeat(["kidney", "liver"], 8)
    X = np.exp2(4 + (tissue == "liver")[:, None] + 0.3 * rng.normal(size=(16, 12)))
    cohort = AnnData(
        X=X.astype(np.float32),
        obs=pd.DataFrame({"tissue": tissue}, index=[f"s{i}" for i in range(16)]),
        var=pd.DataFrame(index=[f"G{j}" for j in range(12)]),
        uns={"unit": "fpkm"},
    )
    model = make_pipeline(Log1p(), Standardize(), RowSpaceLogistic(Cs=[0.1], folds=2))
    return model.fit(cohort.X, tissue), cohort


@pytest.fixture
def folder(tmp_path: Path, made) -> Path:
    model, cohort = made
    return bundle.save(model, tmp_path / "bundle", cohort=cohort, target="tissue")


def reseal(folder: Path) -> None:
    """Write checksums that fit, as a forger would."""
    (folder / "checksums.sha256").write_text(
        "".join(
            f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
            for name in FILES[:-1]
        )
    )


def forge(folder: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    main = json.loads((folder / "bundle.json").read_text())
    change(main)
    (folder / "bundle.json").write_text(json.dumps(main))
    reseal(folder)
    return folder


def pack(folder: Path, path: Path, **more: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in FILES:
            archive.write(folder / name, name)
        for name, content in more.items():
            archive.writestr(name, content)
    return path


def refused(path: Path, said: str) -> None:
    with pytest.raises(BundleError, match=said) as caught:
        bundle.load(path)
    assert "\n" not in str(caught.value)


def test_a_pickle_is_no_bundle(tmp_path: Path):
    class Bomb:
        def __reduce__(self):
            return (Path(tmp_path / "went off").touch, ())

    (tmp_path / "model.pkl").write_bytes(pickle.dumps(Bomb()))
    refused(tmp_path / "model.pkl", "expected a folder or a whole .zip file")
    assert not (tmp_path / "went off").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda main: main.update(format=3), "format 3 .* reads 1 to 2; install a newer"),
        (lambda main: main.update(format="1"), "'format' to be of type int"),
        (lambda main: main.update(schema="other"), "schema"),
        (lambda main: main.pop("steps"), "'steps'"),
        (lambda main: main["steps"].clear(), "nothing uses"),
        (lambda main: main["steps"][0].pop("step"), "don't fit together"),
        (lambda main: main["steps"][0]["step"].update({"class": "os.system"}), r"os\.system"),
        (lambda main: main["steps"][1]["step"]["fitted"].update(fit=1), "fitted attributes"),
        (lambda main: main["steps"][2]["step"]["params"].update(n_jobs=1), "no parameter 'n_jobs'"),
        (lambda main: main["steps"][2]["step"]["fitted"].update(coef_="text"), "nothing uses"),
        (lambda main: main.update(targets={"tissue": ["a", "b"]}), "labels aren't those"),
        (lambda main: main.update(unit="pints"), "'pints'"),
        (lambda main: main.update(hashes=[]), "'hashes'"),
    ],
)
def test_forged_documents(folder: Path, change: Callable[[dict[str, Any]], Any], said: str):
    refused(forge(folder, change), said)


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", "[" * 100_000, '{"a": 1e999}', "\0", "NaN"]
)
def test_main_documents_that_are_none(folder: Path, text: str):
    (folder / "bundle.json").write_text(text)
    reseal(folder)
    refused(folder, "Can't open the bundle")


@pytest.mark.parametrize("genes", ["{}", '["G0", 1]', '["G0"]', '"G0"'])
def test_genes_that_are_none(folder: Path, genes: str):
    (folder / "genes.json").write_text(genes)
    reseal(folder)
    refused(folder, "genes")


def header(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = (folder / "arrays.safetensors").read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    known = json.loads(content[8 : 8 + size])
    change(known)
    text = json.dumps(known).encode()
    (folder / "arrays.safetensors").write_bytes(
        struct.pack("<Q", len(text)) + text + content[8 + size :]
    )
    reseal(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda known: known["typical"].update(shape=[10**12]),
        lambda known: known["typical"].update(data_offsets=[0, 10**12]),
        lambda known: known["typical"].update(dtype="F64"),
        lambda known: known["typical"].update(dtype="PICKLE"),
        lambda known: known.pop("typical"),
        lambda known: known.update(more=known["typical"]),
    ],
)
def test_arrays_that_are_not_what_they_say(folder: Path, change: Callable[[dict[str, Any]], None]):
    header(folder, change)
    refused(folder, "Can't open the bundle")


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, struct.pack("<Q", 1 << 60) + b"{}"])
def test_arrays_without_a_header(folder: Path, content: bytes):
    (folder / "arrays.safetensors").write_bytes(content)
    reseal(folder)
    refused(folder, "safetensors")


def test_a_zip_cannot_write_anywhere(tmp_path: Path, folder: Path):
    refused(pack(folder, tmp_path / "b.zip", **{"../../evil": "x"}), r"\.\./\.\./evil")
    refused(pack(folder, tmp_path / "c.zip", **{"/etc/evil": "x"}), "evil")
    refused(pack(folder, tmp_path / "d.zip", **{"inside/": ""}), "inside/")
    assert not (tmp_path.parent / "evil").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_a_name_twice(tmp_path: Path, folder: Path):
    refused(pack(folder, tmp_path / "b.zip", **{"card.md": "another"}), "a file twice")


def test_a_zip_with_a_link(tmp_path: Path, folder: Path):
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in FILES[:-1]:
            archive.write(folder / name, name)
        link = zipfile.ZipInfo("checksums.sha256")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    refused(path, "link")


def test_a_zip_whose_names_are_no_text(folder: Path, tmp_path: Path):
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bundlé.json", "{}")
    content = path.read_bytes().replace("é".encode(), b"\xfc\xfc")
    path.write_bytes(content)
    refused(path, "Can't open the bundle")


def test_a_zip_bomb(tmp_path: Path, folder: Path):
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in FILES:
            content = (folder / name).read_bytes()
            archive.writestr(name, content if name != "card.md" else bytes(200 << 20))
    assert path.stat().st_size < 1 << 20
    refused(path, "more than arrays ever are")


def test_sizes_that_no_memory_holds(tmp_path: Path, folder: Path):
    with (folder / "arrays.safetensors").open("r+b") as handle:
        handle.truncate(5 << 30)  # sparse: takes no room on the disk
    refused(folder, "bytes of memory")


def test_truncated_files(tmp_path: Path, made):
    model, cohort = made
    path = bundle.save(model, tmp_path / "b.zip", cohort=cohort, target="tissue")
    content = path.read_bytes()
    for length in (0, 10, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        refused(path, "Can't open the bundle")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_flipped_bit_is_found(tmp_path: Path, made, data: st.DataObject):
    model, cohort = made
    path = tmp_path / "b.zip"
    if not path.exists():
        bundle.save(model, path, cohort=cohort, target="tissue")
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    other = tmp_path / "other.zip"
    other.write_bytes(content)
    try:
        loaded = bundle.load(other)
    except BundleError:
        return
    # what isn't covered: times, attributes and comments of the archive itself
    np.testing.assert_array_equal(
        loaded.model.predict_proba(cohort.X), model.predict_proba(cohort.X)
    )


def test_an_interrupted_save_leaves_the_old_bundle(folder: Path, made, monkeypatch):
    model, cohort = made
    before = {name: (folder / name).read_bytes() for name in FILES}

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupt)
    with pytest.raises(KeyboardInterrupt):
        bundle.save(model, folder, cohort=cohort, target="tissue")
    monkeypatch.undo()
    assert {name: (folder / name).read_bytes() for name in FILES} == before
    assert [item.name for item in folder.parent.iterdir()] == ["bundle"]


def test_a_place_that_cannot_be_written(tmp_path: Path, made):
    model, cohort = made
    (tmp_path / "file").write_text("a file")
    for place in (tmp_path / "file" / "b", tmp_path / "file" / "b.zip", tmp_path / "file"):
        with pytest.raises(InputError, match="Can't write"):
            bundle.save(model, place, cohort=cohort, target="tissue")
