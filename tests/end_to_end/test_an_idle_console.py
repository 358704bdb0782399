"""What a console sends over the SSH connection while nothing happens."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.conftest import CONFIGURATION, Console
from tools.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]
LONGER_THAN_A_POLL = 12


@pytest.fixture
def quiet(tmp_path: Path) -> Console:
    """A console with one simulated host, on which a VM runs and nothing happens."""
    file = tmp_path / "ticrypt-tui.toml"
    file.write_text(CONFIGURATION.format(folder=tmp_path, name="none"))
    environment = {
        **os.environ,
        "TICRYPT_TUI_CONFIG": str(file),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "PYTHONPATH": str(ROOT),
    }
    console = Console(tmp_path, "quiet", environment)
    console.command("init")
    console.operation("host.create", realm="lab", name="node01", uri="test:///default")
    return console


@pytest.mark.slow(seconds=60)
@pytest.mark.timeout(900)
def test_it_sends_nothing_at_all_on_any_tab(quiet: Console) -> None:
    command = [sys.executable, "-m", "ticrypt_tui"]
    with Terminal(command, environment=quiet.environment, lines=45) as terminal:
        terminal.wait_for("hosts 1/1 up")
        for tab, title in (("hosts", "Libvirt Hosts"), ("running", "Running VMs")):
            terminal.press(f":{tab}\r")
            terminal.wait_for(f"{title}   1 of 1")
            terminal.wait_until_quiet(5)
            before = terminal.received
            time.sleep(LONGER_THAN_A_POLL)
            assert terminal.received == before, terminal.text()
