"""What the paper printed: its tables 1, 2 and 3, and its settings."""

from __future__ import annotations

__all__ = ["ABLATION", "BATCH_SIZES", "FOLDS", "N_TEST", "N_TRAIN", "PARTS", "STRENGTHS"]

N_TRAIN, N_TEST = 716, 239  # 60 and 20 % of 1,193 samples, 23 of them with metastasis

FOLDS: dict[str, tuple[float, ...]] = {
    "deepcme-64": (0.766, 0.715, 0.801, 0.615, 0.810, 0.807, 0.850, 0.668, 0.662, 0.850),
    "deepcme-128": (0.719, 0.872, 0.779, 0.781, 0.784, 0.985, 0.914, 0.626, 0.782, 0.408),
    "svc": (0.629, 0.779, 0.693, 0.577, 0.629, 0.972, 0.864, 0.436, 0.496, 0.608),
    "logistic": (0.586, 0.786, 0.675, 0.554, 0.565, 0.941, 0.835, 0.369, 0.503, 0.615),
    "forest": (0.565, 0.684, 0.592, 0.496, 0.625, 0.522, 0.730, 0.515, 0.491, 0.785),
    "knn": (0.583, 0.583, 0.653, 0.549, 0.462, 0.767, 0.789, 0.470, 0.462, 0.449),
    "tree": (0.591, 0.594, 0.489, 0.491, 0.489, 0.494, 0.583, 0.491, 0.491, 0.489),
}
"""Test AUC in each of the ten repeats (table 1)."""

PARTS: dict[str, tuple[float, float]] = {
    "deepcme-64": (1.0, 0.839),
    "svc": (1.0, 0.659),
    "logistic": (1.0, 0.636),
    "forest": (1.0, 0.677),
    "knn": (0.986, 0.598),
    "tree": (1.0, 0.581),
}
"""Mean AUC in the training and validation parts (table 2)."""

ABLATION: dict[str, float] = {
    "without batch norm, dropout and L1": 0.655,
    "without batch norm and dropout": 0.658,
    "without L1": 0.750,
    "deepcme-64": 0.754,
}
"""Mean test AUC (table 3)."""

BATCH_SIZES = (16, 32, 64, 128)
STRENGTHS = (1e-4, 1e-2, 1.0, 100.0)  # of the paper's range, 1e-4 to 1e3
