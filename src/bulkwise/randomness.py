"""Every random number comes from one ``random_state``, through named child seeds.

A child seed depends on the parent seed and on the child's name only, so that adding a random
step somewhere never changes the numbers of another. The global generators of Python, NumPy and
torch are neither read nor written.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import torch

__all__ = ["RandomState", "Seeds"]

RandomState: TypeAlias = "int | np.integer | np.random.Generator | np.random.RandomState | None"

_SEED_BOUND = 2**63


class Seeds:
    """Named, independent seeds drawn from one ``random_state``.

    Parameters
    ----------
    random_state
        An integer gives the same children every time. A NumPy ``Generator`` or ``RandomState``
        is advanced by one draw. ``None`` takes entropy from the operating system.

    Examples
    --------
    >>> Seeds(0).seed("weights") == Seeds(0).seed("weights")
    True
    >>> Seeds(0).seed("weights") == Seeds(0).seed("dropout")
    False
    """

    def __init__(self, random_state: RandomState = None) -> None:
        if random_state is None:
            self._root = int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
        elif isinstance(random_state, np.random.Generator):
            self._root = int(random_state.integers(_SEED_BOUND))
        elif isinstance(random_state, np.random.RandomState):
            self._root = int(random_state.randint(0, 2**31 - 1))
        elif isinstance(random_state, int | np.integer) and not isinstance(random_state, bool):
            self._root = int(random_state)
        else:
            raise ValueError(
                "The 'random_state' must be an integer, a NumPy Generator, a NumPy RandomState "
                f"or None. Got {random_state!r} instead."
            )

    def seed(self, *names: object) -> int:
        """A seed in [0, 2**63) that depends on the root and on ``names`` only."""
        text = "/".join([str(self._root), *map(str, names)])
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") % _SEED_BOUND

    def child(self, *names: object) -> Seeds:
        """Seeds of a named part, independent of those of every other part."""
        return Seeds(self.seed(*names))

    def numpy(self, *names: object) -> np.random.Generator:
        """A NumPy generator for a named purpose."""
        return np.random.default_rng(self.seed(*names))

    def sklearn(self, *names: object) -> int:
        """A seed in the range that scikit-learn's ``random_state`` takes."""
        return self.seed(*names) % (2**32)

    def torch(self, *names: object, device: str = "cpu") -> torch.Generator:
        """A torch generator on ``device`` for a named purpose."""
        import torch

        return torch.Generator(device=device).manual_seed(self.seed(*names))
