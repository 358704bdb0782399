"""Service VMs as they are made, changed and deleted, and what a row says of one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlmodel import select

from tests.backend.conftest import Opener, add_user
from tests.backend.play import PlayHost
from tests.backend.services.conftest import WANTED, other_console
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Changed, NotFound, Refused, TicryptError, WrongUse
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import ServiceVm, VmImage
from ticrypt_tui.commands.printing import plain


async def only(enclave: Enclave) -> Any:
    (row,) = (await enclave.listing("service")).rows
    return row


async def test_a_service_vm_is_off_and_was_never_on(enclave: Enclave, config: str) -> None:
    await enclave.run("service_vm.create", {**WANTED, "devices": "A100:2,U250", "host": "node01"})
    row = await only(enclave)
    assert (row.name, row.realm, row.image, row.volume) == ("keeper", "Lab", "tiny", "tiny.qcow2")
    assert (row.state, row.host, row.run, row.last, row.runtime) == (
        "off", "node01", None, None, None
    )  # fmt: skip
    assert (row.cores, row.memory_mib, [*map(str, row.devices)]) == (1, 192, ["A100:2", "U250:1"])


async def test_printed_as_json_it_says_its_state_and_its_host(
    enclave: Enclave, keeper_on: str
) -> None:
    printed = plain(await only(enclave))
    assert (printed["state"], printed["host"], printed["run"]["id"]) == (
        "running", "node01", keeper_on
    )  # fmt: skip


@pytest.mark.parametrize("argument", ["team", "project", "drives", "drive", "owner"])
@pytest.mark.parametrize("operation", ["service_vm.create", "service_vm.edit"])
async def test_there_is_no_way_to_ask_for_a_team_a_project_or_a_drive(
    enclave: Enclave, keeper: str, operation: str, argument: str
) -> None:
    given = {**WANTED, "name": "other"} if operation.endswith("create") else {"service_vm": keeper}
    with pytest.raises(WrongUse, match=f"{operation} takes no argument {argument}"):
        await enclave.run(operation, {**given, argument: "ops"})


@pytest.mark.parametrize("role", [Role.USER, Role.SUB_ADMIN])
async def test_who_is_no_admin_sees_none_and_makes_none(
    enclave: Enclave, open_enclave: Opener, keeper: str, role: Role
) -> None:
    await add_user(enclave.database, "bob", role)
    other = await open_enclave("bob")
    with pytest.raises(Refused, match=f"list service needs the role admin; you are {role}"):
        await other.listing("service")
    with pytest.raises(Refused, match=f"needs the role admin; you are {role}"):
        await other.run("service_vm.create", {**WANTED, "name": "mine"})


async def test_an_admin_makes_and_powers_one_up(
    enclave: Enclave, open_enclave: Opener, config: str
) -> None:
    await add_user(enclave.database, "ada", Role.ADMIN)
    other = await other_console(open_enclave, "ada")
    await other.run("service_vm.create", WANTED)
    await other.run("service_vm.power_up", {"service_vm": "keeper"})
    assert (await only(other)).state == "running"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"cores": 0}, "cores must be at least 1, not 0."),
        ({"cores": 10**30}, "cores must be at most 2147483647."),
        ({"memory": 0}, "memory must be at least 1, not 0."),
        ({"memory": 10**10}, "memory must be at most 2147483647."),
        ({"devices": "A100:0"}, "Expected a kind and how many"),
        ({"devices": "A100,A100:2"}, "each kind once; A100 is there twice"),
        ({"name": "x" * 300}, "A name has 1 to 200 printable characters"),
        ({"name": "up\x1b[2Jset"}, "A name has 1 to 200 printable characters"),
        ({"name": " "}, "A name has 1 to 200 printable characters"),
        ({"name": "taken"}, "Realm Lab has a service VM with the name taken already."),
        ({"image": "nothing"}, "There is no VM image nothing."),
        ({"host": "nowhere"}, "There is no host nowhere."),
        ({"image": "attics"}, "Image attics is not of realm Lab. Realms never connect."),
        ({"host": "loft"}, "Host loft is not of realm Lab. Realms never connect."),
    ],
)
@pytest.mark.parametrize("operation", ["service_vm.create", "service_vm.edit"])
async def test_bad_input_is_refused_with_the_reason(
    enclave: Enclave, keeper: str, operation: str, changes: dict[str, Any], sentence: str
) -> None:
    await enclave.run("service_vm.create", {**WANTED, "name": "taken"})
    async with enclave.change() as session:
        session.add(VmImage(realm_id="attic", name="attics", volume="old.qcow2", os="linux"))
        session.add(Host(realm_id="attic", name="loft", uri="play://loft"))
    given = {**WANTED, "name": "new"} if operation.endswith("create") else {"service_vm": keeper}
    with pytest.raises(TicryptError) as refusal:
        await enclave.run(operation, {**given, **changes})
    assert sentence in str(refusal.value)
    assert len((await enclave.listing("service")).rows) == 2


async def test_ten_to_the_nine_mebibytes_can_be_asked_for_though_no_host_will_hold_them(
    enclave: Enclave, config: str
) -> None:
    await enclave.run("service_vm.create", {**WANTED, "memory": 10**9})
    assert (await only(enclave)).memory_mib == 10**9


async def test_an_edit_changes_what_it_is_given_and_nothing_else(
    enclave: Enclave, keeper: str
) -> None:
    wanted = {"service_vm": "keeper", "cores": 3, "devices": "A100:2", "host": "node01"}
    await enclave.run("service_vm.edit", wanted)
    row = await only(enclave)
    assert (row.name, row.cores, row.memory_mib, row.pinned) == ("keeper", 3, 192, "node01")
    assert [*map(str, row.devices)] == ["A100:2"]


async def test_devices_and_host_are_taken_away_by_empty_values(
    enclave: Enclave, config: str
) -> None:
    await enclave.run("service_vm.create", {**WANTED, "devices": "A100", "host": "node01"})
    await enclave.run("service_vm.edit", {"service_vm": "keeper", "devices": "", "host": ""})
    row = await only(enclave)
    assert (row.devices, row.host_id, row.host) == ((), None, "")


async def test_the_second_to_save_learns_of_the_first(
    enclave: Enclave, open_enclave: Opener, keeper: str
) -> None:
    read = await only(enclave)
    other = await open_enclave()
    await other.run("service_vm.edit", {"service_vm": keeper, "devices": "A100"})
    with pytest.raises(Changed):
        await enclave.run(
            "service_vm.edit", {"service_vm": keeper, "cores": 2, "version": read.version}
        )


async def test_two_that_are_made_at_once_with_one_name_are_one(
    enclave: Enclave, open_enclave: Opener, config: str
) -> None:
    other = await open_enclave()
    both = await asyncio.gather(
        enclave.run("service_vm.create", WANTED),
        other.run("service_vm.create", WANTED),
        return_exceptions=True,
    )
    assert [isinstance(each, Refused) for each in both].count(True) == 1
    async with enclave.database.read() as session:
        assert len((await session.exec(select(ServiceVm))).all()) == 1


@pytest.mark.parametrize("operation", ["service_vm.edit", "service_vm.delete"])
async def test_one_that_is_on_is_neither_changed_nor_deleted(
    enclave: Enclave, keeper: str, operation: str
) -> None:
    await enclave.run("service_vm.power_up", {"service_vm": keeper})
    row = await only(enclave)
    assert enclave.why_not(operation, row) == "It is running: shut it down first."
    changes = {"cores": 2} if operation.endswith("edit") else {}
    with pytest.raises(Refused, match="It is running: shut it down first"):
        await enclave.run(operation, {"service_vm": keeper, **changes})


@pytest.mark.parametrize("operation", ["service_vm.edit", "service_vm.delete"])
async def test_one_that_was_powered_up_since_it_was_read_is_left_alone(
    enclave: Enclave, open_enclave: Opener, keeper: str, operation: str
) -> None:
    other = await other_console(open_enclave)
    changes = {"cores": 2} if operation.endswith("edit") else {}
    outcomes = await asyncio.gather(
        enclave.run("service_vm.power_up", {"service_vm": keeper}),
        other.run(operation, {"service_vm": keeper, **changes}),
        return_exceptions=True,
    )
    row = next(iter((await enclave.listing("service")).rows), None)
    if isinstance(outcomes[1], Refused):
        assert "shut it down first" in str(outcomes[1])
        assert row is not None
        assert row.cores == 1  # type: ignore[attr-defined]
    elif operation.endswith("delete"):
        assert isinstance(outcomes[0], Refused)
        assert row is None


async def test_one_that_is_off_is_deleted_and_its_image_stays(
    enclave: Enclave, host: PlayHost, keeper: str
) -> None:
    await enclave.run("service_vm.edit", {"service_vm": keeper, "devices": "A100"})
    await enclave.run("service_vm.delete", {"service_vm": keeper})
    assert (await enclave.listing("service")).rows == []
    assert len((await enclave.listing("images")).rows) == 1
    assert "tiny.qcow2" in host.disks
    with pytest.raises(NotFound, match=r"There is no service VM"):
        await enclave.run("service_vm.delete", {"service_vm": keeper})


async def test_the_host_that_it_is_pinned_to_is_kept_until_it_is_pinned_elsewhere(
    enclave: Enclave, config: str
) -> None:
    await enclave.run("service_vm.create", {**WANTED, "host": "node01"})
    with pytest.raises(
        Refused, match=r"1 service VM is pinned to it: keeper\. Pin them to another"
    ):
        await enclave.run("host.delete", {"host": "node01"})
    assert (await only(enclave)).host == "node01"
    await enclave.run("service_vm.edit", {"service_vm": "keeper", "host": ""})
    await enclave.run("host.delete", {"host": "node01"})
    assert ((await only(enclave)).host_id, (await only(enclave)).host) == (None, "")
