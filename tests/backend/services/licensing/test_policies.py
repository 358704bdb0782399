"""When the list of licensing servers reaches the hosts, and what a host that fails means."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost
from tests.backend.services.conftest import KEEPER
from tests.backend.services.launches import another, more_hosts, start, stored
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.policy.filter_document import document, read_back
from ticrypt_tui.backend.policy.policy import Allowed, Policy, PolicyState
from ticrypt_tui.backend.services import host_readings
from ticrypt_tui.backend.services.licensing import policy_hosts, policy_keeping
from ticrypt_tui.backend.services.licensing.policies import policy_of
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import LicensingServer
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.store.tables.people import User

FILTER = "ticrypt-licensing"
MATLAB = Allowed("192.0.2.10", "tcp", ((27000, 27009),))
DEFINE = f"define {FILTER}"


async def listed(enclave: Enclave, **more: Any) -> str:
    """An entry that was made while nobody told the hosts."""
    async with enclave.change() as session:
        mara = (await stored(enclave, User))[0].id
        ports, changes = "27000-27009", {"name": "MATLAB", "address": "192.0.2.10", **more}
        entry = LicensingServer(ports=ports, protocol="tcp", created_by=mara, **changes)
        session.add(entry)
        return entry.id


def on(host: PlayHost) -> tuple[Allowed, ...]:
    """What the host's filter lets through."""
    return read_back(host.filters[FILTER]).allowed


async def own_doings(enclave: Enclave) -> list[tuple[str, str]]:
    """What the console did of itself, by the audit log."""
    records = [r for r in await enclave.records() if r.operation == "license.resync"]
    return [(str(r.detail.get("why")), r.outcome) for r in records if r.login == "system"]


async def test_a_host_has_the_list_before_a_vm_starts_there(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await listed(enclave)
    await start(enclave)
    assert on(host) == (MATLAB,)
    assert host.wanted[0].network_filter == FILTER
    await start(enclave, await another(enclave, "second"))
    assert host.asked.count(DEFINE) == 1


async def test_a_service_vm_is_no_business_of_the_list(
    enclave: Enclave, host: PlayHost, keeper: str
) -> None:
    await enclave.run("service_vm.power_up", KEEPER)
    assert host.filters == {}
    assert host.wanted[0].network_filter == ""


@pytest.mark.parametrize("fault", ["others", "kernel"])
async def test_a_vm_does_not_start_where_nothing_would_hold_it(
    enclave: Enclave, host: PlayHost, config: str, fault: str
) -> None:
    if fault == "others":
        host.filters[FILTER] = f"<filter name='{FILTER}' chain='root'/>"
    else:
        host.passed_by = "The kernel passes filters by."
    with pytest.raises(Failed, match="belongs to others" if fault == "others" else "passes"):
        await start(enclave)
    assert host.wanted == []
    assert [vm.ended is not None for vm in await stored(enclave, Vm)] == [True]


async def test_a_vm_goes_to_another_host_where_one_has_a_filter_of_others(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    (other,) = await more_hosts(enclave, ["node02"])
    host.filters[FILTER] = f"<filter name='{FILTER}' chain='root'/>"
    await start(enclave)
    assert (len(host.wanted), len(other.wanted)) == (0, 1)


async def test_a_dead_or_hanging_host_holds_up_no_other(
    enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, fine = await more_hosts(enclave, ["node02", "node03"])
    host.fall()
    assert await enclave.until(lambda: _is_away(enclave, host), 60)

    async def hang(name: str) -> str:
        await asyncio.sleep(60)
        return ""

    monkeypatch.setattr(hanging, "filter_document", hang)
    monkeypatch.setattr(policy_hosts, "HOST_WITHIN", 4.0)  # which a busy machine takes, too
    await listed(enclave)
    found = {each.host: each for each in await enclave.policies.apply_everywhere()}
    assert {name: each.standing.state for name, each in found.items()} == {
        "node01": PolicyState.ERROR, "node02": PolicyState.ERROR, "node03": PolicyState.IN_SYNC
    }  # fmt: skip
    assert "node01" in found["node01"].standing.detail
    assert "within" in found["node02"].standing.detail
    assert on(fine) == (MATLAB,)
    assert {each.host for each in enclave.policies.states.values()} == set(found)


async def test_a_list_that_is_changed_meanwhile_is_not_undone(
    enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    define = host.define_filter

    async def slow(xml: str) -> None:
        if DEFINE not in host.asked:
            await listed(enclave, address="192.0.2.11")
        await define(xml)

    monkeypatch.setattr(host, "define_filter", slow)
    await listed(enclave)
    await enclave.policies.apply_everywhere()
    assert on(host) == (Allowed("192.0.2.10/31", "tcp", ((27000, 27009),)),)


async def test_what_expires_is_taken_away_by_itself(
    enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_keeping, "LOOKS_APART", 0.05)
    entry = await listed(enclave)
    await enclave.policies.apply_everywhere()
    assert on(host) == (MATLAB,)
    keeping = asyncio.create_task(enclave.policies.keeping.run())
    until = now() + timedelta(seconds=1.5)
    async with enclave.change() as session:
        kept = await session.get(LicensingServer, entry)
        assert kept is not None
        kept.deactivate_at = until
    assert await enclave.until(lambda: _lets_through(host, ()), 60)
    assert now() >= until
    keeping.cancel()
    assert ("an entry expired", "attempted") in await own_doings(enclave)


async def test_a_host_that_comes_back_gets_what_it_missed(enclave: Enclave, host: PlayHost) -> None:
    host.fall()
    assert await enclave.until(lambda: _is_away(enclave, host), 60)
    await listed(enclave)
    host.down = False
    enclave.refresh()
    assert await enclave.until(lambda: _lets_through(host, (MATLAB,)), 60)
    assert await enclave.until(lambda: _has_done(enclave, "the host came back"), 60)


async def test_a_round_brings_back_a_filter_that_somebody_changed(
    enclave: Enclave, host: PlayHost
) -> None:
    policy = await policy_of(enclave, "lab")
    host.filters[FILTER] = document(replace(policy, allowed=(MATLAB,)))
    results = [each async for each in enclave.rounds.due()]
    assert not any(isinstance(each, Failed) for each in results)
    assert on(host) == ()
    assert ("periodic", "done") in await own_doings(enclave)
    host.filters[FILTER] = f"<filter name='{FILTER}' chain='root'/>"
    enclave.rounds.every = timedelta(0)
    (failed,) = [each async for each in enclave.rounds.due() if isinstance(each, Failed)]
    assert "node01: error" in str(failed)


async def test_a_read_only_console_applies_nothing_by_itself(
    open_enclave: Opener, host: PlayHost, enclave: Enclave
) -> None:
    session = enclave.settings.session.model_copy(update={"read_only": True})
    looking = await open_enclave(session=session)
    await looking.settled()
    await looking.policies.keeping.everywhere("an entry expired")
    assert host_of(looking).filters == {}
    await looking.policies.look()
    (seen,) = looking.policies.states.values()
    assert seen.standing.state is PolicyState.NOT_APPLIED


async def test_realms_are_told_apart(enclave: Enclave) -> None:
    lab, attic = await policy_of(enclave, "lab"), await policy_of(enclave, "attic")
    assert lab.owner != attic.owner
    assert lab == Policy("lab", lab.owner, FILTER, (), ())
    assert lab.owner == (await policy_of(enclave, "lab")).owner


async def _is_away(enclave: Enclave, host: PlayHost) -> bool:
    return not enclave.is_up(host.address.host_id)


async def _lets_through(host: PlayHost, allowed: tuple[Allowed, ...]) -> bool:
    return FILTER in host.filters and on(host) == allowed


async def _has_done(enclave: Enclave, why: str) -> bool:
    return (why, "done") in await own_doings(enclave)


async def test_leaving_waits_for_no_host_that_does_not_let_go(
    open_enclave: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = await open_enclave()
    never = asyncio.get_running_loop().create_future()

    async def stubborn(*_: Any) -> None:
        while not never.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({never})

    await looking.run("host.create", {"realm": "lab", "name": "node01", "uri": "play://node01"})
    await looking.settled()
    for module in (host_readings, policy_keeping):
        monkeypatch.setattr(module, "LEFT_WITHIN", 0.1)
    monkeypatch.setattr(host_readings, "FIRST_WITHIN", 0.1)
    monkeypatch.setattr(policy_hosts, "read", stubborn)
    await looking.policies.look()
    await looking.policies.close()
    never.set_result(None)
