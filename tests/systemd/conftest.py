"""A machine with a real systemd, booted once for all tests of this folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.systemd.machine import Machine, booted
from ticrypt_tui.backend.units import journal as journals
from ticrypt_tui.backend.units.journal import Journal
from ticrypt_tui.backend.units.restarting import Pace
from ticrypt_tui.backend.units.systemd import Systemd

UNITS = Path(__file__).with_name("units")
RULE = Path(__file__).parents[2] / "packaging/polkit/50-ticrypt-tui.rules"
NEEDED = ("unshare", "nsenter", "dbus-daemon", "journalctl", "systemctl")


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """A machine of its own; it takes about three seconds."""
    missing = [each for each in NEEDED if shutil.which(each) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root, and {', '.join(missing) or 'nothing else'}")
    if subprocess.run(["unshare", "--pid", "--fork", "--mount", "true"], check=False).returncode:
        pytest.skip("needs to be let make namespaces")
    folder = Path(tempfile.mkdtemp(prefix="bus-"))
    folder.chmod(0o755)  # tmp_path is its owner's alone, and not only root asks
    shutil.copytree(UNITS, folder / "given")
    (folder / "given" / "50-ticrypt-tui.rules").write_text(rule())
    made = booted(folder / "given", folder)
    yield made
    made.end()
    shutil.rmtree(folder)


def rule() -> str:
    """The rule that is shipped, with a group that `nobody` is in, and one of the units here."""
    shipped = RULE.read_text()
    assert shipped.count('"ticrypt-tui"') == 1
    assert shipped.count('"ticrypt-vm.service"') == 1
    changed = shipped.replace('"ticrypt-tui"', '"nogroup"')
    return changed.replace('"ticrypt-vm.service"', '"steady.service"')


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal is waited for as long as a busy machine may take."""
    monkeypatch.setattr(journals, "SECONDS", 60.0)


@pytest.fixture
async def systemd(machine: Machine) -> AsyncIterator[Systemd]:
    """Its systemd, which is looked at again soon after a restart, as its units die soon."""
    opened = Systemd(
        machine.bus,
        booted=machine.root / "run/systemd/system",
        pace=Pace(deadline=60, look_again=3),
    )
    yield opened
    await opened.close()


def journal(machine: Machine, unit: str, **changes: object) -> Journal:
    """The journal of one of its units."""
    return Journal(unit, command=machine.journalctl, **changes)  # type: ignore[arg-type]
