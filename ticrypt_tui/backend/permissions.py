"""Who may do what: the table of `design.md` 9, and the one question that everyone asks of it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ticrypt_tui.backend.caller import Caller, Role


@runtime_checkable
class Owned(Protocol):
    """An object that belongs to someone: what the lower roles' reach depends on."""

    @property
    def owner_id(self) -> str | None: ...
    @property
    def team_id(self) -> str | None: ...
    @property
    def project_id(self) -> str | None: ...


# Operations and tabs that depend on whose object it is; everything else asks for a role alone.
_BY_OWNERSHIP = frozenset(
    {
        "config.create", "config.edit", "config.delete", "config.start",
        "vm.shutdown", "vm.logs", "vm.set_project",
        "drive.create", "drive.edit", "drive.delete", "drive.info", "drive.share", "drive.unshare",
        "user.register_key",
        "list configs", "list running", "list past", "list drives",
    }
)  # fmt: skip
_SUPER_ADMIN_ONLY = frozenset(
    {"realm.view_config", "unit.restart", "unit.logs", "list services"}
)


def least_role(name: str) -> Role:
    """The lowest role that an operation, or a tab's `list TAB`, is open to at all."""
    if name in _SUPER_ADMIN_ONLY:
        return Role.SUPER_ADMIN
    return Role.USER if name in _BY_OWNERSHIP else Role.ADMIN


def within_reach(caller: Caller, thing: Owned) -> bool:
    """Whether an object is the caller's own, or for a sub-admin one of his teams' or projects'."""
    if caller.role.rank >= Role.ADMIN.rank or thing.owner_id == caller.user_id:
        return True
    if caller.role is not Role.SUB_ADMIN:
        return False
    return thing.team_id in caller.teams or thing.project_id in caller.projects


def why_not(caller: Caller, name: str, thing: object = None) -> str:
    """The reason why the caller may not do this, or an empty string.

    `thing` is the object where there is one already; a VM that the store does not know
    (`known` is False) is a super-admin's alone.
    """
    needed = least_role(name)
    if caller.role.rank < needed.rank:
        return f"{name} needs the role {needed}; you are {caller.role}."
    if not getattr(thing, "known", True) and caller.role is not Role.SUPER_ADMIN:
        return f"It is unknown to the store: only a {Role.SUPER_ADMIN} may touch it."
    if isinstance(thing, Owned) and not within_reach(caller, thing):
        return f"It is not yours, nor one of your teams' or projects'; you are {caller.role}."
    return ""
