"""Kill commands at random moments and see what they leave: ``python killing.py N``.

Every command first runs to its end, which leaves an old result. Then it runs again and again with
another seed and is killed (-9, its group with it) at a random moment of its run. What stands
there afterwards must be the old result, byte for byte, or a new one that is whole; and the
command must then run to its end. One process imports everything once and forks the victims.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

OPTIONS = ("--samples", "samples.csv", "--unit", "log2", "--seed", "{seed}")
QUICK = ("--target", "condition", "--folds", "2", "--repeats", "1", "--permutations", "0")
COMMANDS: dict[str, tuple[str, ...]] = {
    "evaluate": ("evaluate", "expression.csv", *OPTIONS, *QUICK, "-o", "{out}"),
    "evaluate-several": (
        *("evaluate", "expression.csv", *OPTIONS, *QUICK, "--target", "site", "-o", "{out}"),
    ),
    "train": ("train", "expression.csv", *OPTIONS, "--target", "condition", "-o", "{out}"),
    "train-zip": ("train", "expression.csv", *OPTIONS, "--target", "condition", "-o", "{out}.zip"),
    "predict": (
        "predict",
        "model{seed}.zip",
        "expression.csv",
        "--unit",
        "log2",
        "-o",
        "{out}.csv",
    ),
    "diff": (
        *("diff", "expression.csv", "--samples", "samples.csv", "--unit", "log2"),
        *("--column", "condition", "--contrast", "{contrast}", "-o", "{out}"),
    ),
    "report": ("report", "results{seed}", "-o", "{out}.html"),
}


def make_cohort(folder: Path) -> None:
    """40 samples of 20 patients and 60 genes."""
    rng = np.random.default_rng(0)
    names = [f"P{i:02d}-{part}" for i in range(20) for part in ("N", "T")]
    values = rng.normal(6, 1, size=(40, 60))
    values[1::2, :10] += 3
    genes = pd.Index([f"GENE{i:03d}" for i in range(60)], name="gene")
    pd.DataFrame(values.T.round(3), index=genes, columns=names).to_csv(folder / "expression.csv")
    sheet = {
        "sample": names,
        "condition": ["normal", "tumour"] * 20,
        "site": ["A", "A", "B", "B"] * 10,
        "patient": [name[:3] for name in names],
    }
    pd.DataFrame(sheet).to_csv(folder / "samples.csv", index=False)


def words(name: str, seed: int) -> list[str]:
    """The arguments of a command; another seed gives another result."""
    contrast = ("tumour:normal", "normal:tumour")[seed % 2]
    return [word.format(out=name, seed=seed, contrast=contrast) for word in COMMANDS[name]]


def place(name: str, folder: Path) -> Path:
    """Where the command writes."""
    return folder / words(name, 0)[-1]


def start(arguments: list[str], folder: Path, largest: int | None = None) -> int:
    """Fork a process that runs the command line, its files no larger than this; its id."""
    child = os.fork()
    if child:
        return child
    code = 99
    try:
        os.setpgid(0, 0)
        os.chdir(folder)
        null = os.open(os.devnull, os.O_RDWR)
        log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for number, target in ((0, null), (1, null), (2, log)):
            os.dup2(target, number)
        if largest is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
        sys.argv = ["bulkwise", *arguments]
        from bulkwise.cli.main import run

        run()
    except SystemExit as stopped:
        code = stopped.code if isinstance(stopped.code, int) else 98
    finally:
        os._exit(code)


def finish(arguments: list[str], folder: Path) -> float:
    """Run a command to its end; its seconds."""
    begun = time.perf_counter()
    _, status = os.waitpid(start(arguments, folder), 0)
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        text = (folder / "log.txt").read_text(encoding="utf-8")
        raise RuntimeError(f"{' '.join(arguments)} ended with {code}: {text[-800:]}")
    return time.perf_counter() - begun


def contents(path: Path) -> dict[str, str]:
    """Name -> checksum of a file, or of all files in a folder."""
    if path.is_file():
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    files = sorted(one for one in path.rglob("*") if one.is_file())
    return {
        str(one.relative_to(path)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files
    }


def is_whole(path: Path) -> bool:
    """Whether a new result is one that the command finished."""
    if path.is_dir() and (path / "run.json").exists():
        run = json.loads((path / "run.json").read_text(encoding="utf-8"))
        parts = [path / name for name in run.get("files", [])]
        return bool(parts) and all(part.stat().st_size for part in parts)
    if path.is_dir() or path.suffix == ".zip":
        from bulkwise import load

        return bool(load(path).genes)
    text = path.read_text(encoding="utf-8")
    return text.rstrip().endswith("</html>") if path.suffix == ".html" else text.endswith("\n")


def torment(name: str, folder: Path, n: int, draw: random.Random) -> dict[str, int]:
    """Kill one command ``n`` times; how often it left the old result and how often a new one."""
    path = place(name, folder)
    seconds = max(finish(words(name, seed), folder) for seed in (1, 0))
    told = {"old": 0, "new": 0}
    old, seed = contents(path), 0
    for _ in range(n):
        child = start(words(name, 1 - seed), folder)
        time.sleep(draw.uniform(0, 1.1 * seconds))
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:  # it hasn't got its group yet, or has ended
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if contents(path) == old:
            told["old"] += 1
            continue
        if not is_whole(path):
            raise AssertionError(f"{name} left neither the old result nor a whole new one: {path}")
        told["new"] += 1
        old, seed = contents(path), 1 - seed
    finish(words(name, 0), folder)
    return told


def fill(name: str, folder: Path, shares: tuple[float, ...]) -> int:
    """Run a command where no file may grow beyond ever more bytes; how often that was too few.

    Each time it must say so with exit code 2 and leave the old result as it was.
    """
    path = place(name, folder)
    finish(words(name, 0), folder)
    old, failed = contents(path), 0
    largest = max(one.stat().st_size for one in [path, *path.rglob("*")] if one.is_file())
    for share in shares:
        limit = max(int(share * largest), 2000)  # what it says must find room
        _, status = os.waitpid(start(words(name, 1), folder, limit), 0)
        code = os.waitstatus_to_exitcode(status)
        said = " ".join((folder / "log.txt").read_text(encoding="utf-8").split())
        if code == 0 and limit >= largest:
            continue
        if code != 2 or "would be larger than" not in said or contents(path) != old:
            raise AssertionError(f"{name} with {limit} bytes ended with {code}: {said[-800:]}")
        failed += 1
    return failed


def main(n: int, seed: int, tell: Callable[[str], object] = print) -> dict[str, dict[str, int]]:
    """Share ``n`` kills among all commands."""
    import torch

    torch.set_num_threads(1)
    draw = random.Random(seed)
    told = {}
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        folder = Path(name)
        make_cohort(folder)
        for number in (0, 1):
            quick = [*COMMANDS["evaluate"][:-1], f"results{number}"]
            finish([word.format(seed=number) for word in quick], folder)
            train = [*COMMANDS["train"][:-1], f"model{number}.zip"]
            finish([word.format(seed=number) for word in train], folder)
        for i, command in enumerate(COMMANDS):
            share = n // len(COMMANDS) + (i < n % len(COMMANDS))
            told[command] = torment(command, folder, share, draw)
            told[command]["full"] = fill(command, folder, (0.3,) if n < 100 else (0.0, 0.3, 0.9))
            tell(f"{command}: {told[command]}")
    return told


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, help="how many kills")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    told = main(asked.n, asked.seed, lambda line: print(line, file=sys.stderr))
    print(json.dumps(told))
