"""Who may restart what, as a real polkit decides with the rule that is shipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.systemd.machine import Machine

pytestmark = [
    pytest.mark.slow(seconds=5),
    pytest.mark.skipif(shutil.which("pkcheck") is None, reason="needs polkit"),
]
SCRIPT = Path(__file__).with_name("as_nobody.py")


def answer(machine: Machine, member: str, unit: str) -> str:
    """What systemd answers `nobody`, who is in the rule's group."""
    words = ["nsenter", f"--target={machine.pid}", "--pid", sys.executable, str(SCRIPT)]
    asked = subprocess.run(
        [*words, machine.bus, member, unit],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    return asked.stdout


def test_the_group_restarts_a_unit_of_the_rule(machine: Machine) -> None:
    assert answer(machine, "RestartUnit", "steady.service") == "done"


@pytest.mark.parametrize(
    ("member", "unit"),
    [
        pytest.param("RestartUnit", "once.service", id="another-unit"),
        pytest.param("RestartUnit", "guest.service", id="a-unit-that-hangs-on-it"),
        pytest.param("StopUnit", "steady.service", id="to-stop-it"),
    ],
)
def test_whatever_else_is_denied(machine: Machine, member: str, unit: str) -> None:
    assert answer(machine, member, unit).startswith(f"polkit does not let you restart {unit}. ")
