"""The serial console of a real guest: its shell, typed at through libvirt's own stream."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest

from ticrypt_tui.backend.consoles.session import TAKEN_OVER, GuestConsole
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


@pytest.mark.slow(seconds=35)
async def test_a_guest_is_logged_in_to_by_one_at_a_time_and_its_flood_holds_up_nothing(
    enclave: Enclave,
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
    assert first.notice == TAKEN_OVER
    await first.close()
    await answered(second, "echo still h''ere", "still here")

    second.resize(100, 30)
    second.tell_size()
    await answered(second, "echo $(stty size)", "30 100")

    second.paste("yes flooding\n")
    await until(second, lambda: second.received + second.left_out > 60_000)
    assert second.top - second.first <= 2000
    assert second.key("ctrl+c", "\x03")  # a person's keys get through
    await answered(second, "echo all q''uiet", "all quiet")

    second.paste("printf '\\033]0;title\\007\\033[31mred\\033[m\\n'\n")
    await until(second, lambda: "red" in lines(second))
    await enclave.run("vm.shutdown", {"vm": vm, "force": True})
    await until(second, lambda: second.ended)
    assert second.notice == "The VM has ended: forced off."
    await second.close()

    records = await enclave.records()
    said = [(each.operation, each.outcome) for each in records if "_console" in each.operation]
    assert said == [
        ("vm.open_console", "attempted"), ("vm.open_console", "done"),
        ("vm.open_console", "attempted"), ("vm.open_console", "refused"),
        ("vm.open_console", "attempted"), ("vm.open_console", "done"),
        ("vm.close_console", "done"), ("vm.close_console", "done"),
    ]  # fmt: skip
    assert "flooding" not in repr(records)
