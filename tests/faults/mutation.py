"""Say how many mutants the tests of each room noticed: ``python mutation.py LEAST``, after mutmut.

A mutant counts as noticed if a test failed, hung or crashed on it. Mutants in code that no test
runs count as missed. Ends with 1 if a room has fewer than ``LEAST`` per cent.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

NOTICED = {"killed", "timeout", "segfault", "suspicious"}


def count(listed: str) -> dict[str, Counter[str]]:
    """Room -> how many mutants ended how, from what ``mutmut results --all true`` prints."""
    rooms: dict[str, Counter[str]] = {}
    for line in listed.splitlines():
        name, found, ending = line.strip().rpartition(": ")
        if found and name.startswith("bulkwise."):
            rooms.setdefault(name.split(".")[1], Counter())[ending] += 1
    return rooms


def main(least: float) -> int:
    """Print a line a room; 1 if one has too few."""
    command = [sys.executable, "-m", "mutmut", "results", "--all", "true"]
    rooms = count(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    worst = 100.0 if rooms else 0.0
    for room, endings in sorted(rooms.items()):
        n = sum(endings.values())
        share = 100 * sum(endings[ending] for ending in NOTICED) / n
        worst = min(worst, share)
        print(f"{room}: {share:.1f} % of {n:,} mutants noticed ({dict(endings)})")
    return int(worst < least)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
