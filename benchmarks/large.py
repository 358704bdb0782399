"""A large enclave to measure on: 200 hosts with 50 VMs each, in a SQLite store of its own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks.machines import HOSTS, VMS, host_id, uuid
from ticrypt_tui.backend.caller import present_origin
from ticrypt_tui.backend.founding import found
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.tables.infrastructure import Host, HostState
from ticrypt_tui.backend.store.tables.machines import Vm, VmState
from ticrypt_tui.backend.store.tables.people import Project, Team
from ticrypt_tui.config.settings import load_settings

CONFIGURATION = """
[database]
url = "sqlite+aiosqlite:///{folder}/console.db"

[audit]
file = "{folder}/audit.jsonl"

[[realms]]
id = "lab"
name = "Lab"
"""


def made(folder: Path, state: HostState) -> Path:
    """The configuration file of a new enclave, whose hosts have this state."""
    file = folder / "ticrypt-tui.toml"
    file.write_text(CONFIGURATION.format(folder=folder))
    asyncio.run(_fill(file, state))
    return file


async def _fill(file: Path, state: HostState) -> None:
    settings = load_settings(file)
    await found(settings, present_origin())
    database = await Database.open(settings.database.url)
    async with database.write() as session:
        await _add(session, state)
    await database.close()


async def _add(session: AsyncSession, state: HostState) -> None:
    teams = [{"id": f"team-{each}", "name": f"team{each}"} for each in range(20)]
    projects = [{"id": f"project-{each}", "tag": f"project-{each}"} for each in range(100)]
    hosts = [
        {"id": host_id(each), "realm_id": "lab", "name": f"node{each:03}", "state": state,
         "uri": f"qemu+ssh://node{each:03}/system"}
        for each in range(HOSTS)
    ]  # fmt: skip
    for table, rows in ((Team, teams), (Project, projects), (Host, hosts)):
        await session.execute(insert(table), rows)
    vms = [_vm(host, each) for host in range(HOSTS) for each in range(VMS)]
    await session.execute(insert(Vm), vms)


def _vm(host: int, number: int) -> dict[str, object]:
    each = host * VMS + number
    return {
        "id": f"vm-{uuid(host, number)}", "realm_id": "lab", "name": f"analysis-{each}",
        "setup_name": "small", "team_id": f"team-{each % 20}",
        "project_id": f"project-{each % 100}",
        "host_id": host_id(host), "host_name": f"node{host:03}", "cores": 4, "memory_mib": 4096,
        "state": VmState.RUNNING, "started": datetime.now(UTC) - timedelta(minutes=each),
    }  # fmt: skip
