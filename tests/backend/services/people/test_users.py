"""Users: who makes, changes and deactivates whom, and what a deactivated one still sees."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.backend.conftest import Opener, add_user
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Changed, NotFound, Refused, WrongUse

ALICE = {"login": "alice", "name": "Alice Arden"}


async def users(enclave: Enclave) -> list[Any]:
    return list((await enclave.listing("users")).rows)


async def user(enclave: Enclave, login: str = "alice") -> Any:
    return next(row for row in await users(enclave) if row.login == login)


async def console_of(open_enclave: Opener, enclave: Enclave, login: str, role: Role) -> Enclave:
    """The console of somebody with that role."""
    await enclave.run("user.create", {"login": login, "name": login, "role": role})
    return await open_enclave(login)


async def test_a_user_has_what_he_was_made_with(enclave: Enclave) -> None:
    await enclave.run("team.create", {"name": "genomics"})
    await enclave.run("project.create", {"tag": "trial-7"})
    wanted = {**ALICE, "role": "sub-admin", "teams": "genomics", "projects": "trial-7"}
    made = await enclave.run("user.create", wanted)
    row = await user(enclave)
    assert (row.id, row.person, row.role, row.state) == (
        made, "Alice Arden", Role.SUB_ADMIN, "active"
    )  # fmt: skip
    assert (row.teams, row.projects) == (("genomics",), ("trial-7",))


async def test_a_user_who_was_made_can_open_a_console_of_his_own(
    enclave: Enclave, open_enclave: Opener
) -> None:
    opened = await console_of(open_enclave, enclave, "bob", Role.ADMIN)
    assert opened.caller.role is Role.ADMIN


async def test_an_edit_changes_what_it_is_given_and_nothing_else(enclave: Enclave) -> None:
    await enclave.run("team.create", {"name": "genomics"})
    await enclave.run("user.create", {**ALICE, "teams": "genomics"})
    await enclave.run("user.edit", {"user": "alice", "name": "Alice B.", "role": "admin"})
    row = await user(enclave)
    assert (row.person, row.role, row.teams) == ("Alice B.", Role.ADMIN, ("genomics",))


async def test_teams_and_projects_are_taken_away_by_an_empty_value(enclave: Enclave) -> None:
    await enclave.run("team.create", {"name": "genomics"})
    await enclave.run("user.create", {**ALICE, "teams": "genomics"})
    await enclave.run("user.edit", {"user": "alice", "teams": ""})
    assert (await user(enclave)).teams == ()


async def test_the_records_name_the_user_by_his_login(enclave: Enclave) -> None:
    await enclave.run("user.create", ALICE)
    records = [each for each in await enclave.records() if each.operation == "user.create"]
    assert [each.target_name for each in records[-2:]] == ["alice", "alice"]


# Bad input


@pytest.mark.parametrize(
    "login",
    [
        "-alice", "+alice", "~alice", "al ice", "al:ice", "al,ice", "al/ice", "1000", "a" * 65,
        "alice\n", "alice\x1b[2J", "älice", "al\u202eice",
    ],
)  # fmt: skip
async def test_a_login_that_no_os_account_has_is_refused(enclave: Enclave, login: str) -> None:
    with pytest.raises(Refused, match="No OS account is called"):
        await enclave.run("user.create", {**ALICE, "login": login})


@pytest.mark.parametrize("login", ["a", "_www", "alice.b", "svc-7", "7of9", "alice@lab.example"])
async def test_a_login_that_an_os_account_may_have_is_taken(enclave: Enclave, login: str) -> None:
    await enclave.run("user.create", {**ALICE, "login": login})
    assert (await user(enclave, login)).login == login


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "A" * 300}, "A name has 1 to 200 printable characters"),
        ({"name": "\x1b]0;"}, "A name has 1 to 200 printable characters"),
        ({"role": "boss"}, "role is one of user, sub-admin, admin, super-admin"),
        ({"teams": "nobody"}, "There is no team nobody."),
        ({"projects": "nothing"}, "There is no project nothing."),
        ({"login": "mara"}, "There is a user with the login mara already."),
    ],
)
async def test_bad_input_is_refused_in_words(
    enclave: Enclave, changes: dict[str, str], sentence: str
) -> None:
    await enclave.run("user.create", ALICE)
    for operation, given in (
        ("user.create", {**ALICE, "login": "bob"}),
        ("user.edit", {"user": "alice"}),
    ):
        with pytest.raises((Refused, WrongUse)) as refusal:
            await enclave.run(operation, {**given, **changes})
        assert sentence in str(refusal.value)
    assert len(await users(enclave)) == 2


async def test_a_user_can_be_in_a_team_once_only_however_often_it_is_named(
    enclave: Enclave,
) -> None:
    made = await enclave.run("team.create", {"name": "genomics"})
    await enclave.run("user.create", {**ALICE, "teams": ["genomics", made, "genomics"]})
    assert (await user(enclave)).teams == ("genomics",)


# Who may do what to whom


@pytest.mark.parametrize("target", Role)
async def test_an_admin_makes_and_changes_lower_roles_only(
    enclave: Enclave, open_enclave: Opener, target: Role
) -> None:
    admin = await console_of(open_enclave, enclave, "bob", Role.ADMIN)
    await enclave.run("user.create", {**ALICE, "role": target})
    attempts = (
        ("user.create", {"login": "new", "name": "New", "role": target}),
        ("user.edit", {"user": "alice", "name": "Other"}),
        ("user.deactivate", {"user": "alice", "reason": "left"}),
    )
    for operation, given in attempts:
        if target.rank < Role.ADMIN.rank:
            await admin.run(operation, given)
        else:
            with pytest.raises(Refused, match="lower roles only"):
                await admin.run(operation, given)


async def test_an_admin_cannot_lift_anybody_to_his_own_role(
    enclave: Enclave, open_enclave: Opener
) -> None:
    admin = await console_of(open_enclave, enclave, "bob", Role.ADMIN)
    await enclave.run("user.create", ALICE)
    with pytest.raises(Refused, match="You are admin, and give lower roles only, not admin"):
        await admin.run("user.edit", {"user": "alice", "role": "admin"})


@pytest.mark.parametrize("role", [Role.USER, Role.SUB_ADMIN])
@pytest.mark.parametrize("tab", ["users", "teams", "projects"])
async def test_below_an_admin_nobody_sees_these_tabs_or_changes_anything_in_them(
    enclave: Enclave, open_enclave: Opener, role: Role, tab: str
) -> None:
    lower = await console_of(open_enclave, enclave, "bob", role)
    with pytest.raises(Refused, match="needs the role admin"):
        await lower.listing(tab)
    given = {"users": ALICE, "teams": {"name": "x"}, "projects": {"tag": "x"}}[tab]
    with pytest.raises(Refused, match="needs the role admin"):
        await lower.run(f"{tab[:-1]}.create", given)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"role": "user"}, "his own role"), ({"login": "other"}, "his own login")],
)
async def test_nobody_locks_himself_out(
    enclave: Enclave, changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        await enclave.run("user.edit", {"user": "mara", **changes})
    await enclave.run("user.edit", {"user": "mara", "name": "Mara M.", "role": "super-admin"})


async def test_nobody_deactivates_himself(enclave: Enclave) -> None:
    with pytest.raises(Refused, match="Nobody deactivates himself"):
        await enclave.run("user.deactivate", {"user": "mara", "reason": "tired"})


# Deactivating


async def test_a_deactivated_user_stays_with_the_reason_and_opens_no_console(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await enclave.run("user.create", ALICE)
    await enclave.run("user.deactivate", {"user": "alice", "reason": "left the institute"})
    row = await user(enclave)
    assert (row.state, row.reason) == ("inactive", "left the institute")
    with pytest.raises(Refused, match="alice is inactive: left the institute"):
        await open_enclave("alice")


@pytest.mark.parametrize("reason", ["", "   ", "left\nthe house", "\x1b[2J", "x" * 501])
async def test_a_reason_says_something(enclave: Enclave, reason: str) -> None:
    await enclave.run("user.create", ALICE)
    with pytest.raises((Refused, WrongUse), match="reason"):
        await enclave.run("user.deactivate", {"user": "alice", "reason": reason})
    assert (await user(enclave)).active


async def test_who_is_inactive_is_not_deactivated_again(enclave: Enclave) -> None:
    await enclave.run("user.create", ALICE)
    await enclave.run("user.deactivate", {"user": "alice", "reason": "left"})
    with pytest.raises(Refused, match="He is inactive already: left"):
        await enclave.run("user.deactivate", {"user": "alice", "reason": "gone"})


async def test_an_edit_makes_him_active_again_and_never_inactive(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await enclave.run("user.create", ALICE)
    with pytest.raises(Refused, match="asks for the reason"):
        await enclave.run("user.edit", {"user": "alice", "active": "no"})
    await enclave.run("user.deactivate", {"user": "alice", "reason": "left"})
    await enclave.run("user.edit", {"user": "alice", "active": "yes"})
    row = await user(enclave)
    assert (row.state, row.reason) == ("active", "")
    assert (await open_enclave("alice")).caller.login == "alice"


async def test_the_console_that_he_has_open_shows_nothing_more(
    enclave: Enclave, open_enclave: Opener, config: str
) -> None:
    his = await console_of(open_enclave, enclave, "bob", Role.ADMIN)
    assert (await his.listing("configs")).rows
    await enclave.run("user.deactivate", {"user": "bob", "reason": "left"})

    async def forgotten() -> bool:
        return his.caller.user_id == ""

    assert await his.until(forgotten, 60)
    assert list((await his.listing("configs")).rows) == []
    with pytest.raises(Refused):
        await his.listing("users")
    with pytest.raises(Refused, match="inactive"):
        await his.run("config.start", {"config": config})


async def test_what_he_owns_is_told(enclave: Enclave, config: str) -> None:
    row = await user(enclave, "mara")
    assert row.uses.configurations == ("tiny",)
    sections = {each.title: each for each in (await enclave.detail("users", row.id)).sections}
    assert dict(sections["Owns"].fields) == {"VM configurations": "1: tiny"}


# Two consoles


async def test_two_super_admins_who_deactivate_each_other_leave_one(
    enclave: Enclave, open_enclave: Opener
) -> None:
    other = await console_of(open_enclave, enclave, "bob", Role.SUPER_ADMIN)
    came = await asyncio.gather(
        enclave.run("user.deactivate", {"user": "bob", "reason": "no"}),
        other.run("user.deactivate", {"user": "mara", "reason": "no"}),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Refused) for each in came) == 1
    left = enclave if isinstance(came[1], Refused) else other
    assert [row.active for row in await users(left) if row.role is Role.SUPER_ADMIN].count(
        True
    ) == 1


async def test_the_second_to_save_is_told_that_he_was_the_second(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await enclave.run("user.create", ALICE)
    read = await user(enclave)
    other = await open_enclave()
    await other.run("user.edit", {"user": "alice", "name": "Alice B."})
    wanted = {"user": read.id, "role": "admin", "version": read.version}
    with pytest.raises(Changed):
        await enclave.run("user.edit", wanted)


async def test_a_change_of_his_teams_from_the_teams_side_counts_as_a_change_of_him(
    enclave: Enclave,
) -> None:
    await enclave.run("user.create", ALICE)
    read = await user(enclave)
    await enclave.run("team.create", {"name": "genomics", "members": "alice"})
    with pytest.raises(Changed):
        await enclave.run("user.edit", {"user": read.id, "teams": "", "version": read.version})


async def test_two_who_make_the_same_user_make_one(enclave: Enclave, open_enclave: Opener) -> None:
    other = await open_enclave()
    came = await asyncio.gather(
        *(each.run("user.create", ALICE) for each in (enclave, other)), return_exceptions=True
    )
    assert sum(isinstance(each, Refused) for each in came) == 1


async def test_who_is_not_there_is_not_found(enclave: Enclave) -> None:
    with pytest.raises(NotFound, match="There is no user zoe"):
        await enclave.run("user.deactivate", {"user": "zoe", "reason": "left"})


async def test_a_record_that_was_made_without_an_operation_is_a_row_like_any(
    enclave: Enclave,
) -> None:
    await add_user(enclave.database, "carol", Role.SUB_ADMIN)
    assert (await user(enclave, "carol")).role is Role.SUB_ADMIN
