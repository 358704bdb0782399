"""The agent of a real guest: it answers, runs what it is told to, and may hang or be absent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.backend.drivers.conftest import Ears
from tests.real_libvirt import Boot, Guest
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import GuestRun, HostAddress
from ticrypt_tui.backend.drivers.libvirt import agent
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost
from ticrypt_tui.backend.errors import Failed, NotFound
from ticrypt_tui.demo.virsh import Libvirt


@pytest.fixture
async def host(libvirtd: Libvirt) -> AsyncIterator[LibvirtHost]:
    host = driver("libvirt").host(HostAddress("h", "lab", "node1", libvirtd.uri), Ears())
    assert isinstance(host, LibvirtHost)
    yield host
    await host.close()


async def shell(host: LibvirtHost, guest: Guest, words: str, seconds: float = 60) -> GuestRun:
    return await host.run_in_guest(guest.uuid, ["/bin/sh", "-c", words], seconds)


async def refusal(host: LibvirtHost, guest: Guest) -> str:
    """Why a guest runs no program, or ''."""
    try:
        await shell(host, guest, "true")
    except Failed as error:
        return str(error)
    return ""


@pytest.mark.slow(seconds=25)
async def test_programs_run_in_the_guest_and_end_as_they_do(
    host: LibvirtHost, boot_guest: Boot
) -> None:
    guest = await boot_guest()
    assert await host.agent_answers(guest.uuid)
    assert await shell(host, guest, "echo out; echo err >&2; exit 3") == GuestRun(
        3, "out\n", "err\n"
    )
    assert (await shell(host, guest, "kill -9 $$")).exit_code == -9
    restarted = await host.run_in_guest(guest.uuid, ["/bin/controller", "restart"])
    assert restarted == GuestRun(0, "controller restarted\n", "")
    await shell(host, guest, "until grep -qx 2 /run/controller.starts; do sleep 0.2; done")
    with pytest.raises(Failed, match=r"cannot run it: .*/bin/nothing.*No such file"):
        await host.run_in_guest(guest.uuid, ["/bin/nothing"])
    with pytest.raises(Failed, match=r"did not end within 1 s\. It may still run"):
        await shell(host, guest, "sleep 60", seconds=1)
    with pytest.raises(Failed, match="wrote more than libvirt carries"):
        await shell(host, guest, "head -c 3300000 /dev/zero")
    assert await host.agent_answers(guest.uuid)
    assert host.hanging == 0


@pytest.mark.slow(seconds=35)
async def test_an_agent_that_hangs_is_said_to_and_holds_up_no_other(
    host: LibvirtHost, boot_guest: Boot, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung, well = await boot_guest(), await boot_guest()
    with pytest.raises(Failed):  # it is stopped while it is asked how that ended
        await shell(host, hung, "kill -STOP $(pidof qemu-ga)")
    # Less than the 5 s that libvirt waits for an agent that hangs, and enough for a busy one.
    monkeypatch.setattr(agent, "ANSWERS_WITHIN", 4.0)
    asked = [host.agent_answers(each.uuid) for each in (hung, hung, well)]
    assert await asyncio.gather(*asked) == [False, False, True]
    assert hung.name in {each.name for each in await host.domains()}
    with pytest.raises(Failed, match=r"has no agent that answers.*Install qemu-guest-agent"):
        await shell(host, hung, "true")
    assert (await shell(host, well, "echo well")).output == "well\n"
    await host.force_off(hung.uuid)


@pytest.mark.slow(seconds=15)
async def test_a_guest_without_an_agent_is_said_to_have_none(
    host: LibvirtHost, boot_guest: Boot
) -> None:
    guest = await boot_guest()
    await shell(host, guest, "(sleep 0.2; kill $(pidof qemu-ga)) >/dev/null 2>&1 &")
    async with asyncio.timeout(60):
        while "not connected" not in (told := await refusal(host, guest)):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    assert "has no agent that answers: " in told
    assert not await host.agent_answers(guest.uuid)


async def test_a_guest_that_is_not_there_is_missing(host: LibvirtHost) -> None:
    missing = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(NotFound):
        await host.agent_answers(missing)
    with pytest.raises(NotFound):
        await host.run_in_guest(missing, ["true"])
