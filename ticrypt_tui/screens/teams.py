"""Teams: groups of users, with quotas of cores, memory and drive space; no quota is no limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import Action, Ask, Column, Field, Form, Kind, Tab
from ticrypt_tui.screens.showing import NONE, counted, gib, gib_of_bytes, named

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.people.teams import TeamRow
    from ticrypt_tui.backend.services.people.users import UserRow

_STATE_ROLES = {"exceeded": "error", "unlimited": "muted"}


def cores(row: TeamRow) -> str:
    return _of(str(row.cores_used), None if row.cores is None else str(row.cores))


def memory(row: TeamRow) -> str:
    return _of(gib(row.memory_used), None if row.memory_mib is None else gib(row.memory_mib))


def drive_space(row: TeamRow) -> str:
    quota = None if row.drive_space_gib is None else str(row.drive_space_gib)
    return _of(gib_of_bytes(row.drive_bytes), quota)


def quota(row: TeamRow) -> str:
    """In a word, whether its quotas leave any room."""
    if row.over:
        return "exceeded"
    limits = (row.cores, row.memory_mib, row.drive_space_gib)
    return "unlimited" if limits == (None, None, None) else "kept"


def quota_role(row: TeamRow) -> str:
    return _STATE_ROLES.get(quota(row), "success")


def about(row: TeamRow) -> tuple[str, ...]:
    """Who is in it, and what it uses."""
    members = f"{counted(len(row.members), 'member')}" + (
        f": {named(row.members)}" if row.members else ""
    )
    return (members, *used(row))


def used(row: TeamRow) -> tuple[str, ...]:
    """What is used of its quotas now."""
    drives = gib_of_bytes(row.drive_bytes)
    return (
        f"used now: {counted(row.cores_used, 'core')} · {gib(row.memory_used)} GiB of memory · "
        f"{drives} GiB of drives",
    )


def member_note(row: UserRow) -> str:
    return f"{row.person} · {row.role}" + ("" if row.active else " · inactive")


def _of(used: str, quota: str | None) -> str:
    return f"{used}/{NONE if quota is None else quota}"


_FIELDS = (
    Field("name", "Name", alone=True, says="1 to 200 characters, no other team's."),
    Field("cores", "Cores", Kind.NUMBER, required=False,
          says="How many cores its VMs may have in all. Empty: unlimited. Below what is used now, "
               "nothing is stopped, and nothing new starts."),
    Field("memory", "Memory", Kind.MEMORY, required=False, holds=lambda row: row.memory_mib,
          says="How much memory its VMs may have in all: GiB, or as in 512 MiB. Empty: unlimited."),
    Field("drive_space", "Drive space", Kind.MEMORY, required=False,
          holds=lambda row: None if row.drive_space_gib is None else row.drive_space_gib * 1024,
          says="How large its drives may be in all: GiB, or as in 2 TiB. Empty: unlimited."),
    Field("members", "Members", Kind.OBJECTS, required=False, of="users", note=member_note,
          holds=lambda row: row.member_ids,
          says="Optional: who may have VMs and drives of the team. A sub-admin who is in it looks "
               "after them all."),
)  # fmt: skip

TAB = Tab(
    name="teams",
    title="Teams",
    group="People",
    noun="team",
    columns=(
        Column("name", "NAME", 20, lambda row: row.name, rank=0),
        Column("quota", "QUOTA", 9, quota, rank=0, style=quota_role),
        Column("cores", "CORES", 9, cores, rank=1, right=True,
               sorts_by=lambda row: row.cores_used),
        Column("memory", "MEM GiB", 11, memory, rank=1, right=True,
               sorts_by=lambda row: row.memory_used),
        Column("drive_space", "DRIVE GiB", 13, drive_space, rank=2, right=True,
               sorts_by=lambda row: row.drive_bytes),
        Column("count", "USERS", 5, lambda row: str(len(row.members)), rank=3, right=True,
               sorts_by=lambda row: len(row.members)),
        Column("configurations", "CONFIGS", 7, lambda row: str(len(row.uses.configurations)),
               rank=5, right=True, sorts_by=lambda row: len(row.uses.configurations)),
        Column("vms", "VMS", 4, lambda row: str(len(row.uses.vms)), rank=4, right=True,
               sorts_by=lambda row: len(row.uses.vms)),
        Column("members", "MEMBERS", 40, lambda row: named(row.members), rank=6),
    ),
    actions=(
        Action("team.create", "n", "new", on_row=False, bulk=False),
        Action("team.edit", "e", "edit", bulk=False),
        Action("team.delete", "d", "delete", ask=Ask.CONFIRM),
    ),
    forms=(
        Form("team.create", "New team", _FIELDS),
        Form("team.edit", "Edit", _FIELDS, tells=used),
    ),
    empty="A team limits how much its members may use: cores, memory, drive space. There is none "
          "yet, so nothing is limited. {new} makes the first one.",
    about=about,
)  # fmt: skip
