"""Opening VMs' serial consoles: who may, what is recorded, and what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost
from tests.backend.services.conftest import KEEPER
from tests.backend.services.console_play import PlaySerial
from tests.backend.services.launches import another, start
from ticrypt_tui.backend.audit.records import AuditRecord
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.consoles import session
from ticrypt_tui.backend.consoles.session import TAKEN_OVER, GuestConsole
from ticrypt_tui.backend.drivers.base import Ending
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import AuditUnavailable, Failed, InUse, Refused
from ticrypt_tui.backend.store.tables.people import User

CONSOLE = {"vm.open_console", "vm.close_console", "vm.set_view_only", "service_vm.open_console"}


@pytest.fixture
async def serial(host: PlayHost, monkeypatch: pytest.MonkeyPatch) -> PlaySerial:
    """What every VM on the host has as its serial line."""
    monkeypatch.setattr(session, "LOOKING_SECONDS", 0.5)
    serial = PlaySerial()
    host.consoles = serial.open
    return serial


@pytest.fixture
async def vm(enclave: Enclave, config: str, serial: PlaySerial) -> str:
    """The ID of a VM whose setup has a debug PTY."""
    await enclave.run("setup.edit", {"setup": "tiny", "debug_pty": True})
    return await start(enclave)


async def opened(enclave: Enclave, vm: str, **more: object) -> GuestConsole:
    console = await enclave.run("vm.open_console", {"vm": vm, **more})
    assert isinstance(console, GuestConsole)
    return console


async def until(holds: Callable[[], Any]) -> None:
    for _ in range(6000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


def says(console: GuestConsole) -> str:
    rows = (console.row(console.top + y) for y in range(console.size[1]))
    return "\n".join("".join(run.text for run in row) for row in rows).rstrip()


async def records(enclave: Enclave) -> list[AuditRecord]:
    return [each for each in await enclave.records() if each.operation in CONSOLE]


async def said(enclave: Enclave) -> list[tuple[str, str]]:
    return [(each.operation, each.outcome) for each in await records(enclave)]


async def test_a_console_is_opened_typed_at_and_closed_and_only_the_typing_is_not_recorded(
    enclave: Enclave, vm: str, serial: PlaySerial
) -> None:
    console = await opened(enclave, vm)
    assert (console.title, console.vm_id, console.view_only) == ("tiny", vm, False)
    serial.print(b"login: \x1b]0;evil\x07\x1b[6n")
    await until(lambda: says(console) == "login:")
    assert console.key("a", "a")
    assert console.key("ctrl+c", "\x03")
    assert not console.key("f35", None)
    console.paste("hunter2\n")
    console.tell_size()
    await until(lambda: serial.typed.endswith(b"\r"))
    assert serial.typed == b"\x1b[1;8Ra\x03hunter2\rstty rows 24 cols 80\r"
    await console.close()
    await console.close()
    assert not serial.held
    assert await said(enclave) == [
        ("vm.open_console", "attempted"), ("vm.open_console", "done"),
        ("vm.close_console", "done"),
    ]  # fmt: skip
    first, _, last = await records(enclave)
    assert (first.target_kind, first.target_id, last.target_id) == ("vm", vm, vm)
    assert last.detail["screen"] == console.id
    assert "hunter2" not in repr(await enclave.records())


async def test_one_alone_has_it_until_it_is_taken_over(
    enclave: Enclave, vm: str, serial: PlaySerial
) -> None:
    first = await opened(enclave, vm)
    with pytest.raises(InUse):
        await opened(enclave, vm)
    assert not first.ended
    second = await opened(enclave, vm, take_over=True)
    await until(lambda: first.ended and first.notice == TAKEN_OVER)
    assert (second.ended, serial.opened) == (False, [False, True])
    with pytest.raises(Failed, match="took it over"):
        first.paste("x")
    taken = [each.detail.get("take_over") for each in (await records(enclave))[-2:]]
    assert taken == ["yes", "yes"]


async def test_the_end_of_the_vm_or_of_the_way_to_it_is_said(
    enclave: Enclave, vm: str, serial: PlaySerial, host: PlayHost
) -> None:
    lost = await opened(enclave, vm)
    serial.hang_up("Host node01: the connection failed.")
    await until(lambda: lost.ended)
    assert lost.notice == "Host node01: the connection failed."
    console = await opened(enclave, vm)
    serial.print(b"Power down.")
    await until(lambda: console.received)
    host.end(next(iter(host.running)), Ending.BY_GUEST)
    serial.hang_up()
    await until(lambda: console.notice == "The VM has ended: powered off by guest.")
    assert (says(console), console.cursor) == ("Power down.", None)


async def test_what_could_not_be_typed_ends_it_with_the_reason(
    enclave: Enclave, vm: str, serial: PlaySerial
) -> None:
    console = await opened(enclave, vm)
    serial.broken = "Host node01 did not take what was typed within 10 s."
    console.key("a", "a")
    await until(lambda: console.ended)
    assert console.notice == serial.broken


async def test_it_begins_for_viewing_only_where_drives_are_held(
    enclave: Enclave, vm: str, genome: str, serial: PlaySerial
) -> None:
    await another(enclave, "second", drives=["genome:rw"])
    console = await opened(enclave, await start(enclave, "second"))
    assert console.view_only
    console.key("a", "a")
    serial.print(b"\x1b[6nready")  # nor is a question of the guest's answered
    await until(lambda: "ready" in says(console))
    with pytest.raises(Refused, match="viewing only"):
        console.paste("text")
    await console.set_view_only(False)
    console.key("b", "b")
    await until(lambda: serial.typed)
    assert serial.typed == b"b"
    assert ("vm.set_view_only", "done") in await said(enclave)
    opening = next(each for each in await records(enclave) if each.outcome == "done")
    assert opening.detail["view_only"] == "yes"


async def test_a_flood_is_shown_in_parts_and_what_is_left_out_is_said(
    enclave: Enclave, vm: str, serial: PlaySerial
) -> None:
    console = await opened(enclave, vm)
    turns = 0
    serial.print(b"\x1b]0;never ended" + b"y\r\n" * 20_000)
    serial.print(b"the end", left_out=1_000_000)
    console.key("a", "a")
    while not console.left_out:
        turns += 1
        await asyncio.sleep(0)
    await until(lambda: says(console).endswith("the end"))
    assert (console.left_out, serial.typed) == (1_000_000, b"a")
    assert turns > 10


async def test_nobody_looks_inside_a_vm_of_a_setup_without_a_debug_pty(
    enclave: Enclave, config: str, serial: PlaySerial
) -> None:
    vm = await start(enclave)
    with pytest.raises(Refused, match=r"Its setup, tiny, has no debug PTY\. VMs of a setup with"):
        await opened(enclave, vm)
    await enclave.run("setup.edit", {"setup": "tiny", "debug_pty": True})
    with pytest.raises(Refused, match="debug off when it was started: start it anew"):
        await opened(enclave, vm)
    assert serial.opened == []


async def test_a_debug_screen_alone_is_no_console(
    enclave: Enclave, config: str, serial: PlaySerial
) -> None:
    await enclave.run("setup.edit", {"setup": "tiny", "debug_console": True})
    with pytest.raises(Refused, match="no debug PTY"):
        await opened(enclave, await start(enclave))


async def test_a_service_vm_has_one_while_it_is_on(
    enclave: Enclave, keeper: str, serial: PlaySerial
) -> None:
    with pytest.raises(Refused, match="It is off"):
        await enclave.run("service_vm.open_console", KEEPER)
    await enclave.run("service_vm.power_up", KEEPER)
    console = await enclave.run("service_vm.open_console", KEEPER)
    assert (console.title, console.view_only) == ("keeper", False)
    await enclave.run("vm.close_console", {"vm": "keeper"})
    assert not serial.held
    with pytest.raises(Refused, match=r"No serial console of keeper is open in this console\."):
        await enclave.run("vm.close_console", {"vm": "keeper"})
    kinds = {each.target_kind for each in await records(enclave)}
    assert kinds == {"service_vm"}


async def test_what_cannot_be_recorded_is_not_opened(
    enclave: Enclave, vm: str, serial: PlaySerial, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise AuditUnavailable("The disk is full.")

    monkeypatch.setattr(enclave.audit, "append", full)
    with pytest.raises(AuditUnavailable):
        await opened(enclave, vm)
    assert serial.opened == []


async def test_whose_role_no_longer_lets_him_keeps_none_open(
    enclave: Enclave, vm: str, serial: PlaySerial
) -> None:
    console = await opened(enclave, vm)
    async with enclave.change() as session:
        await session.exec(update(User).values(role=Role.USER))
    await until(lambda: console.ended)
    assert console.notice.startswith("The console was closed: vm.open_console needs the role admin")
    await until(lambda: not serial.held)


async def test_the_end_of_the_console_closes_it_and_records_that(
    open_enclave: Opener, enclave: Enclave, vm: str, serial: PlaySerial
) -> None:
    await opened(enclave, vm)
    await enclave.close()
    assert not serial.held
    other = await open_enclave()
    assert host_of(other).simulated is False
    assert (await said(other))[-1] == ("vm.close_console", "done")
