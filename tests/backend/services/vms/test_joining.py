"""A row of which nothing changed stays the same object from one joining to the next."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from tests.backend.play import domain
from tests.backend.services.vms.test_running import NOON, STORED, seen
from ticrypt_tui.backend.drivers.base import HostSeen, Reach
from ticrypt_tui.backend.services.vms.joining import SLICE, Joining
from ticrypt_tui.backend.services.vms.running_vm import RunningVm

OTHER = STORED._replace(id="vm-2", name="genome-8")


async def rows(
    joining: Joining, hosts: dict[str, HostSeen], *stored: RunningVm
) -> tuple[RunningVm, ...]:
    return await joining.rows({row.id: row for row in stored}, hosts, {"lab": "Lab"}, {})


async def test_of_two_rows_the_one_whose_domain_changed_is_made_anew() -> None:
    joining, first, second = Joining(), domain("vm-1"), domain("vm-2")
    before = await rows(joining, seen(first, second), STORED, OTHER)
    moved = replace(second, address="192.0.2.99")
    after = await rows(joining, seen(first, moved), STORED, OTHER)
    assert after[0] is before[0]
    assert (before[1].address, after[1].address) == ("192.0.2.17", "192.0.2.99")


async def test_a_row_whose_record_changed_is_made_anew() -> None:
    joining, hosts = Joining(), seen(domain("vm-1"))
    await rows(joining, hosts, STORED)
    (after,) = await rows(joining, hosts, STORED._replace(owner="ada"))
    assert after.owner == "ada"


async def test_a_domain_of_nobody_keeps_its_row_too() -> None:
    joining, stranger = Joining(), domain("nobody")
    (before,) = await rows(joining, seen(stranger))
    (after,) = await rows(joining, seen(stranger, read_at=NOON + timedelta(seconds=10)))
    assert after is before


async def test_a_vm_whose_host_stays_silent_keeps_its_row() -> None:
    joining = Joining()
    (before,) = await rows(joining, seen(reach=Reach.UNREACHABLE), STORED)
    (after,) = await rows(joining, seen(reach=Reach.UNREACHABLE), STORED)
    assert before.stale_since == NOON
    assert after is before


async def test_a_host_that_falls_silent_makes_its_rows_stale() -> None:
    joining, shown = Joining(), domain("vm-1")
    await rows(joining, seen(shown), STORED)
    (after,) = await rows(joining, seen(shown, reach=Reach.UNREACHABLE), STORED)
    assert after.stale_since == NOON


async def test_others_have_their_turn_while_many_rows_are_joined() -> None:
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    many = [STORED._replace(id=f"vm-{number}") for number in range(10 * SLICE)]
    assert len(await rows(Joining(), seen(), *many)) == 10 * SLICE
    counting.cancel()
    assert turns >= 10
