"""A made-up evaluation of any size and with any names, and a browser to look at its report."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bulkwise.checks.base import Finding
from bulkwise.evaluation.base import (
    METRICS,
    Association,
    Calibration,
    Comparison,
    Controls,
    Curve,
    Estimate,
    FoldScores,
    LeakPair,
    ModelResult,
    PermutationControl,
    Predictions,
    Projection,
    Question,
    SourceProbe,
)
from bulkwise.evaluation.results import Evaluation

Make = Callable[..., Evaluation]


def _estimate(value: float, half: float = 0.02) -> Estimate:
    return Estimate(value, max(value - half, 0.0), min(value + half, 1.0))


def _curves(labels: list[str], skill: float, *, roc: bool) -> tuple[Curve, ...]:
    x = np.linspace(0, 1, 51)
    curves = []
    for index, name in enumerate(["macro", *labels]):
        power = max(1 - skill - 0.004 * index, 0.02)
        y = x**power if roc else 1 - x ** (1 / power) * 0.7
        curves.append(Curve(name, float(np.trapezoid(y, x)), tuple(x), tuple(y)))
    return tuple(curves)


def _model(name: str, role: str, skill: float, labels: list[str], observed: Any) -> ModelResult:
    rng = np.random.default_rng(len(name))
    n, k = len(observed), len(labels)
    probabilities = rng.dirichlet(np.full(k, 0.2), n) * (1 - skill)
    probabilities[np.arange(n), observed] += skill
    predicted = probabilities.argmax(axis=1)
    confusion = np.zeros((k, k))
    np.add.at(confusion, (observed, predicted), 1)
    values = {key: skill if info.higher_is_better else 1 - skill for key, info in METRICS.items()}
    history = {
        "train_loss": [2.0 * 0.7**epoch for epoch in range(20)],
        "validation_loss": [1.8 * 0.8**epoch + 0.1 for epoch in range(20)],
        "best_epoch": 18,
        "stopped": "patience",
        "note": "",
    }
    return ModelResult(
        name=name,
        role="model" if role == "model" else "baseline",
        description=f"Pipeline(Log1p(), Standardize(), {name}())",
        seconds=12.3,
        metrics={key: _estimate(value) for key, value in values.items()},
        per_class={
            label: {key: _estimate(skill, 0.08) for key in ("precision", "recall", "f1", "auroc")}
            | {"auprc": Estimate(float("nan"), float("nan"), float("nan"))}
            for label in labels
        },
        confusion=tuple(map(tuple, confusion.tolist())),
        folds=tuple(FoldScores(f"fold {i}", 0, 80, 20, 1.0, values) for i in range(5)),
        roc=_curves(labels, skill, roc=True),
        pr=_curves(labels, skill, roc=False),
        calibration=Calibration((0.2, 0.5, 0.95), (0.1, 0.55, 0.97), (5, 20, 75)),
        histories=(history,) * 5 if role == "model" else (),
        predicted=np.array(labels)[predicted],
        probabilities=probabilities,
    )


def _comparison(rival: str, value: float, verdict: Any, *, decides: bool) -> Comparison:
    return Comparison(
        model="mlp",
        rival=rival,
        metric="balanced_accuracy",
        difference=Estimate(value, value - 0.015, value + 0.015),
        p_value=0.2,
        adjusted_p_value=0.4,
        method="corrected resampled t",
        assumes="folds of one cohort",
        margin=0.02,
        verdict=verdict,
        rival_suffices=verdict != "better",
        decides=decides,
    )


def _controls(labels: list[str], sources: list[str], samples: list[str]) -> Controls:
    return Controls(
        permutation=PermutationControl(
            "mlp", 0.93, tuple(0.2 + 0.004 * i for i in range(20)), 0.2, 1 / 21, "source"
        ),
        source_probes=tuple(
            SourceProbe(name, dict.fromkeys(sources, 20), 0.2 + 0.1 * (i % 3), 0.99, i == 0)
            for i, name in enumerate(labels[:4])
        ),
        associations=(Association("plate", "Cramér's V", 0.81, 1e-9, 1e-8, True),),
        leaks=(LeakPair("near-identical", samples[0], samples[1], 0.9991, True),),
    )


def make(
    n_labels: int = 5,
    *,
    n_samples: int = 120,
    wrap: Callable[[str], str] = lambda text: text,
) -> Evaluation:
    """An evaluation of ``n_labels`` classes; every name in it went through ``wrap``."""
    rng = np.random.default_rng(0)
    labels = [wrap(f"tissue {chr(97 + i)}") for i in range(n_labels)]
    sources = [wrap("GTEx"), wrap("TCGA")]
    samples = [wrap(f"S{i:03d}") for i in range(n_samples)]
    observed = np.arange(n_samples) % n_labels
    chosen = np.array(labels)[observed]
    x, y = rng.normal(size=(2, n_samples)) + 4 * np.array([np.cos(observed), np.sin(observed)])
    models = [
        _model(wrap("mlp"), "model", 0.93, labels, observed),
        _model("majority", "baseline", 1 / n_labels, labels, observed),
        _model("logistic", "baseline", 0.92, labels, observed),
        _model("knn", "baseline", 0.85, labels, observed),
    ]
    return Evaluation(
        question=Question(
            name=wrap("mlp"),
            cohort=wrap("cohort"),
            unit="fpkm_harmonised",
            target=wrap("tissue"),
            labels=tuple(labels),
            counts={label: int((chosen == label).sum()) for label in labels},
            n_samples=n_samples,
            n_genes=18154,
            n_groups=n_samples - 7,
            groups="patient",
            source=wrap("source"),
            sources=dict.fromkeys(sources, n_samples // 2),
            scheme="5 folds, patients apart, stratified by class",
            holdout_by=None,
            n_folds=5,
            n_repeats=1,
            metric="balanced_accuracy",
            margin=0.02,
            preprocessing="Log1p(), Standardize(), fitted in each training part",
            baseline_preprocessing="Log1p(), Standardize()",
        ),
        models={model.name: model for model in models},
        comparisons=(
            _comparison("majority", 0.73, "better", decides=True),
            _comparison("logistic", 0.01, "as good as", decides=True),
            _comparison("knn", -0.01, "undecided", decides=True),
            _comparison("knn", -0.2, "worse", decides=False),
        ),
        controls=_controls(labels, sources, samples),
        findings=(
            Finding("near-identical", "warning", f"{wrap('A pair')} looks alike.", (samples[0],)),
            Finding("upstream-correction", "warning", "The unit was harmonised upstream."),
            Finding("groups", "note", "Patients come from the column 'patient'."),
        ),
        projections=tuple(
            Projection(
                method,
                (f"{method} 1 (31 % of variance)", f"{method} 2 (12 % of variance)"),
                tuple(samples),
                tuple(chosen.tolist()),
                tuple(sources[i % 2] for i in range(n_samples)),
                tuple(x.tolist()),
                tuple(y.tolist()),
            )
            for method in ("PCA",)
        ),
        predictions=Predictions(
            sample=np.array(samples),
            group=np.array(samples),
            repeat=np.zeros(n_samples, dtype=np.intp),
            fold=np.array(["fold 0"] * n_samples),
            observed=chosen,
        ),
        verdict=(f"{wrap('mlp')} is as good as logistic and better than majority.",),
        run={
            "command": f"bulkwise evaluate {wrap('cohort')} --target tissue -o out",
            "seed": 0,
            "threads": 2,
            "versions": {"bulkwise": "0.1.0", "python": "3.11"},
            "data_sha256": "ab" * 32,
            "seconds": {"fit": 12.34567, "controls": 3.2},
        },
    )


@pytest.fixture(scope="session")
def made() -> Make:
    """The function that makes an evaluation."""
    return make


_WIRE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)  # Chromium reads its orders from here
os.dup2(int(sys.argv[2]), 4)  # and replies here
os.execv(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """Headless Chromium, spoken to through its debugging pipe: JSON, each ended by a zero byte."""

    def __init__(self, program: str, profile: Path) -> None:
        orders, self._orders = os.pipe()
        self._replies, replies = os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (orders, replies)]
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-IS", "-c", _WIRE, *map(str, ends)),
                program,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-dev-shm-usage",
                "--no-first-run",
                f"--user-data-dir={profile}",
                "--remote-debugging-pipe",
                "about:blank",
            ],
            pass_fds=ends,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (orders, replies, *ends):
            os.close(end)
        self._last, self._rest, self._session = 0, b"", ""
        self.events: list[dict[str, Any]] = []
        targets = self.send("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        self._session = self.send("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            got = os.read(self._replies, 1 << 16)
            if not got:
                raise EOFError("Chromium went away")
            self._rest += got
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Give an order and wait for its result; what happens meanwhile is kept in ``events``."""
        self._last += 1
        order = {"id": self._last, "method": method, "params": params}
        if self._session:
            order["sessionId"] = self._session
        data = json.dumps(order).encode() + b"\0"
        while data:
            data = data[os.write(self._orders, data) :]
        while (message := self._read()).get("id") != self._last:
            self.events.append(message)
        if "error" in message:
            raise RuntimeError(message["error"])
        return message["result"]

    def ask(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def open(
        self, path: Path, *, width: int = 1280, height: int = 900, phone: bool = False
    ) -> None:
        """Open a report and wait until its figures are drawn."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )
        self.send("Emulation.setTouchEmulationEnabled", enabled=phone)
        self.send("Page.navigate", url="about:blank")
        self.events.clear()
        self.send("Page.navigate", url=path.as_uri())
        deadline = time.monotonic() + 60
        while self.ask("document.documentElement?.dataset.figures ?? ''") != "drawn":
            if time.monotonic() > deadline:
                raise TimeoutError("the figures weren't drawn within a minute")
            time.sleep(0.05)

    def happened(self, *methods: str) -> list[dict[str, Any]]:
        """The events of some kinds since the page was opened."""
        self.ask("0")
        return [event["params"] for event in self.events if event.get("method") in methods]

    def close(self) -> None:
        """End Chromium."""
        self._session = ""
        with suppress(EOFError, BrokenPipeError):
            self.send("Browser.close")
        self._process.wait(20)
        os.close(self._orders)
        os.close(self._replies)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for all tests of a session."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("needs Chromium")
    opened = Browser(program, tmp_path_factory.mktemp("chromium"))
    yield opened
    opened.close()
