"""Hardware setups on the command line: what is warned of, and simulated."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.said import Command
from tests.test_cli import command, ready
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.tables.machines import VmImage

__all__ = ["command", "ready"]


async def _add_image(folder: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{folder}/console.db")
    async with database.write() as session:
        session.add(VmImage(realm_id="lab", name="tiny", volume="tiny.qcow2", os="linux"))
    await database.close()


def test_a_setup_that_no_host_could_ever_hold_is_made_and_warned_of(
    ready: Command, tmp_path: Path
) -> None:
    asyncio.run(_add_image(tmp_path))
    words = ("--realm", "lab", "--image", "tiny", "--cores", "2", "--memory", "2 GiB")
    said = ready("run", "setup.create", "--name", "gpu", "--devices", "A100:2,T4:1", *words)
    first, second = said.out.splitlines()
    assert said.code == 0
    assert first.startswith("setup-")
    assert second == "Warning: No host of the realm could hold it: it has no hosts."
    made = ready("run", "setup.create", "--json", "--name", "plain", *words)
    assert made.json["result"].startswith("setup-")
    listed = ready("list", "setups", "--json").json["rows"]
    assert [each["devices"] for each in listed if each["name"] == "gpu"] == [
        [{"kind": "A100", "count": 2}, {"kind": "T4", "count": 1}]
    ]


def test_a_setup_is_simulated_as_text_and_as_json(ready: Command, tmp_path: Path) -> None:
    asyncio.run(_add_image(tmp_path))
    words = ("--realm", "lab", "--image", "tiny", "--cores", "2", "--memory", "2 GiB")
    ready("run", "setup.create", "--name", "small", *words)
    said = ready("run", "setup.simulate", "small", "--count", "3")
    assert "small x3 in realm Lab: 2 cores, 2 GiB" in said.out
    told = ready("run", "setup.simulate", "small", "--json").json["result"]
    assert (told["simulation"]["chosen"], told["simulation"]["verdicts"]) == ([], [])
