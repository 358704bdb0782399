"""Configurations: whose they may be, what a change of them means, and when they may go."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlmodel import select

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost
from tests.backend.services.belonging import populate
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Changed, NotFound, Refused, TicryptError
from ticrypt_tui.backend.services.configs.configs import ConfigRow
from ticrypt_tui.backend.store.tables.machines import HardwareSetup, Vm, VmImage

ALICES = {"name": "g7", "setup": "tiny", "owner": "alice", "team": "genomics", "project": "trial-7"}


@pytest.fixture
async def people(enclave: Enclave, config: str) -> None:
    await populate(enclave)


async def row_of(enclave: Enclave, reference: str) -> ConfigRow:
    found = await enclave.find("config", reference)
    assert isinstance(found, ConfigRow)
    return found


async def names(enclave: Enclave) -> list[str]:
    return [row.name for row in (await enclave.listing("configs")).rows]


async def console_of(open_enclave: Opener, login: str = "mara") -> Enclave:
    """Another console, whose host has the volume, too."""
    other = await open_enclave(login)
    await other.settled()
    host_of(other).give_pool()
    host_of(other).give_volume("tiny.qcow2")
    return other


async def elsewhere(enclave: Enclave) -> str:
    """A setup of another realm."""
    async with enclave.change() as session:
        image = VmImage(realm_id="attic", name="old", volume="old.qcow2", os="linux")
        session.add(image)
        await session.flush()
        setup = HardwareSetup(
            realm_id="attic", name="old-setup", image_id=image.id, cores=1, memory_mib=64
        )
        session.add(setup)
        return setup.id


# What a row says


async def test_a_row_tells_what_its_setup_gives_and_whose_it_is(
    enclave: Enclave, people: None
) -> None:
    await enclave.run("config.create", {**ALICES, "co_owners": ["bob"]})
    row = await row_of(enclave, "g7")
    assert (row.owner, row.co_owners, row.team) == ("alice", ("bob",), "genomics")
    assert (row.project, row.realm, row.setup) == ("genomics/trial-7", "Lab", "tiny")
    assert (row.cores, row.memory_mib, row.image) == (1, 192, "tiny")
    assert (row.state, row.vm_id, row.drives) == ("stopped", None, ())


async def test_the_state_is_its_vms(enclave: Enclave, config: str) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    row = await row_of(enclave, config)
    assert (row.state, row.vm_id) == ("running", vm_id)


async def test_debug_of_the_setup_shows(enclave: Enclave, config: str) -> None:
    wanted = {"realm": "lab", "name": "loud", "image": "tiny", "cores": 1, "memory": 192}
    await enclave.run("setup.create", {**wanted, "debug_pty": "yes"})
    await enclave.run("config.create", {"name": "loud", "setup": "loud"})
    assert (await row_of(enclave, "loud")).debug
    detail = await enclave.detail("configs", (await row_of(enclave, "loud")).id)
    assert ("debug", "ON: not for production") in detail.sections[1].fields


async def test_the_detail_tells_of_the_last_start(enclave: Enclave, config: str) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    last = (await enclave.detail("configs", config)).sections[-1]
    assert last.fields == (("VM", vm_id),)
    assert any("placed" in line for line in last.lines)


# Whose it may be


@pytest.mark.parametrize(
    ("changes", "sentence", "about"),
    [
        ({"owner": "gone"}, "gone is not active", "owner"),
        ({"owner": "bob"}, "bob is not in team genomics", "team"),
        ({"team": "imaging"}, "alice is not in team imaging", "team"),
        ({"project": "imaging"}, "alice is not in project imaging", "project"),
        ({"project": "arm-b"}, "alice is not in project genomics/trial-7/arm-b", "project"),
        ({"co_owners": ["sue"]}, "sue is not in project genomics/trial-7", "co_owners"),
        ({"co_owners": ["gone"]}, "gone is not active", "co_owners"),
        ({"co_owners": ["alice"]}, "alice is its owner already", "co_owners"),
    ],
)
async def test_the_owner_is_active_and_in_its_team_and_project_whoever_makes_it(
    enclave: Enclave, people: None, changes: dict[str, Any], sentence: str, about: str
) -> None:
    with pytest.raises(Refused, match=sentence) as refusal:
        await enclave.run("config.create", {**ALICES, **changes})
    assert refusal.value.about == about
    assert await names(enclave) == ["tiny"]
    await enclave.run("config.create", {"name": "g7", "setup": "tiny", "owner": "alice"})
    full = {key: value for key, value in ALICES.items() if key not in ("name", "setup")}
    with pytest.raises(Refused, match=sentence):
        await enclave.run("config.edit", {"config": "g7", **full, **changes})


async def test_below_an_admin_nobody_gives_his_away(
    enclave: Enclave, open_enclave: Opener, people: None
) -> None:
    alice = await open_enclave("alice")
    mine = {key: value for key, value in ALICES.items() if key != "owner"}
    await alice.run("config.create", mine)
    with pytest.raises(Refused, match="you have configurations of your own only"):
        await alice.run("config.edit", {"config": "g7", "owner": "bob", "team": "", "project": ""})


async def test_a_sub_admin_sees_and_starts_his_teams_but_changes_only_his_own(
    enclave: Enclave, open_enclave: Opener, people: None
) -> None:
    await enclave.run("config.create", ALICES)
    await enclave.run("config.create", {"name": "hidden", "setup": "tiny", "owner": "bob"})
    sue = await console_of(open_enclave, "sue")
    assert await names(sue) == ["g7"]
    for operation in ("config.edit", "config.delete"):
        with pytest.raises(Refused, match="It is not yours; you are sub-admin"):
            await sue.run(
                operation, {"config": "g7", **({"name": "x"} if "edit" in operation else {})}
            )
    assert await sue.run("config.start", {"config": "g7"})


async def test_a_co_owner_sees_and_starts_it_but_does_not_change_it(
    enclave: Enclave, open_enclave: Opener, people: None
) -> None:
    await enclave.run("config.create", {**ALICES, "co_owners": ["bob"]})
    bob = await console_of(open_enclave, "bob")
    assert await names(bob) == ["g7"]
    with pytest.raises(Refused, match="It is not yours; you are user"):
        await bob.run("config.delete", {"config": "g7"})
    vm_id = await bob.run("config.start", {"config": "g7"})
    assert [row.id for row in (await bob.listing("running")).rows] == [vm_id]


async def test_who_makes_one_chooses_among_what_is_his(
    enclave: Enclave, open_enclave: Opener, people: None
) -> None:
    alice = await open_enclave("alice")

    async def offered(console: Enclave, what: str) -> list[str]:
        return [row.name for row in (await console.listing(what)).rows]

    assert await offered(alice, "setupchoices") == ["tiny"]
    assert await offered(alice, "ownerchoices") == ["alice"]
    assert await offered(alice, "teamchoices") == ["genomics"]
    assert await offered(alice, "projectchoices") == ["genomics", "genomics/trial-7"]
    assert await offered(enclave, "ownerchoices") == ["alice", "bob", "gone", "mara", "sue"]
    assert await offered(enclave, "teamchoices") == ["genomics", "imaging"]
    assert len(await offered(enclave, "projectchoices")) == 4


# Changing


async def test_an_edit_changes_what_is_given_and_empties_what_is_emptied(
    enclave: Enclave, people: None
) -> None:
    await enclave.run("config.create", {**ALICES, "co_owners": ["bob"]})
    await enclave.run("config.edit", {"config": "g7", "name": "g8", "team": "", "co_owners": ""})
    row = await row_of(enclave, "g8")
    assert (row.team, row.project, row.co_owners) == ("", "genomics/trial-7", ())


async def test_an_edit_while_it_runs_says_that_it_holds_from_the_next_start(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    said = await enclave.run("config.edit", {"config": config, "name": "later"})
    assert said == f"{vm_id} runs on as it is: this holds from the next start"
    (running,) = (await enclave.listing("running")).rows
    assert running.name == "tiny"


async def test_a_setup_of_another_realm_is_refused(enclave: Enclave, config: str) -> None:
    other = await elsewhere(enclave)
    with pytest.raises(Refused, match="old-setup is of realm Attic; tiny is, and stays, in realm"):
        await enclave.run("config.edit", {"config": config, "setup": other})


async def test_the_realm_is_the_setups(enclave: Enclave, config: str) -> None:
    other = await elsewhere(enclave)
    made = await enclave.run("config.create", {"name": "old", "setup": other})
    assert (await row_of(enclave, made)).realm == "Attic"
    with pytest.raises(Refused, match="Realm Attic is disabled"):
        await enclave.run("config.start", {"config": made})


async def test_the_second_of_two_who_edit_learns_of_the_first(
    enclave: Enclave, people: None
) -> None:
    await enclave.run("config.create", ALICES)
    row = await row_of(enclave, "g7")
    await enclave.run("config.edit", {"config": row.id, "co_owners": "bob"})
    with pytest.raises(Changed, match="Somebody else changed g7 meanwhile"):
        await enclave.run("config.edit", {"config": row.id, "name": "x", "version": row.version})


@pytest.mark.parametrize(
    ("operation", "arguments", "sentence"),
    [
        ("config.create", {"name": "a\nb", "setup": "tiny"}, "printable characters"),
        ("config.create", {"name": "x" * 300, "setup": "tiny"}, "1 to 200"),
        ("config.create", {"name": "it", "setup": "ghost"}, "There is no hardware setup ghost"),
        ("config.create", {"name": "it", "setup": "tiny", "team": "ghost"}, "There is no team"),
        ("config.create", {"name": "it", "setup": "tiny", "owner": "ghost"}, "There is no user"),
        ("config.edit", {"config": "tiny", "name": "\x1b[2J"}, "printable characters"),
        ("config.edit", {"config": "ghost", "name": "x"}, "There is no VM configuration ghost"),
    ],
)
async def test_nonsense_is_refused_in_words(
    enclave: Enclave, people: None, operation: str, arguments: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(TicryptError, match=sentence):
        await enclave.run(operation, arguments)


# Deleting, and several consoles at once


async def test_one_whose_vm_runs_is_not_deleted(enclave: Enclave, config: str) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    with pytest.raises(Refused, match=f"Its VM {vm_id} is running: shut that down first"):
        await enclave.run("config.delete", {"config": config})


async def test_its_past_vms_outlive_it(enclave: Enclave, host: PlayHost, config: str) -> None:
    await enclave.run("config.start", {"config": config})
    await enclave.run("vm.shutdown", {"vm": "tiny"})
    assert await enclave.run("config.delete", {"config": config}) == "tiny is deleted"
    assert await names(enclave) == []
    assert [row.name for row in (await enclave.listing("past")).rows] == ["tiny"]


async def vms(enclave: Enclave) -> list[Vm]:
    async with enclave.database.read() as session:
        return list(await session.exec(select(Vm)))


async def test_started_by_two_at_once_it_runs_once(
    enclave: Enclave, open_enclave: Opener, host: PlayHost, config: str
) -> None:
    other = await console_of(open_enclave)
    results = await asyncio.gather(
        *(each.run("config.start", {"config": config}) for each in (enclave, other) * 3),
        return_exceptions=True,
    )
    assert len([each for each in results if isinstance(each, str)]) == 1
    assert all(isinstance(each, str | Refused) for each in results)
    assert len(await vms(enclave)) == 1


async def test_deleted_while_it_is_started_it_is_one_or_the_other(
    enclave: Enclave, open_enclave: Opener, host: PlayHost, config: str
) -> None:
    other = await console_of(open_enclave)
    both: Any = await asyncio.gather(
        enclave.run("config.start", {"config": config}),
        other.run("config.delete", {"config": config}),
        return_exceptions=True,
    )
    started, deleted = (not isinstance(each, Refused) for each in both)
    assert started != deleted
    assert len(await vms(enclave)) == started
    assert len(await names(enclave)) == started


async def test_edited_while_it_is_started_both_happen(
    enclave: Enclave, open_enclave: Opener, host: PlayHost, config: str
) -> None:
    other = await console_of(open_enclave)
    vm_id, _ = await asyncio.gather(
        enclave.run("config.start", {"config": config}),
        other.run("config.edit", {"config": config, "name": "renamed"}),
    )
    assert (await row_of(enclave, "renamed")).vm_id == vm_id
    (vm,) = await vms(enclave)
    assert vm.name in ("tiny", "renamed")


async def test_deleted_twice_at_once_it_is_deleted_once(
    enclave: Enclave, open_enclave: Opener, host: PlayHost, config: str
) -> None:
    other = await console_of(open_enclave)
    results = await asyncio.gather(
        *(each.run("config.delete", {"config": config}) for each in (enclave, other)),
        return_exceptions=True,
    )
    assert len([each for each in results if isinstance(each, str)]) == 1
    assert len([each for each in results if isinstance(each, NotFound | Refused)]) == 1
