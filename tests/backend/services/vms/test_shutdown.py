"""Shutting VMs down: asked of the guest, forced, from two consoles at once, and in vain."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.backend.conftest import Opener, add_user, ignores_shutdown
from tests.backend.play import PlayHost, domain
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drivers.base import Ending
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, NotFound, Refused
from ticrypt_tui.backend.store.tables.machines import Vm


@pytest.fixture
async def vm(enclave: Enclave, host: PlayHost, config: str) -> str:
    """The ID of a running VM."""
    started: str = await enclave.run("config.start", {"config": config})
    return started


async def end_of(enclave: Enclave, vm_id: str) -> str:
    return str((await enclave.find("vm", vm_id)).end)


async def test_a_guest_that_obeys_is_shut_down_by_admin(enclave: Enclave, vm: str) -> None:
    said = await enclave.run("vm.shutdown", {"vm": "tiny"})
    assert said.startswith("tiny ended: shut down by admin, in ")
    assert await end_of(enclave, vm) == "shut down by admin"
    assert (await enclave.listing("running")).rows == []


async def test_the_record_says_how_it_ended_and_in_how_many_seconds(
    enclave: Enclave, vm: str
) -> None:
    await enclave.run("vm.shutdown", {"vm": vm})
    last = (await enclave.records())[-1]
    how, _, took = last.detail["ended"].rpartition(", ")
    assert (last.outcome, how) == ("done", "shut down by admin")
    assert float(took.removesuffix(" s")) >= 0


async def test_an_owner_who_is_no_admin_is_told_apart(
    enclave: Enclave, open_enclave: Opener, vm: str
) -> None:
    user_id = await add_user(enclave.database, "ulla", Role.USER)
    async with enclave.change() as session:
        row = await session.get_one(Vm, vm)
        row.owner_id = user_id
        session.add(row)
    ulla = await open_enclave("ulla")
    ulla.watch = enclave.watch  # the play hosts of one console are not those of another
    ulla.following = enclave.following
    await ulla.run("vm.shutdown", {"vm": vm})
    assert await end_of(enclave, vm) == "shut down by owner"


async def test_a_guest_that_ignores_it_is_left_running_and_force_is_offered(
    enclave: Enclave, host: PlayHost, vm: str
) -> None:
    ignores_shutdown(enclave, host)
    with pytest.raises(Failed, match=r"tiny did not end within 1 s\. .* force ends it at once"):
        await enclave.run("vm.shutdown", {"vm": vm})
    (row,) = (await enclave.listing("running")).rows
    assert row.state == "running"  # type: ignore[attr-defined]
    assert (await enclave.records())[-1].outcome == "failed"


async def test_while_it_is_asked_it_is_shutting_down(
    enclave: Enclave, host: PlayHost, vm: str
) -> None:
    host.obeys = False
    asking = asyncio.create_task(enclave.run("vm.shutdown", {"vm": vm}))

    async def shutting_down() -> bool:
        return any(row.state == "shutting down" for row in (await enclave.listing("running")).rows)  # type: ignore[attr-defined]

    assert await enclave.until(shutting_down, 60)
    host.end(vm.removeprefix("vm-"), Ending.BY_GUEST)
    assert (await asking).startswith("tiny ended")


async def test_force_ends_what_does_not_obey(enclave: Enclave, host: PlayHost, vm: str) -> None:
    host.obeys = False
    await enclave.run("vm.shutdown", {"vm": vm, "force": True})
    assert await end_of(enclave, vm) == "forced off"


async def test_a_late_obedience_is_still_by_who_asked(
    enclave: Enclave, host: PlayHost, vm: str
) -> None:
    ignores_shutdown(enclave, host)
    with pytest.raises(Failed):
        await enclave.run("vm.shutdown", {"vm": vm})
    host.obeys = True
    await host.shut_down(vm.removeprefix("vm-"))

    async def ended() -> bool:
        return not (await enclave.listing("running")).rows

    assert await enclave.until(ended, 60)
    assert await end_of(enclave, vm) == "shut down by admin"


async def test_two_at_once_do_no_harm(enclave: Enclave, vm: str) -> None:
    both = await asyncio.gather(
        enclave.run("vm.shutdown", {"vm": vm}), enclave.run("vm.shutdown", {"vm": vm})
    )
    assert any("shut down by admin" in said for said in both)
    assert all("ended" in said for said in both)
    detail = await enclave.detail("past", vm)
    assert sum("ended: " in line for line in detail.sections[-1].lines) == 1


async def test_a_vm_unknown_to_the_store_is_shut_down_by_a_super_admin(
    enclave: Enclave, host: PlayHost
) -> None:
    host.show(domain("stranger"))
    assert await enclave.until(lambda: _listed(enclave), 60)
    assert "gone from its host" in await enclave.run("vm.shutdown", {"vm": "stranger"})
    assert (await enclave.listing("past")).rows == []


async def test_a_vm_unknown_to_the_store_is_no_admins_business(
    enclave: Enclave, open_enclave: Opener, host: PlayHost
) -> None:
    host.show(domain("stranger"))
    assert await enclave.until(lambda: _listed(enclave), 60)
    await add_user(enclave.database, "adam", Role.ADMIN)
    adam = await open_enclave("adam")
    adam.following = enclave.following
    with pytest.raises(Refused, match="It is unknown to the store: only a super-admin"):
        await adam.run("vm.shutdown", {"vm": "stranger"})
    assert host.asked == []


async def test_a_vm_that_has_ended_is_refused(enclave: Enclave, vm: str) -> None:
    await enclave.run("vm.shutdown", {"vm": vm})
    with pytest.raises(Refused, match="It has ended already: shut down by admin"):
        await enclave.run("vm.shutdown", {"vm": vm})


async def test_a_vm_of_a_silent_host_is_refused(enclave: Enclave, host: PlayHost, vm: str) -> None:
    host.fall()

    async def silent() -> bool:
        return not enclave.is_up(host.address.host_id)

    assert await enclave.until(silent, 60)
    with pytest.raises(Refused, match="Its host, node01, does not answer or is not contacted"):
        await enclave.run("vm.shutdown", {"vm": vm})


async def test_a_vm_that_is_not_there_is_not_found(enclave: Enclave) -> None:
    with pytest.raises(NotFound, match="There is no VM ghost"):
        await enclave.run("vm.shutdown", {"vm": "ghost"})


async def test_the_running_vm_of_a_name_goes_before_past_ones(
    enclave: Enclave, vm: str, config: str
) -> None:
    await enclave.run("vm.shutdown", {"vm": "tiny"})
    second = await enclave.run("config.start", {"config": config})
    await enclave.run("vm.shutdown", {"vm": "tiny"})
    assert await end_of(enclave, second) == "shut down by admin"


def test_only_a_forced_shutdown_wants_the_name_typed() -> None:
    from ticrypt_tui.backend.operations import find

    shutdown = find("vm.shutdown")
    assert shutdown.wants_name_typed({"force": True})
    assert not shutdown.wants_name_typed({})


async def test_a_title_of_several_lines_is_one_in_what_is_said(
    enclave: Enclave, host: PlayHost
) -> None:
    ignores_shutdown(enclave, host)
    host.show(replace(domain("stranger"), title="a\x1b[2Jb"))
    assert await enclave.until(lambda: _listed(enclave), 60)
    with pytest.raises(Failed, match=r"a\\u\{1b\}\[2Jb did not end"):
        await enclave.run("vm.shutdown", {"vm": "stranger"})


async def _listed(enclave: Enclave) -> bool:
    return bool((await enclave.listing("running")).rows)
