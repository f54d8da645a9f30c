"""A search of 1,000 networks, against scikit-learn's network and a plain PyTorch loop.

Claim: on RNAseqDB tissue (1,078 x 18,154, 13 classes, 20 epochs, one validation split) the search
takes at most 4 minutes on 2 cores, and trains at least 25 times as many networks a second as
``sklearn.neural_network.MLPClassifier`` and as a PyTorch loop over a ``DataLoader``; its best
accuracy on the validation samples isn't lower.

All see the same training and validation samples, standardised on the former. The rivals train a
few of the search's own networks (the first trials whose settings they know: without dropout and
batch norm for scikit-learn), each through all 20 epochs, at full width, in one process with as
many threads as the search has processes. Seconds of the search are its own ``seconds.networks``.

    python benchmarks/fleet.py [--trials 1000] [--rivals 6] [--processes 2] [--device cpu]

With BULKWISE_DATA set the cohort is RNAseqDB, else a small one is drawn.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd
import torch
from anndata import AnnData
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from bulkwise.models.base import SQUARED_LENGTH
from bulkwise.randomness import Seeds
from bulkwise.study import Local, search
from bulkwise.study.random_search import SPACES, draw
from bulkwise.study.random_search.parts import seen_by_networks, split

EPOCHS = 20
SPACE = SPACES["compact"]


def cohort() -> AnnData:
    if os.environ.get("BULKWISE_DATA"):
        from bulkwise.datasets import load

        return load("rnaseqdb")
    rng = np.random.default_rng(0)
    codes = np.arange(300) % 6
    X = rng.normal(size=(300, 3000)) + (rng.normal(size=(6, 3000)) * 0.5)[codes]
    sheet = pd.DataFrame({"tissue": [f"t{c}" for c in codes]}, index=[f"s{i}" for i in range(300)])
    made = AnnData(X.astype(np.float32), obs=sheet)
    made.uns["unit"] = "log2"
    return made


def by_sklearn(drawn: dict[str, Any], data: dict[str, np.ndarray]) -> float:
    model = MLPClassifier(
        tuple(drawn["widths"]),
        solver="sgd",
        learning_rate_init=drawn["learning_rate"],
        momentum=drawn["momentum"],
        batch_size=drawn["batch_size"],
        alpha=drawn["weight_decay"] * drawn["batch_size"],
        max_iter=EPOCHS,
        n_iter_no_change=EPOCHS,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            model.fit(data["X"], data["y"])
        except ValueError:  # diverged
            return 0.0
    return float((model.predict(data["X_new"]) == data["y_new"]).mean())


def by_torch(drawn: dict[str, Any], data: dict[str, np.ndarray], device: str) -> float:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    size = data["X"].shape[1]
    for width in drawn["widths"]:
        layers.append(nn.Linear(size, width))
        if drawn["batch_norm"]:
            layers.append(nn.BatchNorm1d(width))
        layers += [nn.ReLU(), nn.Dropout(drawn["dropout"])]
        size = width
    module = nn.Sequential(*layers, nn.Linear(size, int(data["y"].max()) + 1)).to(device)
    optimizer = torch.optim.SGD(
        module.parameters(),
        lr=drawn["learning_rate"],
        momentum=drawn["momentum"],
        nesterov=True,
        weight_decay=drawn["weight_decay"],
    )
    rows = TensorDataset(torch.from_numpy(data["X"]), torch.from_numpy(data["y"]))
    for _ in range(EPOCHS):
        loader = DataLoader(rows, drawn["batch_size"], shuffle=True, drop_last=True)
        for x, y in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(x.to(device)), y.to(device)).backward()
            optimizer.step()
    module.eval()
    with torch.no_grad():
        found = module(torch.from_numpy(data["X_new"]).to(device)).argmax(dim=1).cpu().numpy()
    return float((found == data["y_new"]).mean())


def timed(run: Any, chosen: list[dict[str, Any]], *given: Any) -> tuple[float, float, list[float]]:
    wall, cpu = time.perf_counter(), time.process_time()
    scores = [run(drawn, *given) for drawn in chosen]
    n = len(chosen)
    return (time.perf_counter() - wall) / n, (time.process_time() - cpu) / n, scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--rivals", type=int, default=6)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    asked = parser.parse_args()
    torch.set_num_threads(asked.processes)
    data = cohort()
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = time.process_time()
        found = search(
            data,
            target="tissue",
            folder=folder,
            trials=asked.trials,
            epochs=EPOCHS,
            engine=Local(asked.processes),
            device=asked.device,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = found.run["seconds"]["networks"]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    cpu += time.process_time() - own
    best = found.trials.set_index("trial").loc[found.best[0], "accuracy"]
    print(f"search: {asked.trials} networks in {seconds:.1f} s ({cpu:.0f} CPU s with all else),")
    print(f"  {seconds / asked.trials:.4f} s a network, best validation accuracy {best:.4f}")
    print(f"  peak memory of a process {after.ru_maxrss / 1e6:.2f} GB")
    for name, value in found.run["seconds"].items():
        print(f"  {name}: {value:.1f} s")

    parts = split(data, "tissue", None, 0.2, 0)
    steps, seen = seen_by_networks(parts.inputs, parts.train)
    scale = np.float32(seen.scale)
    center = seen.center.astype(np.float32)
    X, X_new = (
        (steps.transform(parts.inputs.X[rows]).astype(np.float32) - center) * scale
        for rows in (parts.train, parts.choose)
    )
    print(f"rivals see rows of mean squared length {np.square(X).sum(axis=1).mean():.0f} "
          f"(asked {SQUARED_LENGTH:.0f})")  # fmt: skip
    both = {
        "X": X,
        "y": parts.inputs.codes[parts.train].astype(np.int64),
        "X_new": X_new,
        "y_new": parts.inputs.codes[parts.choose],
    }
    drawn = [draw(SPACE, Seeds(0), trial) for trial in range(asked.rivals)]
    mean = seconds / asked.trials
    for name, run, more in (
        ("scikit-learn", by_sklearn, ()),
        ("PyTorch", by_torch, (asked.device,)),
    ):
        wall, spent, scores = timed(run, drawn, both, *more)
        print(
            f"{name}: {wall:.2f} s a network ({spent:.2f} CPU s), best of {asked.rivals} "
            f"{max(scores):.4f}; the search is {wall / mean:.1f} times as fast"
            f" ({spent / (cpu / asked.trials):.1f} in CPU seconds, all its stages counted)"
        )


if __name__ == "__main__":
    main()
