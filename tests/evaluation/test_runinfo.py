"""How a result was made."""

from __future__ import annotations

import numpy as np

import bulkwise
from bulkwise.evaluation.runinfo import Stages, run_info


def info(X, **changes):
    stages = Stages()
    with stages("fit"):
        pass
    with stages("fit"):
        pass
    asked = {
        "samples": np.array(["S1", "S2"]),
        "genes": ["A", "B"],
        "seed": 3,
        "command": "bulkwise evaluate x",
        "seconds_of_fit": {"preprocessing": 1.23456},
        "reductions": {"mlp": "row space of rank 9"},
    }
    return run_info(stages, X=X, **(asked | changes))


def test_what_is_recorded():
    found = info(np.eye(2))
    assert found["seed"] == 3
    assert found["versions"]["bulkwise"] == bulkwise.__version__
    assert {"python", "numpy", "scikit-learn", "torch"} <= set(found["versions"])
    assert set(found["seconds"]) == {"fit"}
    assert found["seconds_of_fit"] == {"preprocessing": 1.235}
    assert found["threads"]
    assert found["reductions"] == {"mlp": "row space of rank 9"}


def test_the_hash_is_of_values_samples_and_genes():
    X = np.eye(2)
    hashes = {
        info(X)["data_sha256"],
        info(X + 1e-9)["data_sha256"],
        info(X, samples=np.array(["S2", "S1"]))["data_sha256"],
        info(X, genes=["B", "A"])["data_sha256"],
    }
    assert len(hashes) == 4
    assert info(X.copy())["data_sha256"] in hashes
