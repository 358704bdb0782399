"""Rows of running VMs: what the store says should be, joined with what the hosts say is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.backend.conftest import Opener, add_user, host_of
from tests.backend.play import PlayHost, domain
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drivers.base import DomainSeen, Ending, HostAddress, HostSeen, Power, Reach
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.vms.joining import joined
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.store.tables.infrastructure import Host, HostState
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.screens.running import TAB
from ticrypt_tui.screens.showing import NONE, TO_COME

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STORED = RunningVm(
    id="vm-1", name="genome-7", state="running", host="node01", host_id="host-1", realm_id="lab",
    started=NOON - timedelta(hours=1),
)  # fmt: skip


def seen(
    *domains: DomainSeen, host: str = "host-1", reach: Reach = Reach.UP, read_at: datetime = NOON
) -> dict[str, HostSeen]:
    name = host.replace("host-", "node0")
    return {
        host: HostSeen(HostAddress(host, "lab", name, "uri"), reach, NOON, read_at, "", domains)
    }


def join(
    *stored: RunningVm, hosts: dict[str, HostSeen], ended: dict[str, datetime] | None = None
) -> list[RunningVm]:
    return list(joined(stored, hosts, {"lab": "Lab"}, ended or {}))


def test_a_vm_that_its_host_runs_has_what_the_host_says_of_it() -> None:
    (row,) = join(STORED, hosts=seen(domain("vm-1")))
    assert (row.state, row.address, row.mac) == ("running", "192.0.2.17", "52:54:00:00:00:01")
    assert row.stale_since is None


@pytest.mark.parametrize(
    ("stored", "power", "shown"),
    [
        ("running", Power.PAUSED, "paused"),
        ("running", Power.SHUTTING_DOWN, "shutting down"),
        ("shutting down", Power.RUNNING, "shutting down"),
        ("booting", Power.RUNNING, "booting"),
        ("starting", Power.RUNNING, "starting"),
    ],
)
def test_the_state_is_the_stores_unless_the_host_knows_better(
    stored: str, power: Power, shown: str
) -> None:
    (row,) = join(STORED._replace(state=stored), hosts=seen(domain("vm-1", power=power)))
    assert row.state == shown


def test_a_paused_vm_says_why() -> None:
    paused = replace(domain("vm-1", power=Power.PAUSED), reason="I/O error")
    (row,) = join(STORED, hosts=seen(paused))
    assert row.reason == "I/O error"


def test_a_vm_that_a_host_read_in_full_does_not_have_is_doubtful_and_never_gone() -> None:
    (row,) = join(STORED, hosts=seen())
    assert (row.state, row.known) == ("running ?", True)


@pytest.mark.parametrize("state", ["scheduling", "starting"])
def test_a_vm_that_is_only_being_started_is_not_doubtful(state: str) -> None:
    (row,) = join(STORED._replace(state=state, started=None), hosts=seen())
    assert row.state == state


def test_a_vm_that_started_after_the_reading_is_not_doubtful() -> None:
    (row,) = join(STORED._replace(started=NOON + timedelta(seconds=1)), hosts=seen())
    assert row.state == "running"


@pytest.mark.parametrize("reach", [Reach.UNREACHABLE, Reach.NOT_CONTACTED, Reach.CONNECTING])
def test_a_vm_stays_when_its_host_is_silent_with_the_time_it_was_last_seen(reach: Reach) -> None:
    (row,) = join(STORED, hosts=seen(domain("vm-1"), reach=reach))
    assert (row.state, row.stale_since, row.address) == ("running", NOON, "192.0.2.17")


def test_a_vm_of_a_host_that_was_never_read_is_as_old_as_its_start() -> None:
    never = {"host-1": replace(seen()["host-1"], reach=Reach.NOT_CONTACTED, read_at=None)}
    (row,) = join(STORED, hosts=never)
    assert row.stale_since == NOON


def test_a_vm_of_a_host_that_nobody_declares_is_as_old_as_its_start() -> None:
    (row,) = join(STORED, hosts={})
    assert row.stale_since == STORED.started


def test_a_vm_that_was_moved_is_shown_where_it_runs() -> None:
    hosts = seen() | seen(domain("vm-1"), host="host-2")
    (row,) = join(STORED, hosts=hosts)
    assert (row.state, row.host) == ("running", "node02")


def test_its_own_host_goes_before_another_that_shows_the_same_vm() -> None:
    hosts = seen(domain("vm-1"), host="host-2") | seen(domain("vm-1"))
    rows = join(STORED, hosts=hosts)
    assert [row.host for row in rows] == ["node01"]


def test_a_domain_of_nobody_is_shown_and_never_adopted() -> None:
    (row,) = join(hosts=seen(domain("stranger", "not ours")))
    assert (row.name, row.state, row.known) == ("not ours", "running ?", False)
    assert (row.realm, row.host, row.owner) == ("Lab", "node01", "")


def test_a_vm_whose_host_has_more_to_tell_is_pending_until_it_has() -> None:
    bare = replace(domain("vm-1"), pending=True, mac=None, address=None)
    (before,) = join(STORED, hosts=seen(bare))
    (after,) = join(STORED, hosts=seen(domain("vm-1")))
    assert (before.pending, before.state, before.mac) == (True, "running", None)
    assert (after.pending, after.mac) == (False, "52:54:00:00:00:01")


def test_what_is_to_come_of_a_pending_vm_is_not_shown_as_absent() -> None:
    columns = {column.key: column for column in TAB.columns}
    said = [
        [columns[key].value(STORED._replace(pending=pending)) for key in ("ip", "mac")]
        for pending in (True, False)
    ]
    assert said == [[TO_COME, TO_COME], [NONE, NONE]]


def test_a_domain_that_claims_to_be_a_vm_which_the_store_has_not_is_unknown() -> None:
    (row,) = join(hosts=seen(domain("vm-77")))
    assert row.known is False


def test_a_reading_from_before_a_vms_end_does_not_bring_it_back() -> None:
    assert join(hosts=seen(domain("vm-1")), ended={"vm-1": NOON + timedelta(seconds=1)}) == []


def test_a_vm_that_runs_on_after_its_end_was_recorded_is_shown() -> None:
    (row,) = join(hosts=seen(domain("vm-1")), ended={"vm-1": NOON - timedelta(seconds=1)})
    assert row.known is False


def test_unknown_domains_of_a_silent_host_stay_with_the_time_they_were_last_seen() -> None:
    (row,) = join(hosts=seen(domain("stranger"), reach=Reach.UNREACHABLE))
    assert row.stale_since == NOON


def test_a_domain_that_two_hosts_show_is_two_rows() -> None:
    twice = seen(domain("stranger")) | seen(domain("stranger"), host="host-2")
    rows = join(hosts=twice)
    assert len({row.id for row in rows}) == 2


async def test_the_list_names_people_and_places(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    (row,) = (await enclave.listing("running")).rows
    assert isinstance(row, RunningVm)
    assert (row.id, row.name, row.state, row.owner) == (vm_id, "tiny", "running", "mara")
    assert (row.realm, row.host, row.project, row.setup) == ("Lab", "node01", "Unlocked", "tiny")


async def test_below_an_admin_only_what_is_within_reach_is_listed(
    enclave: Enclave, open_enclave: Opener, host: PlayHost, config: str
) -> None:
    await enclave.run("config.start", {"config": config})
    host.show(domain("stranger"))
    own = await add_user(enclave.database, "ulla", Role.USER)
    async with enclave.change() as session:
        session.add(
            Vm(id="vm-u", realm_id="lab", name="ulla's", owner_id=own, cores=1, memory_mib=64)
        )
    ulla = await open_enclave("ulla")
    assert [row.name for row in (await ulla.listing("running")).rows] == ["ulla's"]


async def test_who_reaches_nothing_of_a_tab_is_told_so(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await add_user(enclave.database, "ulla", Role.USER)
    ulla = await open_enclave("ulla")
    with pytest.raises(Refused, match="list realms needs the role admin; you are user"):
        await ulla.listing("realms")


async def test_vms_of_a_host_that_is_disabled_stay_with_the_time_they_were_last_seen(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await enclave.run("config.start", {"config": config})
    host.show(domain("stranger"))
    assert await enclave.until(lambda: _lists(enclave, 2), 60)
    async with enclave.change() as session:
        row = await session.get_one(Host, host.address.host_id)
        row.state = HostState.DISABLED
        session.add(row)
    await enclave.settled()
    rows = (await enclave.listing("running")).rows
    assert [row.stale_since is not None for row in rows] == [True, True]  # type: ignore[attr-defined]


async def test_a_host_that_falls_silent_is_told_above_the_rows(
    enclave: Enclave, host: PlayHost
) -> None:
    host.fall()
    assert await enclave.until(lambda: _notes(enclave), 60)
    (notice,) = (await enclave.listing("running")).notices
    assert notice.startswith("node01 does not answer since ")
    assert notice.endswith("The cable is out.")


async def test_the_detail_has_the_facts_and_the_events(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    detail = await enclave.detail("running", vm_id)
    assert ("ID", vm_id) in detail.sections[0].fields
    events = [line.partition("Z  ")[2] for line in detail.sections[-1].lines]
    assert [event.partition(":")[0] for event in events] == [
        "scheduling", "placed", "disk made", "started", "registering", "registered",
    ]  # fmt: skip


async def test_a_domain_that_ends_outside_leaves_the_list(enclave: Enclave, host: PlayHost) -> None:
    host.show(domain("stranger"))
    assert await enclave.until(lambda: _lists(enclave, 1), 60)
    host_of(enclave).end("stranger", Ending.DESTROYED)
    assert await enclave.until(lambda: _lists(enclave, 0), 60)


async def _lists(enclave: Enclave, count: int) -> bool:
    return len((await enclave.listing("running")).rows) == count


async def _notes(enclave: Enclave) -> bool:
    return bool((await enclave.listing("running")).notices)
