"""A round of Fix VMs over 10,000 VMs on 200 hosts, beside the bare libvirt calls alone.

The hosts are libvirt's own `test` driver, taken for real ones. The bare calls are `listAllDomains`
and `info` in a loop on one thread, on connections of their own. A round reads the store, asks every
host anew, compares all, and records that it was run and found nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import libvirt

from benchmarks import large, machines
from benchmarks.reading import DOMAIN, bare, ratio
from benchmarks.report import Ratio
from ticrypt_tui.backend import enclave as composition
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import Driver, HostAddress, Listener
from ticrypt_tui.backend.drivers.libvirt.documents import NAMESPACE
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.realm_drivers import Drivers
from ticrypt_tui.backend.services.fixing import sync_rounds
from ticrypt_tui.backend.services.fixing.dealing import Wanted
from ticrypt_tui.backend.services.fixing.round import fix
from ticrypt_tui.backend.store.tables.infrastructure import HostState
from ticrypt_tui.config.settings import load_settings

TURNS = 7
SETTLED_WITHIN = 300


class Real:
    """A simulated host that is taken for a real one."""

    simulated = False

    def __init__(self, host: Any) -> None:
        self._host = host

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)


class RealDriver:
    name = "libvirt"

    def __init__(self) -> None:
        self._made = driver("libvirt")

    def host(self, address: HostAddress, listener: Listener) -> Real:
        return Real(self._made.host(address, listener))


def world(folder: Path, host: int) -> str:
    """The URI of a host that has the VMs which the store says it has."""
    domains = (
        DOMAIN.format(uuid=machines.uuid(host, each), number=each, memory=4096, namespace=NAMESPACE)
        for each in range(machines.VMS)
    )
    file = folder / f"host-{host}.xml"
    file.write_text(f"<node>{''.join(domains)}</node>", encoding="utf-8")
    return f"test://{file}"


def laid_out(folder: Path) -> tuple[Path, list[str]]:
    """The configuration file of an enclave and the URIs of its hosts."""
    configuration = large.made(folder, HostState.ENABLED)
    uris = [world(folder, host) for host in range(machines.HOSTS)]
    rows = [(uri, machines.host_id(host)) for host, uri in enumerate(uris)]
    with closing(sqlite3.connect(folder / "console.db")) as connection, connection:
        connection.executemany("UPDATE host SET uri = ? WHERE id = ?", rows)
    return configuration, uris


async def seconds(enclave: Enclave) -> float:
    """How long a round takes."""
    began = time.perf_counter()
    result = await fix(enclave, Wanted(enclave.realm("lab"), "vms"))
    took = time.perf_counter() - began
    assert (result.checked, len(result.answered)) == (machines.HOSTS * machines.VMS, machines.HOSTS)
    assert result.differences == (), result.summary
    return took


async def times(configuration: Path, uris: list[str]) -> list[tuple[float, float]]:
    """What rounds and the bare calls take, in turns."""
    connections = [libvirt.open(uri) for uri in uris]
    played = cast(Driver, RealDriver())
    with (
        patch.object(sync_rounds, "FIRST_AFTER", 3600.0),  # the console's own is not what is timed
        patch.object(composition, "drivers_of", lambda _: Drivers({"lab": played})),
    ):
        enclave = await Enclave.open(load_settings(configuration))
        try:
            await enclave.settled(SETTLED_WITHIN)
            found = [(await seconds(enclave), bare(connections)) for _ in range(TURNS + 1)]
        finally:
            await enclave.close()
    return found[1:]


def measured() -> list[Ratio]:
    with tempfile.TemporaryDirectory() as name:
        configuration, uris = laid_out(Path(name))
        found = asyncio.run(times(configuration, uris))
    what = (
        f"a round of Fix VMs over {machines.HOSTS * machines.VMS:,} VMs on {machines.HOSTS} hosts"
    )
    return [ratio(what, "the bare libvirt calls", found)]
