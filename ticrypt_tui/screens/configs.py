"""VM configurations: the recipe of every VM, running or not; made, changed, deleted and started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ticrypt_tui.screens.declaration import Action, Ask, Column, Field, Form, Kind, Shows, Tab
from ticrypt_tui.screens.showing import counted, gib, named, or_none
from ticrypt_tui.screens.showing import size as size_of

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.configs.choices import MemberChoice, OwnerChoice, SetupChoice
    from ticrypt_tui.backend.services.configs.configs import ConfigRow
    from ticrypt_tui.backend.services.drives.choices import DriveChoice

_ROLES = {"running": "success", "stopped": "muted", "paused": "warning", "shutting down": "warning"}
NOT_FOR_PRODUCTION = "DEBUG is on: an admin can look inside. Not for production."


def state_role(row: ConfigRow) -> str:
    return _ROLES.get(row.state, "accent")


def mark(row: ConfigRow) -> str:
    return "DEBUG" if row.debug else ""


def mark_role(row: ConfigRow) -> str:
    return "warning"


def about(row: ConfigRow) -> tuple[str, ...]:
    """Where and what it is, and what runs from it."""
    runs = f" · {row.state}, as {row.vm_id}" if row.vm_id else ""
    lines = (
        f"realm {row.realm} · setup {row.setup} · {size(row)} · owner {row.owner}",
        f"team {or_none(row.team)} · project {row.project}{runs}",
    )
    return (*lines, NOT_FOR_PRODUCTION) if row.debug else lines


def size(row: ConfigRow | SetupChoice) -> str:
    return f"{counted(row.cores, 'core')}, {gib(row.memory_mib)} GiB"


def runs_on(row: ConfigRow) -> tuple[str, ...]:
    """What must be known before it is changed while its VM runs."""
    if not row.vm_id:
        return ()
    return (f"Its VM, {row.state}, stays as it is: a change holds from the next start.",)


def setup_note(row: SetupChoice) -> str:
    return f"{size(row)} · realm {row.realm}" + (" · DEBUG" if row.debug else "")


def of_its_realm(setup: SetupChoice, values: Mapping[str, Any], rows: Sequence[ConfigRow]) -> bool:
    """A configuration that is there stays in its realm."""
    return all(setup.realm_id == row.realm_id for row in rows)


def of_the_owner(choice: MemberChoice, values: Mapping[str, Any], rows: Sequence[Any]) -> bool:
    """A team or project that the owner is in; where no owner is chosen, that is the caller."""
    owner = values.get("owner", "")
    return owner in choice.members if owner else choice.mine


def not_the_owner(choice: OwnerChoice, values: Mapping[str, Any], rows: Sequence[Any]) -> bool:
    return choice.active and choice.id != values.get("owner", "")


def person(row: OwnerChoice) -> str:
    return row.person if row.active else f"{row.person} · not active"


def opens_drives(row: ConfigRow, arguments: Mapping[str, Any]) -> bool:
    """Whether its start opens a drive, with the key of who starts it."""
    away = {*arguments.get("without", ()), *(name for name, _ in row.closed_drives)}
    return any(not away & {drive, name} for drive, name, _ in row.attached)


def drive_note(row: DriveChoice) -> str:
    """What it is, whether you could start a VM with it, and why there may be no other mode."""
    key = "" if row.mine else "you hold no key · "
    what = f"{size_of(row.size_bytes)} {row.format}"
    reads = row.mode == "ro" and row.project_id is None
    belongs = "Unlocked: in a project ro only" if reads else or_none(row.project)
    return f"{key}{what} · {belongs} · realm {row.realm}"


def fits(drive: DriveChoice, values: Mapping[str, Any], rows: Sequence[ConfigRow]) -> bool:
    """A drive of its realm whose project goes with its own: read-only also where it has none."""
    project = values.get("project") or None
    same = drive.project_id == project or (drive.mode == "ro" and drive.project_id is None)
    return same and all(drive.realm_id == row.realm_id for row in rows)


def lacks_keys(rows: Sequence[ConfigRow], chosen: Mapping[str, Any]) -> tuple[str, ...]:
    """Which of its drives can be opened by others alone, and by whom."""
    return tuple(
        f"You hold no key to {each.drive}; who can open it: {named(each.holders, 4) or 'nobody'}."
        for each in chosen["drives"]
        if not each.mine
    )


OWNER = Field("owner", "Owner", Kind.OBJECT, required=False, of="ownerchoices", note=person,
              unset="you", holds=lambda row: row.owner_id,
              says="Whose it is, and its VMs are. Its team and project are among his.")  # fmt: skip
FIELDS = (
    Field("name", "Name", says="What its VMs are called: 1 to 200 characters."),
    Field("setup", "Hardware setup", Kind.OBJECT, of="setupchoices", note=setup_note,
          offers=of_its_realm, holds=lambda row: row.setup_id,
          says="Image, cores, memory and devices. Its realm is the configuration's, for good."),
    OWNER,
    Field("team", "Team", Kind.OBJECT, required=False, of="teamchoices", offers=of_the_owner,
          holds=lambda row: row.team_id,
          says="A team of the owner's, whose quota its VMs count against."),
    Field("project", "Project", Kind.OBJECT, required=False, of="projectchoices",
          offers=of_the_owner, holds=lambda row: row.project_id, unset="Unlocked",
          says="A project of the owner's. Unlocked: no restriction at all."),
    Field("co_owners", "Co-owners", Kind.OBJECTS, required=False, of="ownerchoices", note=person,
          offers=not_the_owner, holds=lambda row: row.co_owner_ids, unset="nobody",
          says="Who else may see, start and shut down its VMs."),
    Field("drives", "Drives", Kind.OBJECTS, required=False, of="drivechoices", note=drive_note,
          offers=fits, holds=lambda row: [f"{drive}:{mode}" for drive, _, mode in row.attached],
          says="rw: to write, in one VM at a time; ro: to read. Starts need the keys. "
               "In a project: its drives; Unlocked ones ro only, lest data leave it."),
)  # fmt: skip
EDITED = tuple(replace(each, required=True) if each is OWNER else each for each in FIELDS)

TAB = Tab(
    name="configs",
    title="VM Configurations",
    short="Configs",
    group="Machines",
    noun="VM configuration",
    columns=(
        Column("name", "NAME", 16, lambda row: row.name, rank=0),
        Column("debug", "MARK", 5, mark, rank=2, style=mark_role),
        Column("state", "STATE", 13, lambda row: row.state, rank=0, style=state_role),
        Column("owner", "OWNER", 8, lambda row: or_none(row.owner), rank=2),
        Column("team", "TEAM", 10, lambda row: or_none(row.team), rank=4),
        Column("project", "PROJECT", 18, lambda row: or_none(row.project), rank=3),
        Column("realm", "REALM", 8, lambda row: or_none(row.realm), rank=6),
        Column("setup", "SETUP", 14, lambda row: row.setup, rank=1),
        Column("cores", "CORES", 5, lambda row: str(row.cores), rank=7, right=True,
               sorts_by=lambda row: row.cores),
        Column("memory", "MEM GiB", 7, lambda row: gib(row.memory_mib), rank=7, right=True,
               sorts_by=lambda row: row.memory_mib),
        Column("drives", "DRIVES", 14, lambda row: or_none(named(row.drives)), rank=5),
        Column("co_owners", "CO-OWNERS", 12, lambda row: or_none(named(row.co_owners)), rank=8),
    ),
    actions=(
        Action("config.start", "s", "start", shows=Shows.PROGRESS, needs_key=opens_drives,
               closed=lambda row: row.closed_drives),
        Action("config.create", "n", "new", on_row=False, bulk=False),
        Action("config.edit", "e", "edit", bulk=False),
        Action("config.delete", "d", "delete", ask=Ask.CONFIRM),
    ),
    forms=(
        Form("config.create", "New VM configuration", FIELDS, follows=lacks_keys),
        Form("config.edit", "Edit", EDITED, tells=runs_on, follows=lacks_keys),
    ),
    empty="A VM configuration is what a VM is started from: a hardware setup, an owner, drives. "
          "There is none that you could see. {new} makes one.",
    about=about,
)  # fmt: skip
