"""Commands stopped at random moments, or with no room to write, lose nothing.

``make faults`` stops all of them, 500 times; here it is some, a few times.
"""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

KILLS = int(os.environ.get("BULKWISE_KILLS", "10"))
SOME = ("train-zip", "predict", "diff", "report", "curve")


@pytest.fixture(scope="module")
def killing() -> ModuleType:
    spec = spec_from_file_location("killing", Path(__file__).with_name("killing.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_what_is_killed_leaves_the_old_result_or_a_whole_new_one() -> None:
    script = Path(__file__).with_name("killing.py")
    done = subprocess.run(
        [sys.executable, str(script), str(KILLS), *(f"--only={name}" for name in SOME)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert sum(counts["old"] + counts["new"] for counts in told.values()) == KILLS
    assert all(counts.get("full", 1) >= 1 for counts in told.values())


def test_every_command_that_writes_is_stopped(killing: ModuleType) -> None:
    from bulkwise.cli.main import app

    writing = {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if "output" in inspect.signature(command.callback).parameters
    }
    stopped = {words[0] for words in (killing.COMMANDS | killing.STUDIES).values()}
    # demo and reproduce are evaluate and study with data of their own
    assert writing - {"demo", "reproduce"} == stopped
