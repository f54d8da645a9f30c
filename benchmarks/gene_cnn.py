"""What does DEGnext's network cost, and do labels of our own agree with the paper's?

cost      multiplications a row for some numbers of samples, CPU seconds of one epoch of the first
          stage on 1,200 rows of 592 samples, and the same with the weights laid out as PyTorch
          does by default (channels first).
labels    for CHOL, KICH and READ, whose genes are nearly all in the files: labels by
          `label_directions` against those of the paper. Needs BULKWISE_DATA.

    python benchmarks/gene_cnn.py cost
    python benchmarks/gene_cnn.py labels
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import anndata
import torch
from torch import nn

from bulkwise.networks import GeneCNN
from bulkwise.networks.gene_cnn import folded_shape
from bulkwise.randomness import Seeds
from bulkwise.training import Training, label_directions
from bulkwise.training.loop import fit_network

SAMPLES = (45, 89, 176, 421, 586, 592, 1215)
ROWS, EPOCHS, REPEATS = 1200, 3, 3


def multiplications(n_samples: int) -> int:
    """Of one row's way through the network."""
    module = GeneCNN().build(3)
    total = 0

    def count(layer: nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal total
        total += output.numel() * layer.weight[0].numel()

    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    module(torch.zeros(1, n_samples))
    return total


def epoch_seconds(layout: torch.memory_format) -> float:
    """The fastest of some repeats."""
    rows = torch.randn(ROWS, 592, generator=torch.Generator().manual_seed(0))
    label = torch.arange(ROWS) % 3
    training = Training(
        optimizer="adam",
        learning_rate=1e-4,
        weight_decay=0.0,
        batch_size=64,
        epochs=EPOCHS,
        patience=None,
    )
    taken = []
    for _ in range(REPEATS):
        module = GeneCNN().build(3, torch.Generator().manual_seed(0)).to(memory_format=layout)
        begin = time.process_time()
        fit_network(
            module,
            [rows, label],
            lambda network, batch: nn.functional.cross_entropy(network(batch[0]), batch[1]),
            training,
            seeds=Seeds(0),
        )
        taken.append((time.process_time() - begin) / EPOCHS)
    return min(taken)


def cost() -> None:
    print("samples  picture    million multiplications a row")
    for n in SAMPLES:
        height, width = folded_shape(n)
        print(f"{n:>7}  {f'{height} x {width}':<9}  {multiplications(n) / 1e6:.2f}")
    first, last = map(epoch_seconds, (torch.contiguous_format, torch.channels_last))
    print(f"one epoch, {ROWS} rows of 592 samples: {last:.3f} CPU s")
    print(f"channels first: {first:.3f} CPU s, {first / last:.2f} times as much")


def labels(data: Path) -> None:
    for name in ("CHOL", "KICH", "READ"):
        cohort = anndata.read_h5ad(data / "degnext" / f"{name}.h5ad")
        made = label_directions(cohort, lowest=0.0).var["direction"].astype(str)
        paper = cohort.var["direction"].astype(str).loc[made.index]
        both = (made != "neutral") & (paper != "neutral")
        print(
            f"{name}: the same label {(made == paper).mean():.3f}; of {both.sum()} genes that both "
            f"call changed, the same direction {(made == paper)[both].mean():.4f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=("cost", "labels"))
    if parser.parse_args().what == "cost":
        cost()
    else:
        labels(Path(os.environ["BULKWISE_DATA"]))


if __name__ == "__main__":
    main()
