"""The serial console of a real guest: its shell, typed at through libvirt's own stream."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.end_to_end.ssh_server import SshServer
from tests.qemu.test_libvirt_by_ssh import processes
from ticrypt_tui.backend.consoles.session import TAKEN_OVER, GuestConsole
from ticrypt_tui.backend.drivers.console import Console
from ticrypt_tui.backend.drivers.libvirt.console import open_console
from ticrypt_tui.backend.drivers.libvirt.uri import SSH, parsed
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import InUse

PATIENCE = 60.0


async def until(console: GuestConsole, holds: Callable[[], Any]) -> None:
    end = monotonic() + PATIENCE
    while not holds():
        assert monotonic() < end, "\n".join([console.notice, *lines(console)[-30:]])
        await asyncio.sleep(0.05)


def lines(console: GuestConsole) -> list[str]:
    """All that it has said, as far as it is kept."""
    numbers = range(console.first, console.top + console.size[1])
    return ["".join(run.text for run in console.row(number)) for number in numbers]


async def opened(enclave: Enclave, vm: str, **more: object) -> GuestConsole:
    """The console of a VM, once its host has told of it."""

    async def there() -> bool:
        return bool((await enclave.find("vm", vm)).has_console)

    assert await enclave.until(there, PATIENCE)
    console = await enclave.run("vm.open_console", {"vm": vm, **more})
    assert isinstance(console, GuestConsole)
    return console


async def answered(console: GuestConsole, typed: str, answer: str) -> None:
    """Type a line, and wait for what the guest says to it."""
    console.paste(f"{typed}\n")
    await until(console, lambda: answer in lines(console))


async def said_to(console: Console, typed: bytes, answer: bytes) -> None:
    """Type at a console itself, and wait for what the guest says to it."""
    await console.write(typed)
    said = b""
    async with asyncio.timeout(PATIENCE):
        while answer not in said and (printed := await console.read()) is not None:
            said += printed.data
    assert answer in said


async def from_afar(server: SshServer, folder: Path, uuid: str) -> None:
    """Take the console over by ssh, use it, and lose the way to it."""
    program = folder / "ssh"
    program.write_text(f'#!/bin/sh\nexec {SSH} -o UserKnownHostsFile={folder}/known "$@"\n')
    program.chmod(0o755)
    options = f"keyfile={server.folder}/client&command={program}&no_verify=1"
    uri = f"qemu+ssh://root@127.0.0.1:{server.port}/system?{options}"
    console = await open_console("node1", parsed(uri, "node1"), uuid, take_over=True)
    await said_to(console, b"echo far a''way\r", b"\nfar away")
    for session in processes(f"ssh .*-p {server.port} "):
        os.kill(session, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        while await console.read() is not None:
            pass
    assert console.fault.startswith("Host node1: the ")  # host ended it, or the connection broke
    await console.close()


@pytest.mark.slow(seconds=30)
async def test_a_guest_is_logged_in_to_by_one_at_a_time_and_its_flood_holds_up_nothing(
    enclave: Enclave, server: SshServer, tmp_path: Path
) -> None:
    vm = await enclave.run("config.start", {"config": "tiny"})
    first = await opened(enclave, vm)
    assert not first.view_only
    assert first.key("enter", "\r")
    await answered(first, "echo sec''ret $((6 * 7))", "secret 42")

    with pytest.raises(InUse, match="Somebody else has this console open now"):
        await opened(enclave, vm)
    second = await opened(enclave, vm, take_over=True)
    await until(first, lambda: first.ended)
    await answered(second, "echo still h''ere", "still here")

    await from_afar(server, tmp_path, vm.removeprefix("vm-"))
    await until(second, lambda: second.ended)
    third = await opened(enclave, vm, take_over=True)  # the host may not know yet that it is free
    third.resize(100, 30)
    third.tell_size()
    await answered(third, "echo $(stty size)", "30 100")

    third.paste("yes flooding\n")
    await until(third, lambda: third.received + third.left_out > 60_000)
    assert third.top - third.first <= 2000
    assert third.key("ctrl+c", "\x03")  # a person's keys get through
    await answered(third, "echo all q''uiet", "all quiet")

    third.paste("printf '\\033]0;title\\007\\033[31mred\\033[m\\n'\n")
    await until(third, lambda: "red" in lines(third))
    await until(first, lambda: first.notice == TAKEN_OVER)
    await until(second, lambda: second.notice == TAKEN_OVER)
    await enclave.run("vm.shutdown", {"vm": vm, "force": True})
    await until(third, lambda: third.notice == "The VM has ended: forced off.")
    await enclave.consoles.close()

    records = await enclave.records()
    said = [(each.operation, each.outcome) for each in records if "_console" in each.operation]
    assert said == [
        ("vm.open_console", "attempted"), ("vm.open_console", "done"),
        ("vm.open_console", "attempted"), ("vm.open_console", "refused"),
        ("vm.open_console", "attempted"), ("vm.open_console", "done"),
        ("vm.open_console", "attempted"), ("vm.open_console", "done"),
        *[("vm.close_console", "done")] * 3,
    ]  # fmt: skip
    assert "flooding" not in repr(records)
