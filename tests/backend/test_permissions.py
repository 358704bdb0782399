"""The table of who may do what, walked: every role with every operation and every tab."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from ticrypt_tui.backend.caller import Caller, Origin, Role
from ticrypt_tui.backend.permissions import TABLE, why_not
from ticrypt_tui.backend.services.catalogue import every_operation

OWN = """
    config.create config.edit config.delete config.start vm.shutdown vm.logs vm.set_project
    drive.create drive.edit drive.delete drive.info drive.transfer drive.set_project
    user.register_key
    list:configs list:running list:past list:drives
    list:setupchoices list:ownerchoices list:teamchoices list:projectchoices
    list:drivechoices list:realmchoices list:tierchoices list:receivers
""".replace("list:", "list~").split()
REACHED = """
    config.start vm.shutdown vm.logs drive.info list:configs list:running list:past list:drives
    list:setupchoices list:ownerchoices list:teamchoices list:projectchoices
    list:drivechoices list:realmchoices list:tierchoices list:receivers
""".replace("list:", "list~").split()
KEY = ["drive.share", "drive.unshare"]
ADMIN = """
    realm.fix_vms realm.fix_drives volume.state_os
    host.create host.edit host.change_state host.delete host.utilization
    host.test host.view_xml
    profile.create profile.edit profile.delete pool.create pool.edit pool.delete
    pool.view_xml volume.view_xml list:pooltypes
    image.create image.edit image.clone image.delete
    setup.create setup.edit setup.clone setup.delete setup.simulate setup.test
    vm.open_vnc vm.open_console vm.screen_text vm.press_keys vm.set_view_only vm.close_vnc
    vm.close_console service_vm.open_console
    service_vm.create service_vm.edit service_vm.delete service_vm.power_up service_vm.shutdown
    service_vm.restart_controller service_vm.logs service_vm.open_vnc
    license.create license.edit license.delete license.resync license.export license.test
    audit.verify audit.export audit.selftest audit.rotate
    user.create user.edit user.deactivate team.create team.edit team.delete
    project.create project.edit project.delete
    list:realms list:hosts list:profiles list:pools list:volumes list:images list:setups
    list:service list:licensing list:audit list:users list:teams list:projects
""".replace("list:", "list~").split()
SUPER_ADMIN = ["realm.view_config", "unit.restart", "unit.logs", "list~services"]
EVERYTHING = sorted({*OWN, *KEY, *ADMIN, *SUPER_ADMIN})


@dataclass(frozen=True, slots=True)
class Thing:
    owner_id: str | None
    team_id: str | None = None
    project_id: str | None = None
    known: bool = True


@dataclass(frozen=True, slots=True)
class Shared(Thing):
    co_owner_ids: tuple[str, ...] = ("me",)


@dataclass(frozen=True, slots=True)
class Person:
    login: str
    role: Role


MINE = Thing("me")
TEAMS = Thing("other", team_id="my-team")
PROJECTS = Thing("other", project_id="my-project")
OTHERS = Thing("other", team_id="their-team", project_id="their-project")


@pytest.fixture
def me(origin: Origin) -> Caller:
    return Caller(
        "me", "mara", "Mara", Role.USER, origin, frozenset({"my-team"}), frozenset({"my-project"})
    )


def allowed(caller: Caller, name: str, thing: object = None) -> bool:
    return not why_not(caller, name.replace("~", " "), thing)


def test_the_table_has_exactly_the_operations_and_tabs_of_the_contract() -> None:
    assert sorted(TABLE) == sorted(name.replace("~", " ") for name in EVERYTHING)


def test_every_operation_that_exists_is_in_the_table() -> None:
    assert TABLE.keys() >= every_operation().keys()


@pytest.mark.parametrize("name", EVERYTHING)
@pytest.mark.parametrize("role", Role)
def test_who_may_do_it_at_all(me: Caller, role: Role, name: str) -> None:
    needed = {Role.ADMIN: ADMIN, Role.SUPER_ADMIN: SUPER_ADMIN}
    least = next((level for level, names in needed.items() if name in names), Role.USER)
    assert allowed(replace(me, role=role), name) is (role.rank >= least.rank)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("thing", [MINE, TEAMS, PROJECTS, OTHERS])
def test_whose_it_must_be(me: Caller, role: Role, name: str, thing: Thing) -> None:
    reached = role is Role.SUB_ADMIN and name in REACHED and thing in (TEAMS, PROJECTS)
    may = role.rank >= Role.ADMIN.rank or thing is MINE or reached
    assert allowed(replace(me, role=role), name, thing) is may


@pytest.mark.parametrize("name", KEY)
@pytest.mark.parametrize("role", Role)
def test_sharing_asks_for_a_key_and_not_for_a_role(me: Caller, role: Role, name: str) -> None:
    assert allowed(replace(me, role=role), name, OTHERS)


@pytest.mark.parametrize("name", ["vm.shutdown", "vm.logs", "list~running"])
@pytest.mark.parametrize("role", Role)
def test_what_the_store_does_not_know_is_a_super_admins_alone(
    me: Caller, role: Role, name: str
) -> None:
    stranger = Thing(None, known=False)
    assert allowed(replace(me, role=role), name, stranger) is (role is Role.SUPER_ADMIN)


@pytest.mark.parametrize("name", ["user.edit", "user.deactivate"])
@pytest.mark.parametrize("target", Role)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.SUPER_ADMIN])
def test_an_admin_changes_users_below_his_role(
    me: Caller, role: Role, target: Role, name: str
) -> None:
    may = role is Role.SUPER_ADMIN or target.rank < role.rank
    assert allowed(replace(me, role=role), name, Person("bob", target)) is may


def test_an_operation_that_the_table_does_not_name_is_for_nobody(me: Caller) -> None:
    boss = replace(me, role=Role.SUPER_ADMIN)
    assert why_not(boss, "host.explode") == "host.explode is in no role's permissions."


def test_a_refusal_names_the_role_that_it_takes(me: Caller) -> None:
    assert why_not(me, "host.create") == "host.create needs the role admin; you are user."


@pytest.mark.parametrize("name", OWN)
def test_a_co_owner_sees_starts_and_shuts_down_what_he_co_owns_and_changes_nothing(
    me: Caller, name: str
) -> None:
    shared = Shared("other", team_id="their-team", project_id="their-project")
    assert allowed(me, name, shared) == (name in REACHED)
