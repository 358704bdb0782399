"""Hosts freeze, restart, and have QEMUs that do not answer: the console goes on, and recovers."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.backend.drivers.conftest import Ears, domain_xml
from tests.backend.drivers.libvirt.conftest import PrivateLibvirt
from ticrypt_tui.backend.drivers.base import Ending, HostAddress, Reach
from ticrypt_tui.backend.drivers.libvirt import host as host_module
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost
from ticrypt_tui.backend.drivers.watch import Watch
from ticrypt_tui.backend.errors import DeadlineMissed

HostAt = Callable[[str], LibvirtHost]
World = Callable[..., str]
Proxy = tuple[str, "subprocess.Popen[bytes]"]


@pytest.mark.slow(seconds=15)
async def test_a_frozen_host_is_seen_alone_and_recovers(
    watch: Watch, ears: Ears, proxy: Proxy, private_libvirt: PrivateLibvirt, world: World
) -> None:
    uri, process = proxy
    private_libvirt.guest("vm-1")
    frozen, other = (
        HostAddress("f", "lab", "far", uri),
        HostAddress("o", "lab", "other", world(domain_xml("vm-2"))),
    )
    watch.follow([frozen, other])
    await watch.settled(60)
    read_at = watch.seen["f"].read_at
    process.send_signal(signal.SIGSTOP)
    await ears.until(lambda: watch.seen["f"].reach is Reach.UNREACHABLE, 60)
    assert [domain.name for domain in watch.seen["f"].domains] == ["vm-1"]
    assert watch.seen["f"].read_at is not None
    assert watch.seen["f"].read_at < watch.seen["f"].since
    await watch.host("o").force_off(watch.seen["o"].domains[0].uuid)
    await ears.until(lambda: not watch.seen["o"].domains)
    process.send_signal(signal.SIGCONT)
    await ears.until(lambda: watch.seen["f"].reach is Reach.UP, 60)
    assert watch.seen["f"].read_at != read_at


@pytest.mark.slow(seconds=8)
async def test_a_daemon_that_is_restarted_is_heard_again(
    watch: Watch, ears: Ears, private_libvirt: PrivateLibvirt
) -> None:
    private_libvirt.guest("vm-1")
    watch.follow([HostAddress("h", "lab", "node1", private_libvirt.uri)])
    await watch.settled(60)
    private_libvirt.stop()
    await ears.until(lambda: watch.seen["h"].reach is Reach.UNREACHABLE)
    assert [domain.name for domain in watch.seen["h"].domains] == ["vm-1"]
    private_libvirt.start()
    await ears.until(lambda: watch.seen["h"].reach is Reach.UP)
    private_libvirt.virsh("destroy", "vm-1")
    await ears.until(lambda: ears.endings)
    assert [(event.name, event.ending) for event in ears.endings] == [("vm-1", Ending.DESTROYED)]


@pytest.mark.slow(seconds=8)
async def test_a_stopped_qemu_holds_up_neither_the_list_nor_other_vms(
    host_at: HostAt, private_libvirt: PrivateLibvirt, monkeypatch: pytest.MonkeyPatch, ears: Ears
) -> None:
    monkeypatch.setattr(host_module, "ACT_SECONDS", 1.0)
    stuck, well = private_libvirt.guest("stuck"), private_libvirt.guest("well")
    host = host_at(private_libvirt.uri)
    os.kill(private_libvirt.qemu("stuck"), signal.SIGSTOP)
    for ask in (host.shut_down, host.open_graphics):
        with pytest.raises(DeadlineMissed, match="node1 did not"):
            await ask(stuck)
    assert [domain.name for domain in await host.domains()] == ["stuck", "well"]
    monkeypatch.setattr(host_module, "ACT_SECONDS", 30.0)
    await host.force_off(well)
    assert [domain.name for domain in await host.domains()] == ["stuck"]
    assert host.hanging == 2
    os.kill(private_libvirt.qemu("stuck"), signal.SIGCONT)
    await ears.until(lambda: host.hanging == 0)


async def test_a_crashed_qemu_is_told_as_such(
    host_at: HostAt, private_libvirt: PrivateLibvirt, ears: Ears
) -> None:
    private_libvirt.guest("vm-1")
    await host_at(private_libvirt.uri).domains()
    os.kill(private_libvirt.qemu("vm-1"), signal.SIGSEGV)
    await ears.until(lambda: ears.endings)
    assert ears.endings[0].ending in (Ending.CRASHED, Ending.FAILED)


async def test_a_call_that_hangs_does_not_keep_the_program_from_leaving(
    private_libvirt: PrivateLibvirt,
) -> None:
    stuck = private_libvirt.guest("stuck")
    os.kill(private_libvirt.qemu("stuck"), signal.SIGSTOP)
    program = f"""
import asyncio
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import HostAddress
from ticrypt_tui.backend.drivers.libvirt import host
from ticrypt_tui.backend.errors import DeadlineMissed
from tests.backend.drivers.conftest import Ears
host.ACT_SECONDS = 1
async def main():
    node = driver("libvirt").host(HostAddress("h", "r", "node1", {private_libvirt.uri!r}), Ears())
    try:
        await node.shut_down({stuck!r})
    except DeadlineMissed:
        await node.close()
asyncio.run(main())
"""
    left = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    async with asyncio.timeout(60):
        assert await left.wait() == 0
