"""From the user's word for a device to ``torch.device``, with one clear error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.errors import InputError

if TYPE_CHECKING:
    import torch

__all__ = ["resolve"]


def resolve(device: str = "auto") -> torch.device:
    """Find the device to train on.

    Parameters
    ----------
    device
        ``"auto"`` (the first CUDA device if there is one, else the CPU), ``"cpu"``, ``"cuda"``
        or ``"cuda:1"``.

    Raises
    ------
    InputError
        If the name is unknown or the device isn't there.
    """
    import torch

    if device == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    kind, _, number = str(device).partition(":")
    if kind not in {"cpu", "cuda"} or (number and not number.isdigit()):
        raise InputError(
            f"The device {device!r} isn't known: expected 'auto', 'cpu', 'cuda' or 'cuda:0'."
        )
    if kind == "cuda":
        n_devices = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if int(number or 0) >= n_devices:
            raise InputError(
                f"The device {device!r} isn't there: this machine has {n_devices} CUDA devices "
                "that torch can use; choose another one, or 'auto' or 'cpu'."
            )
        return torch.device(f"cuda:{number or 0}")
    return torch.device("cpu")
