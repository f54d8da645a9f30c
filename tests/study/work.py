"""Units for the tests of engines: other processes find them by name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np
import torch


def times(settings, unit, arrays):
    return [settings["times"] * unit["number"], float(arrays["x"].sum()), torch.get_num_threads()]


def product(settings, unit, arrays):
    """Numbers that depend on every bit of the arithmetic."""
    rng = np.random.default_rng(unit["number"])
    a = torch.from_numpy(rng.normal(size=(60, len(arrays["x"]))).astype(np.float32))
    b = a @ torch.from_numpy(np.array(arrays["x"], dtype=np.float32))
    time.sleep(settings.get("seconds", 0))
    return b.tolist()


def bad(settings, unit, arrays):
    if unit["number"] == 1:
        raise MemoryError("too much")
    if unit["number"] == 2:
        raise ValueError("no good")
    return unit["number"]


def deadly(settings, unit, arrays):
    """Unit 1 kills its process once, unit 2 always."""
    mark = Path(settings["folder"]) / f"{unit['number']}"
    if unit["number"] == 2 or (unit["number"] == 1 and not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return unit["number"]


def slow(settings, unit, arrays):
    time.sleep(0.15)
    return unit["number"]
