"""Opening VMs' screens: who may, what is recorded, and what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost, domain
from tests.backend.services.conftest import KEEPER
from tests.backend.services.launches import another, start
from tests.backend.services.screen_play import PlayScreen
from ticrypt_tui.backend.audit.records import AuditRecord
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drivers.base import Ending
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import AuditUnavailable, Failed, Refused
from ticrypt_tui.backend.services.guest_screens.screen_of import RECORDED_SECONDS, ScreenOf
from ticrypt_tui.backend.services.guest_screens.screen_text import ScreenText
from ticrypt_tui.backend.store.tables.people import User
from ticrypt_tui.backend.vnc.framebuffer import Rect
from ticrypt_tui.backend.vnc.session import GuestScreen

SCREEN = {"vm.open_vnc", "vm.close_vnc", "vm.press_keys", "vm.set_view_only", "vm.screen_text",
          "service_vm.open_vnc"}  # fmt: skip


@pytest.fixture
async def screen(host: PlayHost) -> PlayScreen:
    """What every VM on the host shows."""
    screen = PlayScreen()
    host.graphics = screen.open
    return screen


@pytest.fixture
async def vm(enclave: Enclave, config: str, screen: PlayScreen) -> str:
    """The ID of a VM in debug mode."""
    await enclave.run("setup.edit", {"setup": "tiny", "debug_console": True})
    return await start(enclave)


async def opened(enclave: Enclave, vm: str) -> GuestScreen:
    """The VM's screen, with its first picture."""
    screen = await enclave.run("vm.open_vnc", {"vm": vm})
    assert isinstance(screen, GuestScreen)
    await until(lambda: screen.pixels.shape == (32, 64))
    await until(lambda: screen._pursuit.client is not None)
    return screen


async def other_console(open_enclave: Opener, vm: str, **changes: object) -> Enclave:
    """Another console, whose host has the VM, too."""
    console = await open_enclave(**changes)
    await console.settled()
    host_of(console).show(replace(domain(vm), has_screen=True))

    async def seen() -> bool:
        return bool((await console.find("vm", vm)).has_screen)

    assert await console.until(seen, 60)
    return console


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - a screen tells of its changes, and not of all
            await asyncio.sleep(0.01)


async def records(enclave: Enclave) -> list[AuditRecord]:
    return [each for each in await enclave.records() if each.operation in SCREEN]


async def said(enclave: Enclave) -> list[tuple[str, str]]:
    return [(each.operation, each.outcome) for each in await records(enclave)]


async def test_a_screen_is_opened_typed_at_and_closed_and_only_the_typing_is_not_recorded(
    enclave: Enclave, vm: str, screen: PlayScreen
) -> None:
    guest = await opened(enclave, vm)
    assert (guest.title, guest.vm_id, guest.view_only, guest.notice) == ("tiny", vm, False, "")
    assert guest.key("at", "@")
    assert guest.key("ctrl+c", "\x03")
    assert not guest.key("漢", "漢")
    assert await guest.paste("a漢b") == "漢"
    await guest.press("Ctrl-Alt-F2")
    await guest.close()
    await guest.close()
    await until(lambda: not screen.clients)
    assert screen.typed[:4] == [(0x2A, True), (0x03, True), (0x03, False), (0x2A, False)]
    codes = [code for code, down in screen.typed if down]
    assert codes == [0x2A, 0x03, 0x1D, 0x2E, 0x1E, 0x30, 0x1D, 0x38, 0x3C]
    assert len(screen.typed) == 2 * len(codes)
    assert await said(enclave) == [
        ("vm.open_vnc", "attempted"), ("vm.open_vnc", "done"),
        ("vm.press_keys", "attempted"), ("vm.press_keys", "done"), ("vm.close_vnc", "done"),
    ]  # fmt: skip
    first, *_, last = await records(enclave)
    assert (first.target_kind, first.target_id, last.target_id) == ("vm", vm, vm)
    assert last.detail["screen"] == guest.id


async def test_a_server_without_scan_codes_gets_key_symbols_with_the_modifiers_pressed(
    enclave: Enclave, vm: str, screen: PlayScreen
) -> None:
    screen.takes_scan_codes = False
    guest = await opened(enclave, vm)
    guest.key("at", "@")
    await until(lambda: len(screen.typed) == 4)
    assert screen.typed == [(0xFFE1, True), (0x40, True), (0x40, False), (0xFFE1, False)]
    await guest.close()


async def test_what_changes_is_told_and_a_hidden_screen_asks_for_nothing(
    enclave: Enclave, vm: str, screen: PlayScreen
) -> None:
    guest = await opened(enclave, vm)
    told: list[Sequence[Rect]] = []
    end = guest.subscribe(told.append)
    screen.draw(0x40)
    await until(lambda: guest.pixels[0, 0] == 0x404040)
    assert told[-1][0].area == 64 * 32
    guest.watch(False)
    screen.draw(0x41)  # the answer to what was asked before
    await until(lambda: guest.pixels[0, 0] == 0x414141)
    screen.draw(0x42)
    guest.key("a", "a")
    await until(lambda: screen.typed)
    assert guest.pixels[0, 0] == 0x414141
    end()
    heard = len(told)
    guest.watch(True)
    await until(lambda: guest.pixels[0, 0] == 0x424242)
    assert len(told) == heard
    await guest.close()


async def test_a_vm_that_holds_drives_begins_for_viewing_only(
    enclave: Enclave, vm: str, genome: str, screen: PlayScreen
) -> None:
    await another(enclave, "second", drives=["genome:rw"])
    guest = await opened(enclave, await start(enclave, "second"))
    assert guest.view_only
    assert guest.key("a", "a")
    guest.pointer(1, 1, 1)
    with pytest.raises(Refused, match="viewing only"):
        await guest.paste("secret")
    with pytest.raises(Refused, match="viewing only"):
        await guest.press("Ctrl-Alt-Del")
    await guest.set_view_only(False)
    guest.key("b", "b")
    await until(lambda: screen.typed)
    assert screen.typed[0] == (0x30, True)
    assert ("vm.set_view_only", "done") in await said(enclave)
    await guest.close()


async def test_a_console_that_only_reads_only_looks(
    open_enclave: Opener, enclave: Enclave, vm: str, screen: PlayScreen
) -> None:
    only_reads = enclave.settings.session.model_copy(update={"read_only": True})
    reader = await other_console(open_enclave, vm, session=only_reads)
    host_of(reader).graphics = screen.open
    guest = await opened(reader, vm)
    assert guest.view_only
    with pytest.raises(Refused, match="read-only"):
        await guest.set_view_only(False)
    await guest.close()


async def test_what_has_no_screen_says_why(
    enclave: Enclave, config: str, host: PlayHost, keeper: str
) -> None:
    vm = await start(enclave)
    with pytest.raises(Refused, match="its setup, tiny, has debug off"):
        await enclave.run("vm.open_vnc", {"vm": vm})
    with pytest.raises(Refused, match="its setup, tiny, has debug off"):
        await enclave.run("vm.screen_text", {"vm": vm})
    with pytest.raises(Refused, match="It is off"):
        await enclave.run("service_vm.open_vnc", KEEPER)
    with pytest.raises(Refused, match="It is off"):
        await enclave.run("vm.screen_text", {"vm": "keeper"})
    await enclave.run("vm.shutdown", {"vm": vm, "force": True})
    with pytest.raises(Refused, match="It has ended already: forced off"):
        await enclave.run("vm.open_vnc", {"vm": vm})
    assert {outcome for _, outcome in await said(enclave)} == {"refused"}


async def test_a_screen_that_does_not_open_is_recorded_as_failed(
    enclave: Enclave, vm: str, host: PlayHost, screen: PlayScreen
) -> None:
    screen.fault = Failed("The socket is gone.")
    with pytest.raises(Failed, match="The socket is gone"):
        await enclave.run("vm.open_vnc", {"vm": vm})
    screen.fault, screen.full = None, True
    with pytest.raises(Failed, match="closed at its other end"):
        await enclave.run("vm.open_vnc", {"vm": vm})
    host.fall()
    await until(lambda: not enclave.is_up(host.address.host_id))
    with pytest.raises(Refused, match="does not answer"):
        await enclave.run("vm.open_vnc", {"vm": vm})
    assert [outcome for _, outcome in await said(enclave)] == [
        "attempted", "failed", "attempted", "failed", "refused",
    ]  # fmt: skip


async def test_nothing_is_opened_that_cannot_be_recorded(
    enclave: Enclave, vm: str, screen: PlayScreen
) -> None:
    enclave.settings.audit.file.unlink()
    enclave.settings.audit.file.mkdir()
    for operation in ("vm.open_vnc", "vm.screen_text"):
        with pytest.raises(AuditUnavailable):
            await enclave.run(operation, {"vm": vm})
    assert not screen.opened


async def test_a_service_vm_has_its_screen_and_both_are_read_by_their_names(
    enclave: Enclave, keeper_on: str, screen: PlayScreen
) -> None:
    guest = await enclave.run("service_vm.open_vnc", KEEPER)
    await guest.press("Ctrl-Alt-Del")
    for name in ("keeper", keeper_on):
        read = await enclave.run("vm.screen_text", {"vm": name})
        assert "The screen is a picture of 64 × 32 pixels" in read.sentence
    await enclave.run("vm.close_vnc", {"vm": "keeper"})
    assert guest.ended
    kept = await records(enclave)
    assert {(each.target_kind, each.target_name) for each in kept} == {("service_vm", "keeper")}
    with pytest.raises(Refused, match="No screen of keeper is open in this console"):
        await enclave.run("vm.close_vnc", {"vm": "keeper"})


def test_what_is_read_says_which_share_of_it_is_text() -> None:
    whole = ScreenText(("$ ls", "x"), 720, 400, 1.0, (1, 1), "vga-8x16")
    assert whole.sentence == "$ ls\nx"
    said = replace(whole, recognised=0.9991).sentence
    assert said.endswith(
        "recognised in 99% of the screen's 720 × 400 pixels; the rest is a picture.)"
    )


async def test_keys_are_pressed_without_an_open_screen_too(
    enclave: Enclave, vm: str, screen: PlayScreen
) -> None:
    await enclave.run("vm.press_keys", {"vm": vm, "keys": "SysRq-s"})
    assert [code for code, down in screen.typed if down] == [0x38, 0x54, 0x1F]
    with pytest.raises(Refused, match="no key combination Ctrl-Alt-Nonsense"):
        await enclave.run("vm.press_keys", {"vm": vm, "keys": "Ctrl-Alt-Nonsense"})
    await until(lambda: not screen.clients)


async def test_a_screen_that_is_lost_is_got_back(
    enclave: Enclave, vm: str, screen: PlayScreen
) -> None:
    guest = await opened(enclave, vm)
    screen.hang_up()
    await until(lambda: "was made again at" in guest.notice)
    guest.key("a", "a")
    assert guest.notice == ""
    await guest.close()


async def test_one_that_another_client_takes_says_so_until_it_is_free(
    enclave: Enclave, vm: str, screen: PlayScreen
) -> None:
    guest = await opened(enclave, vm)
    screen.full = True
    screen.hang_up()
    await until(lambda: "another client may have taken its screen" in guest.notice)
    with pytest.raises(Failed, match="another client"):
        await guest.paste("x")
    screen.full = False
    await until(lambda: "was made again at" in guest.notice)
    assert not guest.ended
    await guest.close()


async def test_a_guest_that_reboots_says_so(
    enclave: Enclave, vm: str, host: PlayHost, screen: PlayScreen
) -> None:
    guest = await opened(enclave, vm)
    host.rebooted += 1
    screen.draw()
    await until(lambda: "The guest rebooted at" in guest.notice)
    await guest.close()


async def test_the_last_picture_of_a_vm_that_ends_stays(
    enclave: Enclave, vm: str, host: PlayHost, screen: PlayScreen
) -> None:
    guest = await opened(enclave, vm)
    screen.draw(0x33)
    await until(lambda: guest.pixels[0, 0] == 0x333333)
    host.end(vm.removeprefix("vm-"), Ending.BY_GUEST)
    screen.hang_up()
    await until(lambda: "The VM has ended: powered off by guest." in guest.notice)
    assert guest.ended
    assert guest.pixels[0, 0] == 0x333333
    assert guest.key("a", "a")
    await guest.close()
    assert (await said(enclave))[-1] == ("vm.close_vnc", "done")


async def test_why_a_vm_ended_is_told_also_when_that_is_recorded_late(
    enclave: Enclave, vm: str, host: PlayHost, screen: PlayScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons, recorded = iter(("", "powered off by guest")), asyncio.Event()

    async def how(_: ScreenOf, seconds: float) -> str:
        if seconds > RECORDED_SECONDS:
            await recorded.wait()
        return next(reasons)

    monkeypatch.setattr(ScreenOf, "_how", how)
    guest = await opened(enclave, vm)
    host.end(vm.removeprefix("vm-"), Ending.BY_GUEST)
    screen.hang_up()
    await until(lambda: guest.notice.startswith("The VM has ended. "))
    recorded.set()
    await until(lambda: guest.notice.startswith("The VM has ended: powered off by guest. "))
    await guest.close()


async def test_the_end_of_the_console_closes_and_records_every_screen(
    open_enclave: Opener, vm: str, screen: PlayScreen, enclave: Enclave
) -> None:
    other = await other_console(open_enclave, vm)
    host_of(other).graphics = screen.open
    screens = [await opened(other, vm), await opened(other, vm)]
    assert screen.clients == 2
    await other.close()
    assert all(each.ended for each in screens)
    assert [each for each in await said(enclave) if each[0] == "vm.close_vnc"] == [
        ("vm.close_vnc", "done"), ("vm.close_vnc", "done"),
    ]  # fmt: skip


async def test_who_loses_his_role_loses_his_screens(
    enclave: Enclave, vm: str, screen: PlayScreen
) -> None:
    guest = await opened(enclave, vm)
    async with enclave.database.write() as session:
        await session.exec(update(User).values(role=Role.USER))
    await until(lambda: guest.ended)
    assert "vm.open_vnc needs the role admin; you are user" in guest.notice
    await until(lambda: not screen.clients)


async def test_the_layout_of_a_vm_is_kept_for_its_next_run(
    enclave: Enclave, vm: str, screen: PlayScreen
) -> None:
    guest = await opened(enclave, vm)
    assert (guest.layout, guest.layouts[0]) == ("us", "us")
    guest.layout = "de"
    guest.key("z", "z")
    await until(lambda: screen.typed)
    assert screen.typed[0] == (0x15, True)
    with pytest.raises(KeyError):
        guest.layout = "nonsense"
    await guest.close()
    await enclave.run("vm.shutdown", {"vm": vm, "force": True})
    again = await opened(enclave, await start(enclave))
    assert again.layout == "de"
    await again.close()
