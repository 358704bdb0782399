"""The embedded enclave from nothing to nothing: real libvirt, real guests."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.real_libvirt import Boot
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.demo import drives, guest, objects, pools
from ticrypt_tui.demo.check import check
from ticrypt_tui.demo.enclave import open_demo, stop_demo
from ticrypt_tui.demo.places import PASSPHRASE, Places
from ticrypt_tui.demo.virsh import Libvirt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.slow(seconds=20), pytest.mark.timeout(900)]


def unheard(sentence: str) -> None:
    """What the demo says of its progress matters to one test only."""


@pytest.fixture(scope="module")
def places(
    libvirtd: Libvirt, tiny_guest: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Places]:
    """A demo that was made from the tiny Linux (90 s); at the end nothing of it is left."""
    made = Places(tmp_path_factory.mktemp("data") / "demo")
    made.folder.mkdir(mode=0o700)
    shutil.copyfile(tiny_guest, guest.kept(made.folder))

    async def make() -> None:
        await (await open_demo(unheard, places=made)).close()

    asyncio.run(make())
    yield made
    asyncio.run(stop_demo(unheard, made, remove=True))


@asynccontextmanager
async def opened(places: Places) -> AsyncIterator[Enclave]:
    enclave = await open_demo(unheard, places=places)
    try:
        yield enclave
    finally:
        await enclave.close()


async def vm_ids(enclave: Enclave) -> list[str]:
    """The VMs that run from the two configurations."""
    configs = [await enclave.find("config", name) for name in objects.RUNNING]
    return [config.vm_id for config in configs]


async def in_libvirt(libvirt: Libvirt, places: Places) -> list[str]:
    """What libvirt has of the demo's."""
    listed = [*await libvirt.names("pool-list"), *await libvirt.names("net-list")]
    return [
        *await pools.domains(libvirt, places),
        *(name for name in listed if places.tag in name),
    ]


async def test_two_guests_run_with_debug_on(libvirtd: Libvirt, places: Places) -> None:
    async with opened(places) as enclave:
        vms = [await enclave.find("vm", vm_id) for vm_id in await vm_ids(enclave)]

    assert [(vm.name, vm.state, vm.debug) for vm in vms] == [
        ("tiny-1", "running", True),
        ("tiny-2", "running", True),
    ]
    assert {vm.uuid for vm in vms} == {*await pools.domains(libvirtd, places)}


async def test_a_past_vm_was_shut_down_as_any_is_and_has_its_logs(places: Places) -> None:
    async with opened(places) as enclave:
        past = [vm for vm in (await enclave.listing("past")).rows if vm.name == objects.PAST]

    (vm,) = past
    assert (vm.end, vm.last_message) == ("shut down by admin", "shut down by the guest")  # type: ignore[attr-defined]
    kept = places.folder / "vm-logs" / vm.id
    assert any(b"tiny-linux ready" in log.read_bytes() for log in kept.iterdir())


async def test_two_drives_open_with_the_passphrase_that_the_configuration_tells(
    places: Places,
) -> None:
    async with opened(places) as enclave:
        rows: list[Any] = [*(await enclave.listing("drives")).rows]
        assert [(row.name, row.state) for row in rows] == [
            (name, "detached") for name in drives.DRIVES
        ]
        assert enclave.keys.locked
        for name in drives.DRIVES:
            assert PASSPHRASE in await drives.opens(enclave, name)
    assert PASSPHRASE in places.configuration.read_text()


async def test_its_vms_are_held_to_two_licensing_servers(places: Places) -> None:
    async with opened(places) as enclave:
        await enclave.settled()
        rows: list[Any] = [*(await enclave.listing("licensing")).rows]
        assert [row.name for row in rows] == sorted(objects.LICENCES)
        here = {each.name: each.state for row in rows for each in row.hosts}
        assert here[objects.HOST] == "in sync", rows[0].hosts


async def test_everything_was_made_by_operations_that_the_audit_log_tells_of(
    places: Places,
) -> None:
    async with opened(places) as enclave:
        records = await enclave.records(last=500)

    done = {record.operation for record in records if record.outcome == "done"}
    assert done >= {
        "profile.create", "host.create", "pool.create", "image.create", "setup.create",
        "config.create", "config.start", "vm.shutdown", "user.register_key", "drive.create",
        "license.create",
    }  # fmt: skip


async def test_opening_again_makes_nothing_and_starts_nothing(places: Places) -> None:
    async with opened(places) as enclave:
        vms, last = await vm_ids(enclave), await enclave.records(last=1)
    async with opened(places) as enclave:
        assert (await vm_ids(enclave), await enclave.records(last=1)) == (vms, last)


async def test_a_vm_that_was_shut_down_runs_again_when_the_demo_is_opened(
    places: Places,
) -> None:
    async with opened(places) as enclave:
        before, other = await vm_ids(enclave)
        await enclave.run("vm.shutdown", {"vm": before, "force": True})
    async with opened(places) as enclave:
        after, same = await vm_ids(enclave)

    assert after not in (None, before)
    assert same == other


async def test_a_vm_whose_end_nobody_saw_is_lost_and_runs_again(
    libvirtd: Libvirt, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(places) as enclave:
        before, _ = await vm_ids(enclave)
    monkeypatch.setattr("ticrypt_tui.backend.services.hosts.following.end_of_gone", _told_nothing)
    await libvirtd.ask("destroy", before)

    async with opened(places) as enclave:
        after, _ = await vm_ids(enclave)
        ended = {row.id: row.end for row in (await enclave.listing("past")).rows}  # type: ignore[attr-defined]

    assert after not in (None, before)
    assert ended[before] == "lost"


async def _told_nothing(enclave: Enclave, vm_id: str) -> None:
    """After a power cut, QEMU's log does not tell how it ended."""


async def test_the_check_finds_every_part_well(places: Places) -> None:
    said: list[str] = []

    passed = await check(said.append, places=places)

    assert passed, said
    checks = [line for line in said if not line.startswith(" ")]
    assert all(re.match(r"ok     .+: .+", line) for line in checks)
    assert len(checks) > 15


async def test_the_check_fails_where_a_screen_does_not_answer(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("ticrypt_tui.demo.check._RFB", b"RFB 009.000\n")

    assert not await check(said.append, places=places)
    assert "FAILED the screen of tiny-1 answers: It says RFB 003.008" in "\n".join(said)


async def test_stopped_it_leaves_nothing_in_libvirt_and_others_alone(
    libvirtd: Libvirt, places: Places, boot_guest: Boot
) -> None:
    others = await boot_guest()
    async with opened(places):
        pass

    await stop_demo(unheard, places)

    assert await in_libvirt(libvirtd, places) == []
    assert await others.runs()


async def test_a_service_vm_is_powered_up_beside_the_others_and_stopped_with_them(
    places: Places,
) -> None:
    async with opened(places) as enclave:
        await enclave.run("service_vm.power_up", {"service_vm": objects.SERVICE})

        async def on() -> bool:
            return bool((await enclave.find("service_vm", objects.SERVICE)).state == "running")

        assert await enclave.until(on, 120)  # libvirt starts it paused, and may be read just then

    await stop_demo(unheard, places)

    async with opened(places) as enclave:
        row = await enclave.find("service_vm", objects.SERVICE)
    assert row.state == "off"
    # The second where the machine was too busy for the console to end it by its own operation.
    assert row.last.end in ("forced off", "destroyed outside")


async def test_stopped_it_opens_again_with_its_past(places: Places) -> None:
    async with opened(places) as enclave:
        before = await vm_ids(enclave)
    await stop_demo(unheard, places)

    async with opened(places) as enclave:
        past = {row.id for row in (await enclave.listing("past")).rows}
        assert not {*before} & {*await vm_ids(enclave)}

    assert {*before} < past


async def test_a_second_console_waits_for_the_one_that_prepares_the_demo(places: Places) -> None:
    said: list[str] = []
    begun = asyncio.Event()

    async def first() -> None:
        await (await open_demo(lambda sentence: begun.set(), places=places)).close()

    async def second() -> None:
        await begun.wait()
        await (await open_demo(said.append, places=places)).close()

    await stop_demo(unheard, places)
    async with asyncio.TaskGroup() as both:
        both.create_task(first())
        both.create_task(second())

    assert said[0] == "Waiting for another console that prepares the demo"
    assert not [sentence for sentence in said if sentence.startswith(("Making", "Starting"))]
