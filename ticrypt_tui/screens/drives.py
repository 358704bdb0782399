"""Drives: encrypted disks that only those can open to whom their keys are wrapped; made, shared,
taken back, handed over, tagged and destroyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import Action, Ask, Chart, Column, Link, Tab
from ticrypt_tui.screens.drive_forms import FORMS, always, drops
from ticrypt_tui.screens.showing import gib_of_bytes, moment, named, or_none, size

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.drives.row import DriveRow

_ROLES = {
    "creating": "accent",
    "re-encrypting": "accent",
    "failed": "error",
    "volume missing": "error",
    "detached": "muted",
}
_GIB = 2**30
_SIZES = (
    (10 * _GIB, "under 10 GiB"),
    (100 * _GIB, "10 to 100 GiB"),
    (1024 * _GIB, "100 GiB to 1 TiB"),
    (10240 * _GIB, "1 to 10 TiB"),
)
_LARGEST = "10 TiB and more"


def state(row: DriveRow) -> str:
    """How it stands; while something is done to it, or went wrong, also what is known of that."""
    return f"{row.state}: {row.state_detail}" if row.state_detail else row.state


def state_role(row: DriveRow) -> str:
    warns = row.state == "detached" and row.state_detail
    return "warning" if warns else _ROLES.get(row.state, "success")


def kind_of_state(row: DriveRow) -> str:
    """Its state without which VM it is."""
    return "in use" if row.state.startswith("in use") else row.state


def kind_of_size(row: DriveRow) -> str:
    return next((said for limit, said in _SIZES if row.size_bytes < limit), _LARGEST)


def about(row: DriveRow) -> tuple[str, ...]:
    """What it is, whose, who can open it, and where it is used."""
    holders = named([f"{each.user} ({each.mode})" for each in row.holders], 4) or "nobody"
    lines = (
        f"realm {row.realm} · {size(row.size_bytes)} · {row.format} · tier {row.tier}",
        f"owner {row.owner} · team {or_none(row.team)} · project {or_none(row.project)}",
        f"{row.state} · key held by {holders}",
    )
    vms = [name for _, name, _ in row.used_by]
    return (*lines, f"open in {named(vms, 4)}") if vms else lines


DESTROYED = "Its keys are destroyed first, then its volume. Nothing brings its data back."

TAB = Tab(
    name="drives",
    title="Drives",
    group="Data",
    noun="drive",
    columns=(
        Column("name", "NAME", 20, lambda row: row.name, rank=0),
        Column("owner", "OWNER", 10, lambda row: or_none(row.owner), rank=1),
        Column("team", "TEAM", 11, lambda row: or_none(row.team), rank=4),
        Column("size", "SIZE GiB", 8, lambda row: gib_of_bytes(row.size_bytes), rank=1, right=True,
               sorts_by=lambda row: row.size_bytes),
        Column("format", "FORMAT", 6, lambda row: row.format, rank=2),
        Column("project", "PROJECT", 18, lambda row: or_none(row.project), rank=3),
        Column("tier", "TIER", 8, lambda row: or_none(row.tier), rank=5),
        Column("state", "STATE", 21, state, rank=0, style=state_role),
        Column("attached", "LAST ATTACHED", 13, lambda row: moment(row.last_attached), rank=6,
               sorts_by=lambda row: row.last_attached),
        Column("realm", "REALM", 8, lambda row: row.realm, rank=7),
    ),
    actions=(
        Action("drive.create", "n", "new", on_row=False, bulk=False, needs_key=always),
        Action("drive.edit", "e", "edit", bulk=False),
        Action("drive.share", "s", "share", needs_key=always),
        Action("drive.unshare", "S", "unshare", needs_key=always),
        Action("drive.transfer", "t", "transfer", needs_key=drops),
        Action("drive.set_project", "p", "set project"),
        Action("drive.delete", "d", "delete", ask=Ask.TYPED_NAME, warns=DESTROYED),
    ),
    forms=FORMS,
    links=(
        Link("drive.open_project", "o", "open project", "projects", lambda row: row.project_id,
             "It has no project: it is Unlocked."),
    ),
    charts=(
        Chart("TIERS", lambda row: or_none(row.tier)),
        Chart("FORMATS", lambda row: row.format),
        Chart("STATES", kind_of_state),
        Chart("TEAMS", lambda row: row.team or "no team"),
        Chart("PROJECTS", lambda row: row.project or "Unlocked"),
        Chart("SIZES", kind_of_size, (*(said for _, said in _SIZES), _LARGEST)),
    ),
    empty="A drive holds data, encrypted: only who holds its key can open it. There is none that "
          "you could see. {new} makes one, which only you can open.",
    about=about,
)  # fmt: skip
