"""Exact L2-logistic regression along a path of penalties: bulkwise against scikit-learn's lbfgs.

The task is the tuning that an evaluation does inside each of its training parts: 20 penalties x 5
inner folds. bulkwise solves all 100 problems on the row space, the reduction included, and the
path isn't stopped early here. scikit-learn solves on the genes. Two parts:

* *Equal*: 300 samples x 4,000 genes of made-up numbers, 5 classes, where scikit-learn can be asked
  for a tight optimum (float64, tolerance 1e-8) of one fold's 20 problems: largest difference of a
  held-out probability (claimed: at most 1e-3), and share of equal decisions.
* *Fast*: 1,078 x 18,154, 13 classes (RNAseqDB's tissues where BULKWISE_DATA is set, else made-up
  numbers of that size). scikit-learn (float32, its own tolerance of 1e-4, at which it isn't at
  the optimum yet) takes so long that it does `--penalties` of the 20, spread over the path, on
  one fold, from a cold start each; its time for all 100 is the mean of these times 100: an
  extrapolation, and printed as one.

    python benchmarks/logistic.py
    python benchmarks/logistic.py --penalties 6
"""

from __future__ import annotations

import argparse
import os
import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info

from bulkwise.split import inner_folds
from bulkwise.training import RowSpace
from bulkwise.training.logistic import Design, log_probabilities, path

N_PENALTIES, N_FOLDS = 20, 5
CLAIMED_DIFFERENCE = 1e-3


class Task:
    """A standardised matrix with its inner folds."""

    def __init__(self, X: np.ndarray, y: np.ndarray, patients: np.ndarray) -> None:
        sd = X.std(axis=0, dtype=np.float64)
        mean = X.mean(axis=0, dtype=np.float64)
        self.X = ((X - mean) / np.where(sd > 0, sd, 1)).astype(np.float32)
        self.codes = np.unique(y, return_inverse=True)[1]
        self.folds = inner_folds(self.codes, patients, n_splits=N_FOLDS, random_state=0)
        self.first = self.folds[0].train, self.folds[0].test

    def ours(self) -> tuple[float, float, np.ndarray, list[np.ndarray]]:
        """Seconds of the reduction and of the path, the penalties, held-out probabilities."""
        start = time.perf_counter()
        rows = RowSpace.of(self.X)
        reduced = time.perf_counter()
        Cs = np.geomspace(1e-3, 1e4, N_PENALTIES) / np.square(rows.s).mean()
        weights = np.ones((N_FOLDS, len(self.X)))
        for i, fold in enumerate(self.folds):
            weights[i, fold.test] = 0.0
        design = Design(rows.Z, self.codes, int(self.codes.max()) + 1)
        scores = [s.scores for s in path(design, weights, list(1 / Cs), tol=1e-3, max_iter=1000)]
        done = time.perf_counter()
        held = self.first[1]
        found = [np.exp(log_probabilities(F[0][held])) for F in scores]
        return reduced - start, done - reduced, Cs, found

    def theirs(self, C: float, tol: float, dtype: type) -> tuple[float, np.ndarray, int]:
        """Seconds of one fit on the genes, held-out probabilities, iterations."""
        train, held = self.first
        X = self.X.astype(dtype)
        model = LogisticRegression(C=C, tol=tol, max_iter=100_000)
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            model.fit(X[train], self.codes[train])
        seconds = time.perf_counter() - start
        return seconds, model.predict_proba(X[held]), int(model.n_iter_[0])


def real() -> Task:
    from bulkwise.datasets import load

    cohort = load("rnaseqdb")
    tissue, patient = cohort.obs[["tissue", "patient"]].astype(str).to_numpy().T
    return Task(np.log2(np.asarray(cohort.X) + 1), tissue, patient)


def made_up(n: int, p: int, k: int) -> Task:
    """Classes as shifts along 40 programs that vary within classes too."""
    rng = np.random.default_rng(0)
    codes = np.arange(n) % k
    programs = rng.normal(size=(40, p)).astype(np.float32)
    along = rng.normal(size=(n, 40)) + 0.6 * rng.normal(size=(k, 40))[codes]
    X = along.astype(np.float32) @ programs + 2 * rng.normal(size=(n, p)).astype(np.float32)
    return Task(X, codes.astype(str), np.arange(n).astype(str))


def compared(mine: np.ndarray, theirs: np.ndarray) -> str:
    equal = (theirs.argmax(axis=1) == mine.argmax(axis=1)).mean()
    return (
        f"largest difference of a probability {np.abs(theirs - mine).max():.1e}, equal "
        f"decisions {equal:.1%}"
    )


def equal(tol: float = 1e-8) -> None:
    task = made_up(300, 4000, 5)
    reduction, solving, Cs, found = task.ours()
    seconds, worst, agree = 0.0, 0.0, []
    for C, mine in zip(Cs, found, strict=True):
        more, theirs, _ = task.theirs(C, tol, np.float64)
        seconds += more
        worst = max(worst, float(np.abs(theirs - mine).max()))
        agree.append((theirs.argmax(axis=1) == mine.argmax(axis=1)).mean())
    print(f"equal: 300 x 4,000, 5 classes, {N_PENALTIES} penalties, held-out samples of one fold")
    print(f"  bulkwise, 5 folds {reduction + solving:.2f} s; scikit-learn, 1 fold {seconds:.1f} s")
    verdict = "holds" if worst <= CLAIMED_DIFFERENCE else "FAILS"
    print(
        f"  largest difference of a probability {worst:.1e}, equal decisions {np.mean(agree):.2%}"
    )
    print(f"  claim, at most {CLAIMED_DIFFERENCE:g}: {verdict}")


def fast(n_solved: int) -> None:
    there = "BULKWISE_DATA" in os.environ
    task = real() if there else made_up(1078, 18154, 13)
    n, p = task.X.shape
    print(f"fast: {'RNAseqDB' if there else 'made-up numbers'}, {n:,} x {p:,}, 13 classes")
    reduction, solving, Cs, found = task.ours()
    total = reduction + solving
    print(
        f"  bulkwise, 100 problems: {total:.2f} s (reduction {reduction:.2f}, path {solving:.2f})"
    )
    seconds = []
    for i in np.linspace(0, N_PENALTIES - 1, n_solved + 2).round().astype(int)[1:-1]:
        took, theirs, n_iter = task.theirs(Cs[i], 1e-4, np.float32)
        seconds.append(took)
        print(
            f"  scikit-learn, 1 problem, penalty {i + 1} of {N_PENALTIES}: {took:.1f} s, {n_iter} "
            f"iterations, {compared(found[i], theirs)}"
        )
    scaled = float(np.mean(seconds)) * N_PENALTIES * N_FOLDS
    print(f"  scikit-learn, 100 problems, extrapolated from these {len(seconds)}: {scaled:,.0f} s")
    print(f"  ratio: {scaled / total:,.0f} times")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--penalties", type=int, default=3, help="how many scikit-learn solves")
    asked = parser.parse_args()
    threads = max((pool["num_threads"] for pool in threadpool_info()), default=1)
    print(f"{threads} threads")
    equal()
    fast(asked.penalties)


if __name__ == "__main__":
    main()
