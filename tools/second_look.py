"""Runs the tests side by side: `python -m tools.second_look`, with pytest's own arguments.

Thousands of tests that drive real things share few cores. The few that fail there run once more,
one after the other. What fails again fails the run; what does not is told as a test to mend.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

TOGETHER = ("-n", "4", "--dist", "loadfile", "--no-loadscope-reorder")
MOST = 5
"""More failures than these are no accident, and are not looked at again."""
FAILED = 1
"""What pytest exits with where tests have failed, and nothing else was wrong."""


def run(arguments: Sequence[str]) -> int:
    """Run the tests; what to exit with."""
    with TemporaryDirectory() as memory:
        remembering = ("-o", f"cache_dir={memory}")
        code = _pytest(*TOGETHER, *remembering, *arguments)
        failed = _failed(Path(memory)) if code == FAILED else []
        if not 0 < len(failed) <= MOST:
            return code
        print(f"\n{_tests(failed)} failed among all the others: once more, alone.", flush=True)
        again = ("--last-failed", "--last-failed-no-failures=none")
        code = _pytest(*remembering, *again, *arguments)
        left = _failed(Path(memory))
    for test in failed:
        print(f"{'FAILED TWICE' if test in left else 'TO MEND: failed once,'} {test}")
    return code


def _pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode


def _failed(memory: Path) -> list[str]:
    file = memory / "v" / "cache" / "lastfailed"
    return sorted(json.loads(file.read_text())) if file.exists() else []


def _tests(names: Sequence[str]) -> str:
    return f"{len(names)} test{'s' if len(names) > 1 else ''}"


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
