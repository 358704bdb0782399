"""Who may do what: the table of `design.md` 9, and the one question that everyone asks of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol, TypeVar, runtime_checkable

from ticrypt_tui.backend.caller import Caller, Role
from ticrypt_tui.backend.errors import Refused

R = TypeVar("R")


@runtime_checkable
class Owned(Protocol):
    """An object that belongs to someone: what the lower roles' reach depends on."""

    @property
    def owner_id(self) -> str | None: ...
    @property
    def team_id(self) -> str | None: ...
    @property
    def project_id(self) -> str | None: ...


@runtime_checkable
class Ranked(Protocol):
    """A user record: it may be changed by higher roles only."""

    @property
    def login(self) -> str: ...
    @property
    def role(self) -> Role: ...


class Need(Enum):
    """What a row of the table asks for."""

    OWN = "your own; an admin's: everyone's"
    REACH = "your own, or as a sub-admin your teams' and projects'; an admin's: everyone's"
    KEY = "the key, which the operation itself asks for"
    ADMIN = Role.ADMIN
    SUPER_ADMIN = Role.SUPER_ADMIN


def _table() -> dict[str, Need]:
    rows = {
        Need.OWN: """
            config.create config.edit config.delete vm.set_project user.register_key
            drive.create drive.edit drive.delete drive.transfer drive.set_project""",
        Need.REACH: """
            config.start vm.shutdown vm.logs drive.info
            list:configs list:running list:past list:drives
            list:setupchoices list:ownerchoices list:teamchoices list:projectchoices
            list:drivechoices list:realmchoices list:tierchoices list:receivers""",
        Need.KEY: "drive.share drive.unshare",
        Need.ADMIN: """
            realm.fix_vms realm.fix_drives volume.state_os
            host.create host.edit host.change_state host.delete host.utilization
            host.test host.view_xml
            profile.create profile.edit profile.delete pool.create pool.edit pool.delete
            pool.view_xml volume.view_xml list:pooltypes
            image.create image.edit image.clone image.delete
            setup.create setup.edit setup.clone setup.delete setup.simulate setup.test
            vm.open_vnc vm.open_console vm.screen_text
            vm.press_keys vm.set_view_only vm.close_vnc vm.close_console
            service_vm.create service_vm.edit service_vm.delete service_vm.power_up
            service_vm.shutdown service_vm.restart_controller service_vm.logs service_vm.open_vnc
            service_vm.open_console
            license.create license.edit license.delete license.resync license.export
            license.test
            audit.verify audit.export audit.selftest audit.rotate
            user.create user.edit user.deactivate team.create team.edit team.delete
            project.create project.edit project.delete
            list:realms list:hosts list:profiles list:pools list:volumes list:images list:setups
            list:service list:licensing list:audit list:users list:teams list:projects""",
        Need.SUPER_ADMIN: "realm.view_config unit.restart unit.logs list:services",
    }
    return {
        name.replace("list:", "list "): need
        for need, names in rows.items()
        for name in names.split()
    }


TABLE = _table()
"""Every operation of `design.md` 6, and `list TAB` for every tab, with what it asks for."""


def why_not(caller: Caller, name: str, thing: object = None) -> str:
    """The reason why the caller may not do this, or an empty string.

    `thing` is the object where there is one already; a VM that the store does not know
    (`known` is False) is a super-admin's alone.
    """
    need = TABLE.get(name)
    if need is None:
        return f"{name} is in no role's permissions."
    if isinstance(need.value, Role) and caller.role.rank < need.value.rank:
        return f"{name} needs the role {need.value}; you are {caller.role}."
    if not getattr(thing, "known", True) and caller.role is not Role.SUPER_ADMIN:
        return f"It is unknown to the store: only a {Role.SUPER_ADMIN} may touch it."
    return _not_above(caller, name, thing) or _not_reached(caller, need, thing)


def require(caller: Caller, name: str, thing: object = None) -> None:
    """Raise `Refused` with the reason why the caller may not do this, if there is one."""
    if reason := why_not(caller, name, thing):
        raise Refused(reason)


def visible(caller: Caller, tab: str, rows: Sequence[R]) -> list[R]:
    """Those of a tab's rows that are within the caller's reach; a super-admin's is unbounded."""
    if caller.role is Role.SUPER_ADMIN:
        return list(rows)
    return [row for row in rows if not why_not(caller, f"list {tab}", row)]


def within_reach(caller: Caller, thing: Owned, need: Need = Need.REACH) -> bool:
    """Whether an object is the caller's own, or one that his role lets him reach."""
    if caller.role.rank >= Role.ADMIN.rank or thing.owner_id == caller.user_id:
        return True
    if need is Need.REACH and caller.user_id in getattr(thing, "co_owner_ids", ()):
        return True
    if need is not Need.REACH or caller.role is not Role.SUB_ADMIN:
        return False
    return thing.team_id in caller.teams or thing.project_id in caller.projects


def _not_reached(caller: Caller, need: Need, thing: object) -> str:
    if need is Need.KEY or caller.role.rank >= Role.ADMIN.rank:
        return ""
    if not isinstance(thing, Owned) or within_reach(caller, thing, need):
        return ""
    if need is Need.REACH and caller.role is Role.SUB_ADMIN:
        return "It is not yours, nor one of your teams' or projects'."
    return f"It is not yours; you are {caller.role}."


def _not_above(caller: Caller, name: str, thing: object) -> str:
    """Nobody changes a record of his own rank or above; a super-admin changes every one."""
    if not name.startswith("user.") or not isinstance(thing, Ranked):
        return ""
    if caller.role is Role.SUPER_ADMIN or name == "user.register_key":
        return ""
    if thing.role.rank < caller.role.rank:
        return ""
    return f"{thing.login} is {thing.role}; you are {caller.role}, and change lower roles only."
