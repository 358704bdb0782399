"""A list of 100 licensing servers on its way to 50 hosts, beside the bare libvirt calls alone.

The hosts are this machine's libvirt behind proxies whose answers come 200 ms late, each with a
filter of a name of its own. The bare calls are those that it takes: the filter is looked up, its
XML read for its UUID, the new one defined, and the VMs listed; the hosts are side by side in both,
and the connections open before the clock starts.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import libvirt
from sqlalchemy import insert
from sqlmodel import select

from benchmarks.reading import ratio
from benchmarks.report import Ratio
from ticrypt_tui.backend.caller import present_origin
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.founding import found
from ticrypt_tui.backend.policy.filter_document import document
from ticrypt_tui.backend.policy.policy import Policy
from ticrypt_tui.backend.services.licensing.policies import policy_of
from ticrypt_tui.backend.store.tables.data import LicensingServer
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.people import User
from ticrypt_tui.config.settings import load_settings
from ticrypt_tui.demo import libvirt_daemons

HOSTS, ENTRIES, LATE = 50, 100, 0.2
TURNS = 7
SETTLED_WITHIN = 120
_SOCKET = "/var/run/libvirt/libvirt-sock"
_PROXIES = Path(__file__).with_name("programs") / "slow_proxies.py"
_STORE = """
[database]
url = "sqlite+aiosqlite:///{folder}/console.db"

[audit]
file = "{folder}/audit.jsonl"
"""
_REALM = """
[[realms]]
id = "{name}"
name = "{name}"
network_filter = "resync-{name}"
"""


def _realm(number: int) -> str:
    return f"realm-{number:02}"


def _uri(folder: Path, number: int) -> str:
    return f"qemu+unix:///system?socket={folder / str(number)}"


@contextmanager
def proxies(folder: Path) -> Iterator[None]:
    command = [sys.executable, str(_PROXIES), str(folder), _SOCKET, str(HOSTS), str(LATE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


async def filled(folder: Path) -> Path:
    """The configuration file of an enclave with a realm for each host, and the list."""
    file = folder / "ticrypt-tui.toml"
    realms = (_REALM.format(name=_realm(each)) for each in range(HOSTS))
    file.write_text(_STORE.format(folder=folder) + "".join(realms))
    settings = load_settings(file)
    await found(settings, present_origin())
    enclave = await Enclave.open(settings, data=folder)
    async with enclave.change() as session:
        hosts = [
            {"realm_id": _realm(each), "name": f"node{each:02}", "uri": _uri(folder, each)}
            for each in range(HOSTS)
        ]
        await session.execute(insert(Host), hosts)
        user = (await session.exec(select(User.id))).one()
        entries = [
            {"name": f"server {each}", "address": f"198.51.{each}.7", "ports": "27000-27009",
             "protocol": "tcp", "created_by": user}
            for each in range(ENTRIES)
        ]  # fmt: skip
        await session.execute(insert(LicensingServer), entries)
    await enclave.close()
    return file


def bare(connection: libvirt.virConnect, policy: Policy) -> None:
    """What it takes to have one host follow the list."""
    there = connection.nwfilterLookupByName(policy.filter_name)
    there.XMLDesc()
    connection.nwfilterDefineXML(document(policy, there.UUIDString()))
    connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE)


async def ours(enclave: Enclave) -> float:
    began = time.perf_counter()
    result = await enclave.policies.apply_everywhere()
    took = time.perf_counter() - began
    assert [each.in_sync and each.changed for each in result] == [True] * HOSTS, result
    return took


async def times(file: Path, connections: list[libvirt.virConnect]) -> list[tuple[float, float]]:
    """What both take, in turns: each finds what the other has left, and changes all of it."""
    enclave = await Enclave.open(load_settings(file))
    with ThreadPoolExecutor(HOSTS) as threads:

        def all_bare(policies: list[Policy]) -> float:
            began = time.perf_counter()
            list(threads.map(bare, connections, policies))
            return time.perf_counter() - began

        try:
            await enclave.settled(SETTLED_WITHIN)
            found = []
            for _ in range(TURNS + 1):
                listed = [await policy_of(enclave, _realm(each)) for each in range(HOSTS)]
                took = await ours(enclave)
                fewer = [replace(each, allowed=each.allowed[1:]) for each in listed]
                for each in fewer:
                    document(each)
                found.append((took, await asyncio.to_thread(all_bare, fewer)))
        finally:
            await enclave.close()
    return found[1:]


def _cleared(connection: libvirt.virConnect) -> None:
    for number in range(HOSTS):
        with suppress(libvirt.libvirtError):
            connection.nwfilterLookupByName(f"resync-{_realm(number)}").undefine()


def measured() -> list[Ratio]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        note = folder / "daemons.json"
        asyncio.run(libvirt_daemons.find(note))
        try:
            with proxies(folder):
                file = asyncio.run(filled(folder))
                with ThreadPoolExecutor(HOSTS) as threads:
                    uris = [_uri(folder, each) for each in range(HOSTS)]
                    connections = list(threads.map(libvirt.open, uris))
                seconds = asyncio.run(times(file, connections))
                _cleared(connections[0])
                for each in connections:
                    each.close()
        finally:
            asyncio.run(libvirt_daemons.stop(note))
    what = f"a list of {ENTRIES} licensing servers applied on {HOSTS} hosts that are 200 ms away"
    return [ratio(what, "the bare libvirt calls, side by side", seconds, 1.3)]
