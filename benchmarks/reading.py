"""Reading 200 hosts with 50 VMs each, beside the bare libvirt calls alone.

The hosts are libvirt's own `test` driver, so that nothing but the reading is measured. The bare
calls are `listAllDomains` and `info`, in a loop on one thread, on connections of their own; both
sides' connections are open before the clock starts. A first reading tells name, state, cores and
memory of every VM; the next one asks for every domain's XML and parses it, and both together are
set beside what that alone takes, by `XMLDesc` and lxml.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import libvirt
from lxml import etree

from benchmarks.report import Ratio
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import DomainEnded, Host, HostAddress
from ticrypt_tui.backend.drivers.libvirt.documents import NAMESPACE

HOSTS, VMS = 200, 50
FIRST, LATER = 3, 11  # readings of each kind; a first one needs hosts that were never read
DOMAIN = """
<domain type='test'>
  <name>vm-{uuid}</name><uuid>{uuid}</uuid><title>analysis {number}</title>
  <metadata><t:vm xmlns:t='{namespace}'>vm-{uuid}</t:vm></metadata>
  <memory unit='MiB'>{memory}</memory><vcpu>4</vcpu><os><type>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <source file='/pool/{uuid}.qcow2'/><target dev='vda' bus='virtio'/>
    </disk>
    <interface type='user'><model type='virtio'/></interface>
    <serial type='pty'/><graphics type='vnc' autoport='yes'/>
  </devices>
</domain>
"""


class Seconds(NamedTuple):
    """What one turn took."""

    ours: float
    bare: float
    whole: float = 0.0
    needed: float = 0.0


class Deaf:
    """Hears nothing of what the hosts tell."""

    def changed(self, host_id: str) -> None: ...

    def ended(self, event: DomainEnded) -> None: ...

    def lost(self, host_id: str, reason: str) -> None: ...


def world(folder: Path, name: str) -> str:
    """The URI of a new simulated host."""
    domains = (
        DOMAIN.format(uuid=uuid.uuid4(), number=each, memory=1024, namespace=NAMESPACE)
        for each in range(VMS)
    )
    file = folder / f"{name}.xml"
    file.write_text(f"<node>{''.join(domains)}</node>", encoding="utf-8")
    return f"test://{file}"


def bare(connections: list[libvirt.virConnect]) -> float:
    """The seconds that the bare calls take."""
    began = time.perf_counter()
    for connection in connections:
        for domain in connection.listAllDomains():
            domain.info()
    return time.perf_counter() - began


def needed(connections: list[libvirt.virConnect]) -> float:
    """The seconds that every domain's XML takes, parsed and thrown away."""
    began = time.perf_counter()
    for connection in connections:
        for domain in connection.listAllDomains():
            etree.fromstring(domain.XMLDesc())
    return time.perf_counter() - began


async def read(hosts: list[Host]) -> float:
    """The seconds that reading all hosts at once takes."""
    began = time.perf_counter()
    found = await asyncio.gather(*(host.domains() for host in hosts))
    seconds = time.perf_counter() - began
    assert sum(map(len, found)) == HOSTS * VMS
    return seconds


async def opened(uris: list[str]) -> list[Host]:
    made = driver("libvirt")
    hosts: list[Host] = [
        made.host(HostAddress(uri, "fleet", Path(uri).stem, uri), Deaf()) for uri in uris
    ]
    for host in hosts:
        await host.connect()
    return hosts


async def times(uris: list[str]) -> tuple[list[Seconds], list[Seconds]]:
    """What readings and what stands beside them take, in turns: first readings, and later ones."""
    connections = [libvirt.open(uri) for uri in uris]
    bare(connections)  # the first calls of a world are slower than all others
    first: list[Seconds] = []
    later: list[Seconds] = []
    for _ in range(FIRST):
        hosts = await opened(uris)
        rows = await read(hosts)
        whole = rows + await read(hosts)
        first.append(Seconds(rows, bare(connections), whole, needed(connections)))
        for _ in range(LATER):
            later.append(Seconds(await read(hosts), bare(connections)))
        for host in hosts:
            await host.close()
    return first, later


@contextmanager
def worlds() -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory() as name:
        yield [world(Path(name), f"host-{number}") for number in range(HOSTS)]


def ratio(
    what: str, beside: str, seconds: Iterable[tuple[float, float]], most: float | None = None
) -> Ratio:
    ours, other = (median(times) for times in zip(*seconds, strict=True))
    what = f"{what}, beside {beside}"
    return Ratio(what, f"{ours * 1000:.0f} ms", f"{other * 1000:.0f} ms", ours / other, most=most)


def measured() -> list[Ratio]:
    with worlds() as uris:
        first, later = asyncio.run(times(uris))
    hosts = f"reading {HOSTS} hosts with {VMS} VMs each"
    new, same = f"{hosts} for the first time", f"{hosts} when nothing changed"
    return [
        ratio(new, "the bare libvirt calls", ((each.ours, each.bare) for each in first), 6),
        ratio(
            f"{hosts} for the first time, with what their XML says", "that XML alone, parsed",
            ((each.whole, each.needed) for each in first),
        ),
        ratio(same, "the bare libvirt calls", ((each.ours, each.bare) for each in later), 1.5),
    ]  # fmt: skip
