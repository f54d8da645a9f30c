"""Fuzz a reader with inputs that coverage guides: ``python guided.py READER -runs=100000``.

Needs the optional package atheris (``pip install atheris``, Linux, Python 3.11 to 3.13). It grows
inputs that reach new lines of the reader, where ``fuzzing.py`` damages good files at random;
h5ad and parquet aren't among its readers because they are opened in another process. A finding
is written to a file ``crash-*``; give its name to repeat it.
"""

from __future__ import annotations

import sys
import tempfile
from importlib import import_module
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bulkwise"]):
    for room in ("bundle.store", "io.reader", "io.genesets", "io.samples"):
        import_module(f"bulkwise.{room}")

from fuzzing import seeds

from bulkwise.errors import BulkwiseError

PROCESS = ("h5ad", "parquet")


def main() -> None:
    """Give one reader what libFuzzer makes up."""
    with tempfile.TemporaryDirectory(prefix="guided-") as name:
        folder = Path(name)
        readers = {k: v for k, v in seeds(folder).items() if k not in PROCESS}
        if len(sys.argv) < 2 or sys.argv[1] not in readers:
            sys.exit(f"Name a reader, one of {', '.join(readers)}.")
        good, read = readers[sys.argv.pop(1)]
        corpus = folder / "corpus"
        corpus.mkdir()
        for number, content in enumerate(good):
            (corpus / str(number)).write_bytes(content)
        path = folder / "input"

        def once(content: bytes) -> None:
            path.write_bytes(content)
            try:
                read(path)
            except BulkwiseError as error:
                if "\n" in str(error):
                    raise AssertionError(f"no sentence: {error!s}") from error

        atheris.Setup([*sys.argv, str(corpus)], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
