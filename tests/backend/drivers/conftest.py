"""Hosts to watch, and ears to hear what is told of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import DomainEnded, HostAddress, HostSeen
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost
from ticrypt_tui.backend.drivers.watch import Watch


class Ears:
    """Hears what hosts and watches tell, and waits for it."""

    def __init__(self) -> None:
        self.heard: list[HostSeen] = []
        self.endings: list[DomainEnded] = []
        self.losses: list[str] = []
        self.changes = 0

    def seen(self, host: HostSeen) -> None:
        self.heard.append(host)

    def changed(self, host_id: str) -> None:
        self.changes += 1

    def ended(self, event: DomainEnded) -> None:
        self.endings.append(event)

    def lost(self, host_id: str, reason: str) -> None:
        self.losses.append(reason)

    @staticmethod
    async def until(holds: Callable[[], object], seconds: float = 60) -> None:
        """Wait until it holds; a `TimeoutError` says that it never did."""
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - what is waited for may be on another thread
                await asyncio.sleep(0.02)


def domain_xml(name: str, *, title: str = "", memory_mib: int = 64, cores: int = 1) -> str:
    return (
        f"<domain type='test'><name>{name}</name><title>{title or name}</title>"
        f"<memory unit='MiB'>{memory_mib}</memory><vcpu>{cores}</vcpu>"
        "<os><type>hvm</type></os></domain>"
    )


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., str]:
    """Makes a play host with these domains running; returns its URI."""

    def made(*domains: str, name: str = "node") -> str:
        path = tmp_path / f"{name}.xml"
        path.write_text(f"<node>{''.join(domains)}</node>", encoding="utf-8")
        return f"test://{path}"

    return made


@pytest.fixture
async def host_at(ears: Ears) -> AsyncIterator[Callable[[str], LibvirtHost]]:
    """Makes hosts by URI, and closes them at the end."""
    hosts: list[LibvirtHost] = []

    def made(uri: str) -> LibvirtHost:
        address = HostAddress("host-1", "lab", "node1", uri)
        host = driver("libvirt").host(address, ears)
        assert isinstance(host, LibvirtHost)
        hosts.append(host)
        return host

    yield made
    for host in hosts:
        await host.close()


@pytest.fixture
async def watch(ears: Ears) -> AsyncIterator[Watch]:
    """A watch over the realm `lab` that polls every second."""
    watch = Watch({"lab": driver("libvirt")}, ears, poll=1)
    yield watch
    await watch.close()
