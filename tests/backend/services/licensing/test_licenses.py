"""Licensing servers: made, changed and deleted; what is refused, and what the hosts did."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest

from tests.backend.conftest import Opener, add_user
from tests.backend.services.license_play import (
    NAMED,
    SERVER,
    PlayPolicies,
    Resolver,
    only,
    rows_of,
)
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Changed, NotFound, Refused, WrongUse
from ticrypt_tui.backend.policy.policy import HostPolicyState, PolicyState
from ticrypt_tui.backend.services.licensing import resolving
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import LicensingServer

UNREACHABLE = HostPolicyState(PolicyState.ERROR, "It does not answer.")


@pytest.fixture
def hosts(enclave: Enclave) -> PlayPolicies:
    """Three hosts that follow the list."""
    played: Any = PlayPolicies("node01", "node02", "node03")
    enclave.policies = played
    return played  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """Knows flex.example.org."""
    played = Resolver()
    monkeypatch.setattr("socket.getaddrinfo", played)
    return played


async def last_record(enclave: Enclave, operation: str) -> Any:
    return [each for each in await enclave.records() if each.operation == operation][-1]


async def test_an_entry_has_what_it_was_made_with_in_one_spelling(
    enclave: Enclave, hosts: PlayPolicies
) -> None:
    await enclave.run(
        "license.create",
        {**SERVER, "address": "::ffff:192.0.2.10", "ports": "27009, 27000-27008,1717"},
    )
    row = await only(enclave)
    assert (row.address, row.ports, row.protocol) == ("192.0.2.10", "1717, 27000-27009", "tcp")
    assert (row.name, row.active, row.state) == ("MATLAB", "active", "in sync")
    assert (row.created_by, row.until, row.through) == ("mara", "", "")


async def test_several_servers_are_an_entry_each(enclave: Enclave, hosts: PlayPolicies) -> None:
    given = {**SERVER, "address": "192.0.2.10, 2001:DB8::1", "protocol": "both"}
    made = await enclave.run("license.create", given)
    assert [row.name for row in await rows_of(enclave)] == [
        "MATLAB 192.0.2.10",
        "MATLAB 2001:db8::1",
    ]
    assert len(made.ids) == 2
    assert hosts.applied == 1


async def test_of_several_servers_all_are_made_or_none(
    enclave: Enclave, hosts: PlayPolicies
) -> None:
    await enclave.run("license.create", SERVER)
    with pytest.raises(Refused, match="MATLAB"):
        await enclave.run("license.create", {**SERVER, "address": "192.0.2.9,192.0.2.10"})
    assert [row.address for row in await rows_of(enclave)] == ["192.0.2.10"]


async def test_an_entry_without_a_name_is_called_by_its_server(
    enclave: Enclave, hosts: PlayPolicies
) -> None:
    await enclave.run("license.create", {**SERVER, "name": ""})
    assert (await only(enclave)).name == "192.0.2.10"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"address": "0.0.0.0/0"}, "every address there is"),
        ({"address": "127.0.0.1"}, "loopback"),
        ({"address": "*.example.org"}, "wildcard"),
        ({"address": "192.0.2.1,192.0.2.1/32"}, "given twice"),
        ({"ports": "0"}, "1 to 65535"),
        ({"ports": "70000"}, "1 to 65535"),
        ({"ports": "27009-27000"}, "the lower first"),
        ({"ports": "http"}, "Expected ports"),
        ({"ports": ",".join(str(2 * each) for each in range(1, 99))}, "too many"),
        ({"name": "a\x1b[31m"}, "printable"),
        ({"group": " a"}, "A group has"),
        ({"deactivate_at": "2001-01-01"}, "is past"),
        ({"deactivate_at": "tomorrow"}, "Expected a day"),
        ({"deactivate_at": "9999-12-31"}, "too far off"),
        ({"address": "lost.example.org"}, "does not resolve: Name or service not known"),
    ],
)
async def test_what_cannot_be_is_refused_with_the_reason(
    enclave: Enclave, hosts: PlayPolicies, given: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await enclave.run("license.create", {**SERVER, **given})
    assert await rows_of(enclave) == []
    assert hosts.applied == 0


async def test_a_protocol_is_one_of_those_there_are(enclave: Enclave) -> None:
    with pytest.raises(WrongUse, match="tcp, udp, both"):
        await enclave.run("license.create", {**SERVER, "protocol": "icmp"})


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"address": "::ffff:192.0.2.10", "ports": "1,27005"},
        {"address": "192.0.2.10/32", "protocol": "both"},
    ],
)
async def test_a_second_entry_for_a_port_of_a_server_is_refused_however_it_is_spelt(
    enclave: Enclave, hosts: PlayPolicies, same: dict[str, Any]
) -> None:
    await enclave.run("license.create", SERVER)
    with pytest.raises(Refused, match=r"has an entry for .* already: MATLAB"):
        await enclave.run("license.create", {**SERVER, **same})


async def test_another_port_or_protocol_of_the_same_server_is_another_entry(
    enclave: Enclave, hosts: PlayPolicies
) -> None:
    await enclave.run("license.create", SERVER)
    await enclave.run("license.create", {**SERVER, "protocol": "udp"})
    await enclave.run("license.create", {**SERVER, "ports": "1717"})
    assert len(await rows_of(enclave)) == 3


async def test_what_another_entry_lets_through_too_is_told(
    enclave: Enclave, hosts: PlayPolicies
) -> None:
    await enclave.run("license.create", {**SERVER, "name": "campus", "address": "192.0.2.0/24"})
    made = await enclave.run("license.create", SERVER)
    assert "192.0.2.10 is let through by campus, too" in made.sentence


async def test_a_wide_network_takes_a_second_yes(enclave: Enclave, hosts: PlayPolicies) -> None:
    wide = {**SERVER, "address": "10.0.0.0/16"}
    asked = await enclave.run("license.test", {"address": "10.0.0.0/16"})
    assert "65,536 addresses" in asked.doubt
    with pytest.raises(Refused, match="wider than /24"):
        await enclave.run("license.create", wide)
    await enclave.run("license.create", {**wide, "wide": True})
    assert (await only(enclave)).address == "10.0.0.0/16"
    await enclave.run("license.edit", {"license": "MATLAB", "group": "campus"})
    with pytest.raises(Refused, match="wider than /24"):
        await enclave.run("license.edit", {"license": "MATLAB", "address": "10.0.0.0/15"})


async def test_a_name_is_resolved_as_it_is_saved(enclave: Enclave, hosts: PlayPolicies) -> None:
    await enclave.run("license.create", {**NAMED, "address": "Flex.Example.ORG."})
    row = await only(enclave)
    assert (row.address, row.resolved) == ("flex.example.org", ("192.0.2.20",))


async def test_a_name_that_means_what_is_never_let_through_is_refused(
    enclave: Enclave, hosts: PlayPolicies, resolver: Resolver
) -> None:
    resolver.names["flex.example.org"] = ("192.0.2.20", "127.0.0.1")
    with pytest.raises(Refused, match=r"which is refused: 127\.0\.0\.1 is loopback"):
        await enclave.run("license.create", NAMED)


async def test_a_resolver_that_hangs_is_given_up(
    enclave: Enclave, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = threading.Event()
    monkeypatch.setattr(resolving, "RESOLVED_WITHIN", 0.05)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: ends.wait(30))
    with pytest.raises(Refused, match=r"flex.example.org was not resolved: .* within 0.05 s"):
        await enclave.run("license.create", NAMED)
    ends.set()


async def test_a_re_sync_resolves_again_and_shows_the_drift(
    enclave: Enclave, hosts: PlayPolicies, resolver: Resolver
) -> None:
    await enclave.run("license.create", NAMED)
    resolver.names["flex.example.org"] = ("192.0.2.21",)
    result = await enclave.run("license.resync", {})
    assert [(each.state, each.detail) for each in result.names] == [
        ("drifted", "192.0.2.21 came, 192.0.2.20 went")
    ]
    row = await only(enclave)
    assert (row.resolved, row.resolution.saved) == (("192.0.2.21",), ("192.0.2.20",))
    assert "It drifted since it was saved" in str(await enclave.detail("licensing", row.id))
    record = await last_record(enclave, "license.resync")
    assert "192.0.2.21 came" in record.detail["names"]


async def test_a_name_that_resolves_no_more_keeps_what_it_stood_for(
    enclave: Enclave, hosts: PlayPolicies, resolver: Resolver
) -> None:
    await enclave.run("license.create", NAMED)
    resolver.names.clear()
    result = await enclave.run("license.resync", {})
    assert result.names[0].state == "not resolved"
    assert (await only(enclave)).resolved == ("192.0.2.20",)


async def test_a_re_sync_has_a_result_for_each_host(enclave: Enclave, hosts: PlayPolicies) -> None:
    hosts.behind["node02"] = UNREACHABLE
    result = await enclave.run("license.resync", {})
    assert [(each.name, each.state) for each in result.hosts] == [
        ("node01", "in sync"), ("node02", "error"), ("node03", "in sync")
    ]  # fmt: skip
    assert "In force on 2 of 3 hosts. node02: error, It does not answer" in result.sentence


async def test_a_host_that_lags_behind_fails_no_save_and_is_told_shown_and_on_record(
    enclave: Enclave, hosts: PlayPolicies
) -> None:
    hosts.behind["node02"] = UNREACHABLE
    made = await enclave.run("license.create", SERVER)
    assert made.sentence == "In force on 2 of 3 hosts. node02: error, It does not answer"
    row = await only(enclave)
    assert row.state == "error 1/3"
    assert "node02" in str(await enclave.detail("licensing", row.id))
    record = await last_record(enclave, "license.create")
    assert record.outcome == "done"
    assert record.detail["hosts"] == (
        "node01: in sync; node02: error, It does not answer; node03: in sync"
    )


async def test_an_edit_changes_what_is_given_and_reaches_the_hosts(
    enclave: Enclave, hosts: PlayPolicies
) -> None:
    await enclave.run("license.create", {**SERVER, "group": "maths"})
    given = {"license": "MATLAB", "ports": "1717", "protocol": "udp", "group": ""}
    assert await enclave.run("license.edit", given) == "In force on 3 of 3 hosts"
    row = await only(enclave)
    assert (row.ports, row.protocol, row.group, row.name) == ("1717", "udp", "", "MATLAB")
    assert hosts.applied == 2


async def test_an_edit_onto_another_entry_is_refused(enclave: Enclave, hosts: PlayPolicies) -> None:
    await enclave.run("license.create", SERVER)
    await enclave.run("license.create", {**SERVER, "name": "other", "address": "192.0.2.11"})
    with pytest.raises(Refused, match="already: MATLAB"):
        await enclave.run("license.edit", {"license": "other", "address": "192.0.2.10"})


async def test_a_name_in_place_of_an_address_is_resolved_and_the_other_way_round_forgotten(
    enclave: Enclave, hosts: PlayPolicies
) -> None:
    await enclave.run("license.create", SERVER)
    await enclave.run("license.edit", {"license": "MATLAB", "address": "flex.example.org"})
    assert (await only(enclave)).resolved == ("192.0.2.20",)
    await enclave.run("license.edit", {"license": "MATLAB", "address": "192.0.2.11"})
    assert (await only(enclave)).resolved == ("192.0.2.11",)


async def test_who_saves_second_is_told_of_the_change(
    enclave: Enclave, hosts: PlayPolicies
) -> None:
    await enclave.run("license.create", SERVER)
    read = (await only(enclave)).version
    await enclave.run("license.edit", {"license": "MATLAB", "group": "one", "version": read})
    with pytest.raises(Changed):
        await enclave.run("license.edit", {"license": "MATLAB", "group": "two", "version": read})


async def test_two_consoles_at_the_same_moment_make_one_entry(
    enclave: Enclave, hosts: PlayPolicies, open_enclave: Opener
) -> None:
    other = await open_enclave()
    other.policies = enclave.policies
    made = await asyncio.gather(
        enclave.run("license.create", SERVER), other.run("license.create", SERVER),
        return_exceptions=True,
    )  # fmt: skip
    assert sorted(type(each).__name__ for each in made) == ["Made", "Refused"]
    assert len(await rows_of(enclave)) == 1


async def test_what_is_deleted_is_gone_from_the_list_and_the_hosts(
    enclave: Enclave, hosts: PlayPolicies
) -> None:
    await enclave.run("license.create", SERVER)
    said = await enclave.run("license.delete", {"license": "MATLAB"})
    assert said == "MATLAB is deleted. In force on 3 of 3 hosts"
    assert await rows_of(enclave) == []
    with pytest.raises(NotFound):
        await enclave.run("license.delete", {"license": "MATLAB"})


async def test_an_entry_expires_and_its_date_can_be_put_off(
    enclave: Enclave, hosts: PlayPolicies
) -> None:
    until = f"{now() + timedelta(days=3):%Y-%m-%d %H:%M+00:00}"
    await enclave.run("license.create", {**SERVER, "deactivate_at": until})
    assert (await only(enclave)).active == "ends soon"
    await give_past(enclave)
    assert (await only(enclave)).active == "expired"
    with pytest.raises(Refused, match="which expired on"):
        await enclave.run("license.create", SERVER)
    await enclave.run("license.edit", {"license": "MATLAB", "deactivate_at": ""})
    assert (await only(enclave)).active == "active"


async def give_past(enclave: Enclave) -> None:
    """Let the one entry have expired."""
    async with enclave.database.write() as session:
        found = await session.get(LicensingServer, (await only(enclave)).id)
        assert found is not None
        found.deactivate_at = now() - timedelta(days=1)
        session.add(found)


async def test_what_somebody_else_wrote_into_the_store_is_not_believed(enclave: Enclave) -> None:
    async with enclave.database.write() as session:
        who = enclave.caller.user_id
        same: dict[str, Any] = {"ports": "1", "protocol": "tcp", "created_by": who}
        session.add(LicensingServer(name="a\x1b[2J", address="b.c", resolved="{]", **same))
        session.add(LicensingServer(name="b", address="d.e", resolved="[1]", **same))
    assert [row.resolved for row in await rows_of(enclave)] == [(), ()]


async def test_only_admins_and_above_may(enclave: Enclave, open_enclave: Opener) -> None:
    await add_user(enclave.database, "sub", Role.SUB_ADMIN)
    sub = await open_enclave("sub")
    for operation, given in (("license.create", SERVER), ("license.resync", {})):
        with pytest.raises(Refused, match="needs the role admin"):
            await sub.run(operation, given)
