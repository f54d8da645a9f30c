"""Commands killed at random moments, or with no room to write, lose nothing.

``make faults`` kills 500 times; here it is a few.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = int(os.environ.get("BULKWISE_KILLS", "8"))


@pytest.mark.slow
def test_what_is_killed_leaves_the_old_result_or_a_whole_new_one() -> None:
    script = Path(__file__).with_name("killing.py")
    done = subprocess.run(
        [sys.executable, str(script), str(KILLS)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert sum(counts["old"] + counts["new"] for counts in told.values()) == KILLS
    assert all(counts["full"] >= 1 for counts in told.values())
