"""Teams: their quotas, what is used of them, their members, and when one may go."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backend.conftest import Opener
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Changed, NotFound, Refused, WrongUse
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.infrastructure import StoragePool
from ticrypt_tui.backend.store.tables.machines import Vm, VmState

TEAM = {"name": "genomics"}
QUOTA = {"cores": 32, "memory": "64 GiB", "drive_space": "2 TiB"}


async def only(enclave: Enclave) -> Any:
    (row,) = (await enclave.listing("teams")).rows
    return row


async def give_vm(enclave: Enclave, team_id: str, **changes: Any) -> None:
    """A VM of a team, as the store has it."""
    async with enclave.database.write() as session:
        wanted = {"cores": 4, "memory_mib": 8192, "state": VmState.RUNNING, **changes}
        session.add(Vm(realm_id="lab", name="genome-7", team_id=team_id, **wanted))


async def give_drive(enclave: Enclave, team_id: str, size: int) -> None:
    """A drive of a team, as the store has it."""
    async with enclave.database.write() as session:
        pool = StoragePool(realm_id="lab", name="flash", tier="flash", target="/srv/flash")
        session.add(pool)
        await session.flush()
        session.add(
            Drive(
                id="drive-1", realm_id="lab", name="genome-data", owner_id=enclave.caller.user_id,
                team_id=team_id, pool_id=pool.id, volume="drv", size_bytes=size, format="ext4",
            )
        )  # fmt: skip


async def test_a_team_has_the_quotas_that_it_was_made_with(enclave: Enclave) -> None:
    await enclave.run("team.create", {**TEAM, **QUOTA})
    row = await only(enclave)
    assert (row.cores, row.memory_mib, row.drive_space_gib) == (32, 65536, 2048)


async def test_no_quota_is_no_limit(enclave: Enclave) -> None:
    await enclave.run("team.create", TEAM)
    row = await only(enclave)
    assert (row.cores, row.memory_mib, row.drive_space_gib) == (None, None, None)
    sections = {each.title: each for each in (await enclave.detail("teams", row.id)).sections}
    assert dict(sections["Used of the quota"].fields)["cores"] == "0 cores, unlimited"


async def test_a_quota_is_cleared_by_an_empty_value_and_the_others_stay(enclave: Enclave) -> None:
    await enclave.run("team.create", {**TEAM, **QUOTA})
    await enclave.run("team.edit", {"team": "genomics", "cores": "", "drive_space": ""})
    row = await only(enclave)
    assert (row.cores, row.memory_mib, row.drive_space_gib) == (None, 65536, None)


async def test_what_is_used_is_what_running_vms_and_drives_take(enclave: Enclave) -> None:
    team = await enclave.run("team.create", {**TEAM, **QUOTA})
    await give_vm(enclave, team)
    await give_vm(enclave, team, cores=2, memory_mib=1024, state=VmState.STARTING)
    await give_drive(enclave, team, 512 * 2**30)
    row = await only(enclave)
    assert (row.cores_used, row.memory_used, row.drive_bytes) == (6, 9216, 512 * 2**30)
    assert (row.uses.vms, row.uses.drives) == (("genome-7", "genome-7"), ("genome-data",))


async def test_a_quota_may_be_below_what_is_used_and_it_says_so(enclave: Enclave) -> None:
    team = await enclave.run("team.create", {**TEAM, **QUOTA})
    await give_vm(enclave, team)
    said = await enclave.run("team.edit", {"team": team, "cores": 2, "memory": "1 GiB"})
    assert said == (
        "genomics: 4 cores used, 2 allowed; 8 GiB of memory used, 1 GiB allowed. "
        "Nothing new starts."
    )
    assert (await only(enclave)).over == (
        "4 cores used, 2 allowed", "8 GiB of memory used, 1 GiB allowed"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"cores": 0}, "The quota of cores is 1 to"),
        ({"cores": -4}, "The quota of cores is 1 to"),
        ({"cores": 2**31}, "The quota of cores is 1 to 2147483647"),
        ({"cores": "many"}, "cores is a whole number"),
        ({"memory": "0"}, "The quota of memory is 1 to"),
        ({"memory": "3 PiB"}, "The quota of memory is 1 to"),
        ({"memory": "a lot"}, "memory is MiB, or an amount"),
        ({"drive_space": "512"}, "Drive space is counted in whole GiB, as in 512 GiB"),
        ({"drive_space": "0"}, "The quota of drive space is 1 to"),
        ({"name": "x" * 300}, "A name has 1 to 200 printable characters"),
        ({"name": "gen\x1bomics"}, "A name has 1 to 200 printable characters"),
        ({"name": "other"}, "There is a team with the name other already."),
        ({"members": "zoe"}, "There is no user zoe."),
    ],
)
async def test_bad_input_is_refused_in_words(
    enclave: Enclave, changes: dict[str, Any], sentence: str
) -> None:
    await enclave.run("team.create", {"name": "other"})
    await enclave.run("team.create", TEAM)
    for operation, given in (("team.create", {"name": "new"}), ("team.edit", {"team": "genomics"})):
        with pytest.raises((Refused, WrongUse)) as refusal:
            await enclave.run(operation, {**given, **changes})
        assert sentence in str(refusal.value)
    assert len((await enclave.listing("teams")).rows) == 2


async def test_a_billion_mebibytes_are_a_quota(enclave: Enclave) -> None:
    await enclave.run("team.create", {**TEAM, "memory": 10**9})
    assert (await only(enclave)).memory_mib == 10**9


# Members


async def test_members_are_put_in_and_out(enclave: Enclave) -> None:
    for login in ("alice", "bob", "carol"):
        await enclave.run("user.create", {"login": login, "name": login})
    await enclave.run("team.create", {**TEAM, "members": "alice,bob"})
    await enclave.run("team.edit", {"team": "genomics", "members": ["bob", "carol"]})
    assert (await only(enclave)).members == ("bob", "carol")
    await enclave.run("team.edit", {"team": "genomics", "members": []})
    assert (await only(enclave)).members == ()


async def test_a_member_who_was_added_meanwhile_is_not_lost(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await enclave.run("team.create", TEAM)
    read = await only(enclave)
    other = await open_enclave()
    await other.run("user.create", {"login": "bob", "name": "Bob", "teams": "genomics"})
    wanted = {"team": read.id, "members": "mara", "version": read.version}
    with pytest.raises(Changed):
        await enclave.run("team.edit", wanted)
    assert (await only(enclave)).members == ("bob",)


async def test_an_admin_puts_only_lower_roles_in_or_out(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await enclave.run("user.create", {"login": "alice", "name": "Alice"})
    await enclave.run("user.create", {"login": "bob", "name": "Bob", "role": Role.ADMIN})
    admin = await open_enclave("bob")
    await admin.run("team.create", {**TEAM, "members": "alice"})
    with pytest.raises(Refused, match="mara is super-admin; you are admin"):
        await admin.run("team.edit", {"team": "genomics", "members": "alice,mara"})
    await enclave.run("team.edit", {"team": "genomics", "members": "alice,mara"})
    with pytest.raises(Refused, match="mara is super-admin"):
        await admin.run("team.edit", {"team": "genomics", "members": "alice"})
    await admin.run("team.edit", {"team": "genomics", "members": "mara"})
    assert (await only(enclave)).members == ("mara",)


async def test_the_console_of_a_new_member_knows_his_team(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await enclave.run("user.create", {"login": "bob", "name": "Bob", "role": Role.SUB_ADMIN})
    his = await open_enclave("bob")
    team = await enclave.run("team.create", {**TEAM, "members": "bob"})

    async def known() -> bool:
        return his.caller.teams == {team}

    assert await his.until(known, 60)


# Deleting


async def test_a_team_that_is_used_is_not_deleted_and_what_uses_it_is_named(
    enclave: Enclave, config: str
) -> None:
    team = await enclave.run("team.create", {**TEAM, "members": "mara"})
    given = {"name": "genome", "setup": "tiny", "team": "genomics"}
    await enclave.run("config.create", given)
    await give_vm(enclave, team)
    await give_drive(enclave, team, 2**30)
    reason = (
        "It is still used: by 1 VM configuration (genome), 1 VM (genome-7), 1 drive (genome-data)."
    )
    assert enclave.why_not("team.delete", await only(enclave)) == reason
    with pytest.raises(Refused) as refusal:
        await enclave.run("team.delete", {"team": "genomics"})
    assert str(refusal.value) == reason


async def test_a_team_with_members_alone_is_deleted_and_they_stay(enclave: Enclave) -> None:
    await enclave.run("user.create", {"login": "alice", "name": "Alice"})
    await enclave.run("team.create", {**TEAM, "members": "alice"})
    await enclave.run("team.delete", {"team": "genomics"})
    assert (await enclave.listing("teams")).rows == []
    assert len((await enclave.listing("users")).rows) == 2


async def test_a_past_vm_keeps_the_name_of_its_team(enclave: Enclave) -> None:
    team = await enclave.run("team.create", TEAM)
    await give_vm(enclave, team, ended=now(), team_name="genomics")
    await enclave.run("team.delete", {"team": "genomics"})
    (row,) = (await enclave.listing("past")).rows
    assert getattr(row, "team", "") == "genomics"


async def test_a_team_that_is_gone_is_not_found(enclave: Enclave, open_enclave: Opener) -> None:
    await enclave.run("team.create", TEAM)
    read = await only(enclave)
    other = await open_enclave()
    await other.run("team.delete", {"team": "genomics"})
    with pytest.raises(NotFound):
        await enclave.run("team.edit", {"team": read.id, "cores": 4})
