"""Reading a large gzip'd text matrix: bulkwise against pandas, polars and Arrow, in one run.

Makes a tsv.gz of 20,000 genes x 2,000 samples in both orientations (made-up values with four
significant digits, some zeros), then reads each file with every reader in a fresh process,
`--repeats` times in turn, and prints the median seconds, the peak of memory (the whole process,
interpreter and imports included) as a multiple of the 160 MB result, and the ratio to pandas in
the same run. Imports aren't timed, for any reader. The claim: bulkwise is at least 1.8 times as
fast as `pandas.read_csv`, at a peak of at most 3 times the result, in both orientations, where
two cores are free.

    python benchmarks/reading.py
    python benchmarks/reading.py --quick
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np

CLAIMED_SPEED = 1.8
CLAIMED_MEMORY = 3.0

READERS = {
    "bulkwise": """
        import anndata, pyarrow
        import bulkwise as bw
        read = bw.read
        start = time.perf_counter()
        shape = read(path, unit="fpkm", genes_in=genes_in).shape
        """,
    "pandas": """
        import pandas as pd
        start = time.perf_counter()
        shape = pd.read_csv(path, sep="\\t", index_col=0).shape
        """,
    "polars": """
        import polars as pl
        start = time.perf_counter()
        shape = pl.read_csv(path, separator="\\t", infer_schema_length=100).shape
        """,
    "gunzip": """
        import gzip
        start = time.perf_counter()
        with gzip.open(path) as stream:
            while stream.read(1 << 20):
                pass
        shape = (0, 0)
        """,
}

CHILD = """
import json, resource, sys, time
path, genes_in = sys.argv[1:]
{body}
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({{"seconds": seconds, "peak": peak, "shape": shape}}))
"""


def write_matrix(path: Path, n_rows: int, n_columns: int) -> None:
    """Write made-up FPKM as a compressed tsv, a line at a time."""
    rng = np.random.default_rng(0)
    values = np.maximum(np.exp(rng.normal(1.5, 2, 1 << 16)) - 0.3, 0)
    texts = np.array([f"{value:.4g}" for value in values], dtype=object)
    with gzip.open(path, "wb", compresslevel=4) as stream:
        stream.write(("id\t" + "\t".join(f"C{j}" for j in range(n_columns)) + "\n").encode())
        for i in range(n_rows):
            row = texts[rng.integers(0, len(texts), n_columns)]
            stream.write((f"R{i}\t" + "\t".join(row) + "\n").encode())


def measure(reader: str, path: Path, genes_in: str) -> dict[str, float] | None:
    """Seconds and peak memory of one read in a process of its own; None if not installed."""
    code = CHILD.format(body=textwrap.dedent(READERS[reader]).strip())
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), genes_in], capture_output=True, text=True
    )
    if done.returncode:
        if "ModuleNotFoundError" in done.stderr:
            return None
        raise RuntimeError(f"{reader}: {done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def compare(path: Path, genes_in: str, readers: list[str], repeats: int, result: int) -> bool:
    """Measure the readers in turn, print a table, and say whether the claim is reached."""
    runs: dict[str, list[dict[str, float]]] = {reader: [] for reader in readers}
    for _ in range(repeats):
        for reader in readers:
            measured = measure(reader, path, genes_in)
            if measured is not None:
                runs[reader].append(measured)
    seconds = {r: statistics.median(m["seconds"] for m in runs[r]) for r in readers if runs[r]}
    peaks = {r: max(m["peak"] for m in runs[r]) / result for r in readers if runs[r]}
    print(
        f"\ngenes in {genes_in}: {path.stat().st_size / 1e6:.0f} MB, result {result / 1e6:.0f} MB"
    )
    print(f"  {'reader':<10}{'seconds':>9}{'times as fast as pandas':>25}{'peak / result':>15}")
    for reader in seconds:
        ratio = seconds["pandas"] / seconds[reader]
        print(f"  {reader:<10}{seconds[reader]:>9.2f}{ratio:>25.2f}{peaks[reader]:>15.2f}")
    return (
        seconds["pandas"] / seconds["bulkwise"] >= CLAIMED_SPEED
        and peaks["bulkwise"] <= CLAIMED_MEMORY
    )


def main() -> int:
    """Make the files, run the readers, print the ratios; 1 if the claim fails."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each reader, in turn")
    parser.add_argument(
        "--quick", action="store_true", help="an eighth of the size, one run, no claim"
    )
    parser.add_argument("--readers", nargs="+", choices=READERS, default=list(READERS))
    options = parser.parse_args()
    if options.quick:
        options.genes, options.samples, options.repeats = 10_000, 500, 1
    readers = list(dict.fromkeys(["bulkwise", "pandas", *options.readers]))
    result = 4 * options.genes * options.samples
    good = True
    with tempfile.TemporaryDirectory(prefix="bulkwise-reading-") as folder:
        for genes_in, n_rows, n_columns in (
            ("rows", options.genes, options.samples),
            ("columns", options.samples, options.genes),
        ):
            path = Path(folder) / f"genes_in_{genes_in}.tsv.gz"
            write_matrix(path, n_rows, n_columns)
            good &= compare(path, genes_in, readers, options.repeats, result)
            path.unlink()
    claim = f">= {CLAIMED_SPEED} times as fast as pandas, peak <= {CLAIMED_MEMORY} times the result"
    if options.quick:
        print(f"\nToo small for the claim ({claim}): imports weigh more than the matrix.")
        return 0
    print(f"\n{claim}: {'holds' if good else 'FAILS'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
