"""The state of unfinished training in one file: safetensors with a JSON header, never pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from bulkwise.errors import FitError
from bulkwise.storage import PathLike, atomic_path

__all__ = ["Checkpoint"]

_FORMAT = 1
_SCHEMA = "bulkwise/checkpoint"


@dataclass(frozen=True)
class Checkpoint:
    """A place for the state of one fit.

    Attributes
    ----------
    folder
        Where it lies.
    fingerprint
        Hash of all that the fit's result depends on; it is the file's name, so that a state
        is only ever taken up by the fit that left it.
    """

    folder: PathLike
    fingerprint: str

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.folder) / f"{self.fingerprint[:32]}.safetensors"

    def save(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """Write the state, whole or not at all.

        Parameters
        ----------
        tensors
            Weights, optimiser state, states of the generators.
        facts
            What JSON can hold exactly: numbers of epochs and steps, losses.
        """
        header = {
            "schema": _SCHEMA,
            "format": str(_FORMAT),
            "fingerprint": self.fingerprint,
            "facts": json.dumps(facts),
        }
        apart = {name: tensor.detach().cpu().clone() for name, tensor in tensors.items()}
        with atomic_path(self.path) as partial:
            save_file(apart, partial, metadata=header)

    def load(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """Read the state, or ``None`` if there is none.

        Raises
        ------
        FitError
            If the file isn't a state of this fit.
        """
        if not self.path.is_file():
            return None
        try:
            with safe_open(self.path, framework="pt") as file:
                header = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            facts = json.loads(header.get("facts", ""))
        except (SafetensorError, ValueError) as error:
            raise FitError(self._unusable("it is damaged")) from error
        if header.get("fingerprint") != self.fingerprint or header.get("schema") != _SCHEMA:
            raise FitError(self._unusable("it belongs to another fit"))
        if header.get("format") != str(_FORMAT):
            raise FitError(self._unusable("another version of bulkwise wrote it"))
        return tensors, facts

    def remove(self) -> None:
        """Delete the file, if there is one."""
        self.path.unlink(missing_ok=True)

    def _unusable(self, reason: str) -> str:
        return (
            f"Can't resume training from {str(self.path)!r}: {reason}; delete the file to start "
            "this fit again."
        )
