"""The whole program inside a machine with systemd: what is typed, and what comes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.systemd.machine import Machine

pytestmark = pytest.mark.slow(seconds=15)
CONFIGURATION = """
[database]
url = "sqlite+aiosqlite:////srv/console/console.db"
[audit]
file = "/srv/console/audit.jsonl"
[services]
units = ["steady.service", "short.service"]
"""


@pytest.fixture(scope="module")
def folder(machine: Machine) -> Path:
    """The console's folder, seen from here."""
    folder = machine.root / "srv/console"
    machine.run("mount", "-t", "tmpfs", "tmpfs", "/srv")
    folder.mkdir()
    (folder / "t.toml").write_text(CONFIGURATION)
    if not (machine.root / sys.executable.lstrip("/")).exists():
        pytest.skip("lies in a folder that the machine has for itself")
    assert typed(machine, "init").returncode == 0
    return folder


def typed(machine: Machine, *words: str) -> subprocess.CompletedProcess[str]:
    """What the program does with these words."""
    inside = ("nsenter", f"--target={machine.pid}", "--mount", "--pid", "env", "-C")
    project = str(Path(__file__).parents[2])
    program = (sys.executable, "-m", "ticrypt_tui", "--config", "/srv/console/t.toml")
    return subprocess.run(
        [*inside, project, *program, *words],
        capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def last_message(machine: Machine, unit: str) -> str:
    """What the journal holds last of a unit: its own line or systemd's, whichever came later."""
    last = ("journalctl", f"--unit={unit}", "--lines=1", "--output=cat", "--quiet")
    return machine.run(*last).strip()


def listed(machine: Machine) -> dict[str, Any]:
    """The rows of the services by their names."""
    rows = json.loads(typed(machine, "list", "services", "--json").stdout)["rows"]
    return {row["name"]: row for row in rows}


def outcomes(folder: Path, name: str) -> list[str]:
    """What the audit file says became of the operations on a unit."""
    lines = (folder / "audit.jsonl").read_text().splitlines()
    records = [record for record in map(json.loads, lines) if record["object"]["name"] == name]
    return [f"{record['action']} {record['outcome']}" for record in records]


def test_services_are_listed_with_what_they_said_last(machine: Machine, folder: Path) -> None:
    said = last_message(machine, "steady.service")
    rows = listed(machine)
    while not rows["steady.service"]["last_message"]:  # it was not read within a second
        rows = listed(machine)
    assert rows["steady.service"]["state"] == "active (running)"
    assert rows["steady.service"]["last_message"] in (
        said,
        last_message(machine, "steady.service"),
    )
    assert rows["steady.service"]["cut_along"] == ["guest.service"]


def test_a_restart_is_done_and_recorded(machine: Machine, folder: Path) -> None:
    done = typed(machine, "run", "unit.restart", "steady.service", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "steady.service was restarted in " in done.stdout
    recorded = ["unit.restart attempted", "unit.restart done"]
    assert outcomes(folder, "steady.service") == recorded


def test_a_service_that_dies_is_told_with_the_end_of_its_log(
    machine: Machine, folder: Path
) -> None:
    failed = typed(machine, "run", "unit.restart", "short.service", "--yes")
    assert failed.returncode == 1
    first, *log = failed.stderr.splitlines()
    assert first == "short.service was restarted, and died within 3 s: exit code 7."
    assert any("short gives up" in line for line in log)
    recorded = ["unit.restart attempted", "unit.restart failed"]
    assert outcomes(folder, "short.service") == recorded


def test_its_journal_is_printed(machine: Machine, folder: Path) -> None:
    printed = typed(machine, "run", "unit.logs", "steady.service", "--since", "1h").stdout
    assert printed.startswith("== journal\n")
    assert "steady began\n" in printed


def test_what_is_not_configured_is_refused(machine: Machine, folder: Path) -> None:
    assert typed(machine, "run", "unit.restart", "guest.service", "--yes").returncode == 3
