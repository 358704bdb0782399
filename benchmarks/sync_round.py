"""A round of Fix VMs over 10,000 VMs on 200 hosts, beside the bare libvirt calls alone.

The hosts are libvirt's own `test` driver, taken for real ones. The bare calls are `listAllDomains`
and `info` in a loop on one thread, on connections of their own. A round reads the store, asks every
host anew, compares, and is on record; one finds nothing, the other finds 100 VMs in a wrong state
and puts them right, each on record, too.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any, cast

import libvirt

from benchmarks import large, machines
from benchmarks.reading import DOMAIN, bare
from benchmarks.report import Ratio
from ticrypt_tui.backend import enclave as composition
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import Driver, HostAddress, Listener
from ticrypt_tui.backend.drivers.libvirt.documents import NAMESPACE
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.services import sync_rounds
from ticrypt_tui.backend.services.fix_result import Outcome
from ticrypt_tui.backend.services.fixing_dealing import Wanted
from ticrypt_tui.backend.services.fixing_round import fix
from ticrypt_tui.backend.store.tables.infrastructure import HostState
from ticrypt_tui.config.settings import load_settings

TURNS = 5
WRONG = 100
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
    change(folder, "UPDATE host SET uri = ? WHERE id = ?", *(
        (uri, machines.host_id(host)) for host, uri in enumerate(uris)
    ))  # fmt: skip
    return configuration, uris


def change(folder: Path, statement: str, *rows: tuple[object, ...]) -> None:
    with closing(sqlite3.connect(folder / "console.db", timeout=60)) as connection, connection:
        connection.executemany(statement, rows)


async def seconds(enclave: Enclave, repaired: int) -> float:
    """How long a round takes that repairs so many."""
    began = time.perf_counter()
    result = await fix(enclave, Wanted(enclave.realm("lab"), "vms"))
    took = time.perf_counter() - began
    assert (result.checked, len(result.answered)) == (machines.HOSTS * machines.VMS, machines.HOSTS)
    assert result.counts[Outcome.DONE] == repaired, result.summary
    return took


async def times(
    folder: Path, configuration: Path, uris: list[str]
) -> list[tuple[float, float, float]]:
    """Rounds that find nothing, those that repair, and the bare calls, in turns."""
    connections = [libvirt.open(uri) for uri in uris]
    sync_rounds.FIRST_AFTER = 3600.0  # the console's own round is not what is timed
    played = cast(Driver, RealDriver())
    composition.drivers_of = lambda settings: ({"lab": played}, {})  # type: ignore[attr-defined]
    enclave = await Enclave.open(load_settings(configuration))
    await enclave.settled(SETTLED_WITHIN)
    found = []
    try:
        for _ in range(TURNS + 1):
            nothing, beside = await seconds(enclave, 0), bare(connections)
            wrong = "UPDATE vm SET state = 'paused' WHERE id IN (SELECT id FROM vm LIMIT ?)"
            await asyncio.to_thread(change, folder, wrong, (WRONG,))
            found.append((nothing, await seconds(enclave, WRONG), beside))
    finally:
        await enclave.close()
    return found[1:]


def measured() -> list[Ratio]:
    with tempfile.TemporaryDirectory() as name:
        configuration, uris = laid_out(Path(name))
        found = asyncio.run(times(Path(name), configuration, uris))
    nothing, repairs, beside = (median(each) for each in zip(*found, strict=True))
    what = (
        f"a round of Fix VMs over {machines.HOSTS * machines.VMS:,} VMs on {machines.HOSTS} hosts"
    )
    return [
        ratio(f"{what} that finds nothing", nothing, beside),
        ratio(f"{what} that repairs {WRONG}", repairs, beside),
    ]


def ratio(what: str, ours: float, beside: float) -> Ratio:
    return Ratio(
        f"{what}, beside the bare libvirt calls",
        f"{ours * 1000:.0f} ms", f"{beside * 1000:.0f} ms", ours / beside,
    )  # fmt: skip
