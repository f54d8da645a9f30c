"""Stop commands at random moments and see what they leave: ``python killing.py N``.

Every command first runs to its end, which leaves an old result. Then it runs again and again with
another seed and is stopped at a random moment of its run: by kill -9 of its group for the most
part, by SIGTERM or Ctrl-C now and then. What stands there afterwards must be the old result, byte
for byte, or a new one that is whole; and the command must then run to its end. A study must keep
every unit that it had finished, and end with the results of one that was never stopped. Two
processes that write to one place must leave the result of one of them. One process imports
everything once and forks the victims.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

INPUT = ("expression.csv", "--samples", "samples.csv", "--unit", "log2")
OPTIONS = (*INPUT, "--seed", "{seed}")
TARGET = ("--target", "condition")
QUICK = (*TARGET, "--folds", "2", "--repeats", "1", "--permutations", "0")
PAIRS = ("--column", "condition", "--from", "normal", "--to", "tumour", "--pairs", "patient")
OUT = ("-o", "{out}")
COMMANDS: dict[str, tuple[str, ...]] = {
    "evaluate": ("evaluate", *OPTIONS, *QUICK, *OUT),
    "evaluate-several": ("evaluate", *OPTIONS, *QUICK, "--target", "site", *OUT),
    "compare": ("compare", *OPTIONS, *QUICK, "--models", "lda,knn", "--tries", "4", *OUT),
    "validate": (
        *("validate", "expression.csv", "other.csv", "--samples", "samples.csv", "--unit", "log2"),
        *("--test-samples", "other_samples.csv", "--test-unit", "log2", *TARGET),
        *("--seed", "{seed}", *OUT),
    ),
    "select": (
        *("select", *OPTIONS, *TARGET, "-k", "5", "--folds", "0", "--permutations", "0"),
        *("--method", "ttest", "-o", "{out}.csv"),
    ),
    "translate": ("translate", *OPTIONS, *PAIRS, "--folds", "3", *OUT),
    "train": ("train", *OPTIONS, *TARGET, *OUT),
    "train-zip": ("train", *OPTIONS, *TARGET, "-o", "{out}.zip"),
    "predict": (
        "predict",
        "model{seed}.zip",
        "expression.csv",
        "--unit",
        "log2",
        "-o",
        "{out}.csv",
    ),
    "patient": (
        *("patient", "translator.zip", *INPUT),
        *("--sample", "P0{seed}-T", *OUT),
    ),
    "infer": (
        "infer",
        "expression.csv",
        "--unit",
        "log2",
        "--model",
        "genome{seed}.zip",
        "-o",
        "{out}.h5ad",
    ),
    "panel": ("panel", "expression.csv", "--unit", "log2", "-k", "1{seed}", "-o", "{out}.csv"),
    "direction": ("direction", *INPUT, "--column", "condition", "--contrast", "{contrast}", *OUT),
    "diff": ("diff", *INPUT, "--column", "condition", "--contrast", "{contrast}", *OUT),
    "outliers": (
        "outliers",
        *OPTIONS,
        "--where",
        "condition=normal",
        "--sample",
        "P0{seed}-T",
        *OUT,
    ),
    "overlap": ("overlap", "list{seed}.txt", "list2.txt", *OUT),
    "report": ("report", "results{seed}", "-o", "{out}.html"),
}
STUDIES: dict[str, tuple[str, ...]] = {
    "transfer": (
        *("transfer", *INPUT, *TARGET, "--by", "site", "--widths", "8", "--sizes", "6"),
        *("--repeats", "2", "--processes", "1", "--least", "5", "--baselines", "", *OUT),
    ),
    "search": (
        *("search", *INPUT, *TARGET, "--trials", "16", "--epochs", "2", "--processes", "1", *OUT),
    ),
    "curve": (
        *("curve", *INPUT, *TARGET, "--methods", "logistic,knn", "--sizes", "8,16"),
        *("--repeats", "3", "--processes", "1", *OUT),
    ),
}
SMALL = ("panel",)
"""Commands whose files are too small for a limit that leaves room for messages."""
SHARED = ("train-zip", "diff", "panel")
"""Commands that two processes run at once in one place."""
STOPPED = (0, 99, 130, 143, -signal.SIGKILL, -signal.SIGTERM)
"""How a stopped process may end: done, before it began, by the signal, or as the help says."""


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
    others = [f"Q{name[1:]}" for name in names]
    table = pd.DataFrame((values.T + 0.1).round(3), index=genes, columns=others)
    table.to_csv(folder / "other.csv")
    sheet |= {"sample": others, "patient": [name[:3] for name in others]}
    pd.DataFrame(sheet).to_csv(folder / "other_samples.csv", index=False)
    for number in range(3):
        some = genes[20 * number : 20 * number + 30]
        (folder / f"list{number}.txt").write_text("\n".join(some) + "\n")


def prepare(folder: Path) -> None:
    """Results and models for the commands that take some."""
    make_cohort(folder)
    for number in (0, 1):
        quick = [*COMMANDS["evaluate"][:-1], f"results{number}"]
        finish([word.format(seed=number) for word in quick], folder)
        train = [*COMMANDS["train"][:-1], f"model{number}.zip"]
        finish([word.format(seed=number) for word in train], folder)
        given = ("--task", "infer", "--landmarks", f"list{number}.txt", "--method", "ridge")
        more = ("--allow-training-data", "-o", f"genome{number}.zip")
        finish(["train", "expression.csv", "--unit", "log2", *given, *more], folder)
    more = ("--task", "translate", "--allow-training-data", "-o", "translator.zip")
    finish(["train", *INPUT, *PAIRS, *more], folder)


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
    if path.suffix == ".h5ad":
        from anndata import read_h5ad

        return read_h5ad(path).n_obs == 40
    text = path.read_text(encoding="utf-8")
    return text.rstrip().endswith("</html>") if path.suffix == ".html" else text.endswith("\n")


def stop(child: int, draw: random.Random, seconds: float) -> int:
    """Stop a process within so many seconds; how it ended."""
    time.sleep(draw.uniform(0, 1.1 * seconds))
    number = draw.choice((signal.SIGKILL,) * 4 + (signal.SIGTERM, signal.SIGINT))
    try:
        os.killpg(child, number)
    except ProcessLookupError:  # it hasn't got its group yet, or has ended
        os.kill(child, number)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def torment(name: str, folder: Path, n: int, draw: random.Random) -> dict[str, int]:
    """Stop one command ``n`` times; how often it left the old result and how often a new one."""
    path = place(name, folder)
    seconds = max(finish(words(name, seed), folder) for seed in (1, 0))
    told = {"old": 0, "new": 0}
    old, seed = contents(path), 0
    for _ in range(n):
        code = stop(start(words(name, 1 - seed), folder), draw, seconds)
        if code not in STOPPED:
            text = (folder / "log.txt").read_text(encoding="utf-8")
            raise AssertionError(f"{name} ended with {code}: {text[-800:]}")
        if contents(path) == old:
            told["old"] += 1
            continue
        if not is_whole(path):
            raise AssertionError(f"{name} left neither the old result nor a whole new one: {path}")
        told["new"] += 1
        old, seed = contents(path), 1 - seed
    finish(words(name, 0), folder)
    return told


def done(path: Path) -> dict[str, str]:
    """The units that a study has finished and what came out, but for seconds of computing."""
    from bulkwise.study.store import Store

    if not (path / "study" / "plan.json").exists():
        return {}
    found = {}
    for unit, result in Store.look(path).results.items():
        if isinstance(result, dict):  # a curve: score, accuracy and seconds of each method
            result = {k: v[:2] if isinstance(v, list) else v for k, v in result.items()}
        found[unit] = json.dumps(result)
    return found


def torment_study(name: str, folder: Path, n: int, draw: random.Random) -> dict[str, int]:
    """Stop a study ``n`` times; how often it had some units and how often it had ended."""
    arguments = [word.format(out=name) for word in STUDIES[name]]
    path, told = folder / name, {"old": 0, "new": 0}
    seconds = finish(arguments, folder)
    expected = done(path)
    shutil.rmtree(path)
    before: dict[str, str] = {}
    for _ in range(n):
        code = stop(start(arguments, folder), draw, seconds)
        now = done(path)
        if code not in STOPPED or not before.items() <= now.items() <= expected.items():
            raise AssertionError(f"{name} ended with {code} and lost a unit: {path}")
        before = now
        told["new" if now == expected else "old"] += 1
        if now == expected:
            finish(arguments, folder)
            shutil.rmtree(path)
            before = {}
    finish(arguments, folder)
    if done(path) != expected:
        raise AssertionError(f"{name} has other results than one that was never stopped: {path}")
    return told


def meet(name: str, folder: Path) -> None:
    """Let two processes write to one place at once: one result of the two must stand there."""
    path, made = place(name, folder), []
    for seed in (0, 1):
        finish(words(name, seed), folder)
        made.append(contents(path))
    children = [start(words(name, seed), folder) for seed in (0, 1)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    found = contents(path)
    changing = {"run.json", "report.html"}  # they tell the time
    plain = [{k: v for k, v in one.items() if k not in changing} for one in (*made, found)]
    if plain[2] not in plain[:2] or not is_whole(path) or not set(codes) <= {0, 2}:
        raise AssertionError(f"two of {name} ended with {codes} and left neither result: {path}")


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


def main(
    n: int, seed: int, only: list[str], tell: Callable[[str], object] = print
) -> dict[str, dict[str, int]]:
    """Share ``n`` stops among all commands, or some."""
    warm_up()
    draw = random.Random(seed)
    told = {}
    names = only or [*COMMANDS, *STUDIES]
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        folder = Path(name)
        prepare(folder)
        for i, command in enumerate(names):
            share = n // len(names) + (i < n % len(names))
            if command in STUDIES:
                told[command] = torment_study(command, folder, share, draw)
            else:
                told[command] = torment(command, folder, share, draw)
            if command not in (*STUDIES, *SMALL):
                told[command]["full"] = fill(
                    command, folder, (0.3,) if n < 100 else (0.0, 0.3, 0.9)
                )
            if command in SHARED:
                meet(command, folder)
            tell(f"{command}: {told[command]}")
    return told


def warm_up() -> None:
    """Import all that any command needs, before anything is forked."""
    import pkgutil
    from importlib import import_module

    import torch

    import bulkwise

    torch.set_num_threads(1)
    for module in pkgutil.walk_packages(bulkwise.__path__, "bulkwise."):
        if not module.name.endswith(("__main__", "worker")):
            import_module(module.name)
    for name in ("anndata", "jinja2", "plotly.graph_objects", "sklearn.linear_model"):
        import_module(name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, help="how many kills")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", choices=[*COMMANDS, *STUDIES], default=[])
    asked = parser.parse_args()
    told = main(asked.n, asked.seed, asked.only, lambda line: print(line, file=sys.stderr))
    print(json.dumps(told))
