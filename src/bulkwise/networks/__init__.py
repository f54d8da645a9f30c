"""Networks: one architecture a file, a settings dataclass that builds a torch module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "DeepCME": "deepcme",
    "EncodedTargets": "encoded_targets",
    "GeneCNN": "gene_cnn",
    "MLP": "mlp",
    "MultitaskAutoencoder": "multitask_autoencoder",
    "SwapMLP": "swap",
    "Transferor": "transferor",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.networks.deepcme import DeepCME as DeepCME
    from bulkwise.networks.encoded_targets import EncodedTargets as EncodedTargets
    from bulkwise.networks.gene_cnn import GeneCNN as GeneCNN
    from bulkwise.networks.mlp import MLP as MLP
    from bulkwise.networks.multitask_autoencoder import (
        MultitaskAutoencoder as MultitaskAutoencoder,
    )
    from bulkwise.networks.swap import SwapMLP as SwapMLP
    from bulkwise.networks.transferor import Transferor as Transferor
