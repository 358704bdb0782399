"""`ticrypt-tui sync`: once, and for ever until it is told to end."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.said import Command
from tests.test_cli import command, host, ready
from ticrypt_tui.cli import commands

__all__ = ["command", "host", "ready"]


def test_one_round_is_printed_for_each_realm_and_kind(ready: Command, host: str) -> None:
    said = ready("sync")
    assert said.code == 0, said.err
    assert said.out.splitlines() == [
        "Fix VMs of Lab: nothing compared: 1 host left out",
        "play: nothing is concluded from it: It is simulated: nothing runs there.",
        "Fix drives of Lab: nothing compared: 1 host left out",
        "play: nothing is concluded from it: It is simulated: nothing runs there.",
    ]


def test_with_json_each_round_is_a_line(ready: Command, host: str) -> None:
    rounds = [json.loads(line) for line in ready("sync", "--json").out.splitlines()]
    assert [(each["realm"], each["kind"], each["dry_run"]) for each in rounds] == [
        ("Lab", "vms", False), ("Lab", "drives", False)
    ]  # fmt: skip


def test_realms_show_that_round(ready: Command) -> None:
    ready("sync")
    (row,) = ready("list", "realms", "--json").json["rows"]
    assert row["last_vms"]["result"] == "0 checked, nothing to repair"
    assert row["last_vms"]["ended"] >= row["last_vms"]["started"]


@pytest.mark.parametrize("every", ["", "soon", "0s", "-1h"])
def test_a_time_that_is_none_is_wrong_use(ready: Command, every: str) -> None:
    said = ready("sync", "--every", every)
    assert (said.code, "is not a time" in said.err) == (2, True)


def test_an_account_that_is_no_admin_is_refused(ready: Command, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "console.db")) as connection, connection:
        connection.execute("UPDATE user_record SET role = 'user'")
    said = ready("sync")
    assert said.code == 3
    assert "needs the role admin" in said.err


@pytest.mark.slow(seconds=6)
def test_for_ever_ends_well_when_it_is_told_to(ready: Command) -> None:
    words = [sys.executable, "-m", "ticrypt_tui", "sync", "--every", "1h", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            rounds = [json.loads(running.stdout.readline()) for _ in range(2)]
            running.send_signal(signal.SIGTERM)
            assert running.wait(180) == 0
        finally:
            running.kill()
    assert [(each["kind"], each["by"]) for each in rounds] == [
        ("vms", "the periodic sync"), ("drives", "the periodic sync")
    ]  # fmt: skip


def test_the_unit_that_is_shipped_runs_a_command_that_there_is(tmp_path: Path) -> None:
    unit = Path("packaging/systemd/ticrypt-tui-sync.service").read_text(encoding="utf-8")
    (line,) = [each for each in unit.splitlines() if each.startswith("ExecStart=")]
    program, *words = line.removeprefix("ExecStart=").split()
    assert Path(program).name == "ticrypt-tui"
    known = commands.commands[words[0]].make_context(words[0], words[1:])
    assert known.params["every"] == "1h"
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd to read the unit with")
    file = tmp_path / "ticrypt-tui-sync.service"
    file.write_text(unit.replace(program, sys.executable))
    read = ["systemd-analyze", "verify", "--recursive-errors=no", str(file)]
    said = subprocess.run(read, capture_output=True, text=True, check=False, timeout=180)
    assert (said.returncode, said.stderr) == (0, "")
