"""Damage files at random and read them: ``python fuzzing.py N``.

Every reader gets ``N`` inputs made from good files by cutting, flipping, doubling, moving and
inserting bytes or whole lines. Each must give a result or an error of ours, in seconds, never
another exception; what is found is told with the seed that makes it again.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd

import bulkwise as bw
from bulkwise.errors import BulkwiseError
from bulkwise.io import read_gmt, read_sheet

SECONDS = 60.0
JUNK = (
    *(b"", b"\0", b"\t", b"\n", b"\r\n", b",", b";", b'"', b"-", b"e9", b"{", b"}", b"[", b"]"),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"\xf0\x9f\xa7\xac", b"\x1f\x8b", b"=cmd()", b"../"),
    *(b"nan", b"inf", b"NULL", b"1e999", b"-999", b"#VALUE!", b"0x10", b"1_000", b"1,5"),
    b"99999999999999999999",
)
GENES = ["TP53", "MYC", "EGFR", "ACTB", "GAPDH", "VIM"]


def _frame() -> pd.DataFrame:
    values = np.random.default_rng(0).normal(5, 1, (6, 8)).round(3)
    return pd.DataFrame(values, pd.Index(GENES, name="gene"), [f"S{i}" for i in range(8)])


def _text(sep: str, packed: bool = False) -> bytes:
    content = _frame().to_csv(sep=sep).encode()
    return gzip.compress(content) if packed else content


def _gct() -> bytes:
    frame = _frame()
    frame.insert(0, "Description", "na")
    return b"#1.2\n6\t8\n" + frame.rename_axis("NAME").to_csv(sep="\t").encode()


def _h5ad(folder: Path) -> bytes:
    frame = _frame().T
    obs = pd.DataFrame({"label": pd.Categorical(list("abababab"))}, index=frame.index)
    cohort = anndata.AnnData(frame.to_numpy(np.float32), obs, pd.DataFrame(index=GENES))
    cohort.uns["unit"] = "log2"
    cohort.write_h5ad(folder / "seed.h5ad")
    return (folder / "seed.h5ad").read_bytes()


def _parquet(folder: Path) -> bytes:
    _frame().to_parquet(folder / "seed.parquet")
    return (folder / "seed.parquet").read_bytes()


def _bundle(folder: Path) -> bytes:
    from sklearn.pipeline import make_pipeline

    from bulkwise.models import RowSpaceLogistic
    from bulkwise.preprocess import Standardize

    frame = _frame().T
    labels = np.array(list("abababab"))
    cohort = anndata.AnnData(frame.to_numpy(np.float32), var=pd.DataFrame(index=GENES))
    cohort.obs_names, cohort.obs["label"], cohort.uns["unit"] = frame.index, labels, "log2"
    model = make_pipeline(Standardize(), RowSpaceLogistic(Cs=1.0)).fit(frame, labels)
    return bw.save(model, folder / "seed.zip", cohort=cohort, target="label").read_bytes()


def seeds(folder: Path) -> dict[str, tuple[list[bytes], Callable[[Path], Any]]]:
    """Name of a reader -> good files, and the call that reads one."""
    sheet = b'sample,tissue,age\nS0,liver,12\nS1,"lung, left",NA\nS2,None,7\n'
    gmt = b"SET_A\thttp://x\tTP53\tMYC\nSET_B\t\tEGFR\tVIM\tACTB\n"

    def matrix(path: Path) -> Any:
        return bw.read(path, unit="log2", duplicates="mean")

    return {
        "text": ([_text(","), _text("\t"), _text("\t", packed=True)], matrix),
        "gct": ([_gct()], matrix),
        "h5ad": ([_h5ad(folder)], bw.read),
        "parquet": ([_parquet(folder)], matrix),
        "sheet": ([sheet, sheet.replace(b",", b"\t")], read_sheet),
        "gmt": ([gmt], read_gmt),
        "bundle": ([_bundle(folder)], bw.load),
    }


def damaged(content: bytes, draw: random.Random) -> bytes:
    """One to four changes at random places."""
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        at = draw.randint(0, len(content))
        end = min(len(content), at + draw.choice((0, 1, 2, 7, 64, 4096)))
        kind = draw.randrange(7)
        if kind == 0:
            content = content[:at]
        elif kind == 1 and at < len(content):
            flipped = content[at] ^ (1 << draw.randrange(8))
            content = content[:at] + bytes([flipped]) + content[at + 1 :]
        elif kind == 2:
            content = content[:at] + content[at:end] * 2 + content[end:]
        elif kind == 3:
            content = content[:at] + draw.randbytes(end - at) + content[end:]
        elif kind == 4:
            content = content[:at] + draw.choice(JUNK) + content[end:]
        elif kind == 5:
            lines = content.split(b"\n")
            draw.shuffle(lines)
            content = b"\n".join(lines)
        else:
            content = content[:at] + content[end:]
    return content


def fuzz(name: str, n: int, seed: int, folder: Path) -> dict[str, int]:
    """Give one reader ``n`` damaged files; how many it read and how many it refused."""
    good, read = seeds(folder)[name]
    told = {"read": 0, "refused": 0}
    path = folder / f"{name}.input"
    for i in range(n):
        draw = random.Random(f"{name} {seed} {i}")
        path.write_bytes(damaged(draw.choice(good), draw))
        begun = time.perf_counter()
        try:
            read(path)
            told["read"] += 1
        except BulkwiseError as error:
            told["refused"] += 1
            if not str(error).rstrip().endswith(".") or "\n" in str(error):
                raise AssertionError(f"{name} {seed} {i}: no sentence: {error!s}") from error
        except Exception as error:
            raise AssertionError(f"{name} {seed} {i}: {type(error).__name__}: {error}") from error
        if time.perf_counter() - begun > SECONDS:
            raise AssertionError(f"{name} {seed} {i}: it took over {SECONDS} seconds")
    return told


def main(n: int, seed: int, only: str | None = None) -> dict[str, dict[str, int]]:
    """Fuzz all readers, or one."""
    warnings.simplefilter("error")
    told = {}
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        for reader in seeds(Path(name)):
            if only in (None, reader):
                told[reader] = fuzz(reader, n, seed, Path(name))
                print(f"{reader}: {told[reader]}", file=sys.stderr)
    return told


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, help="inputs a reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="one reader")
    asked = parser.parse_args()
    print(json.dumps(main(asked.n, asked.seed, asked.only)))
