"""Libvirt volumes: the disks that operating systems live on, and all others of the realm's pools,
as the hosts tell of them. They cannot be typed in; an operating system that nobody knows can be
stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import Action, Column, Field, Form, Kind, Shows, Tab
from ticrypt_tui.screens.showing import gib_of_bytes, named, or_none, short_moment

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.storage.volumes import VolumeRow

_KNOWN = ("linux", "windows")


def seen(row: VolumeRow) -> str:
    """When it was last seen, if its hosts are silent now."""
    return short_moment(row.stale_since) if row.stale_since else "now"


def os_role(row: VolumeRow) -> str:
    return "warning" if row.os == "unknown" else ""


def row_role(row: VolumeRow) -> str:
    return "muted" if row.stale_since else ""


def hosts(row: VolumeRow) -> str:
    return named(row.hosts, 2)


def about(row: VolumeRow) -> tuple[str, ...]:
    said = f"{row.os}, says {row.os_said_by}" if row.os_said_by else or_none(row.os)
    return (f"realm {row.realm} · pool {row.pool} · {row.format}", f"OS: {said}")


TAB = Tab(
    name="volumes",
    title="Libvirt Volumes",
    short="Volumes",
    group="Infrastructure",
    noun="volume",
    columns=(
        Column("name", "NAME", 22, lambda row: row.name, rank=0),
        Column("tier", "TIER", 8, lambda row: or_none(row.tier), rank=2),
        Column("format", "FORMAT", 6, lambda row: row.format, rank=3),
        Column("capacity", "CAP GiB", 9, lambda row: gib_of_bytes(row.capacity), rank=1,
               right=True, sorts_by=lambda row: row.capacity),
        Column("allocation", "ALLOC GiB", 9, lambda row: gib_of_bytes(row.allocation), rank=4,
               right=True, sorts_by=lambda row: row.allocation),
        Column("os", "OS", 8, lambda row: or_none(row.os), rank=0, style=os_role),
        Column("said_by", "SAID BY", 16, lambda row: or_none(row.os_said_by), rank=5),
        Column("used_by", "USED BY", 18, lambda row: or_none(row.used_by), rank=1),
        Column("hosts", "HOSTS", 20, hosts, rank=6, sorts_by=lambda row: len(row.hosts)),
        Column("seen", "SEEN", 8, seen, rank=0, sorts_by=lambda row: row.seen),
        Column("pool", "POOL", 22, lambda row: row.pool, rank=7),
        Column("realm", "REALM", 8, lambda row: row.realm, rank=9),
    ),
    actions=(
        Action("volume.state_os", "s", "state its OS"),
        Action("volume.view_xml", "w", "XML", shows=Shows.TEXT, bulk=False),
    ),
    forms=(
        Form("volume.state_os", "State the OS of",
             (Field("os", "Operating system", Kind.CHOICE, choices=_KNOWN,
                    says="What is on the volume. Images of it must have the same.",
                    holds=lambda row: ""),),
             verb="State"),
    ),
    empty="A volume is a disk that a VM image can be made of. Volumes are never made here: they "
          "are found on the hosts. No host that answers has one in a pool of its realm; "
          "{refresh} looks again.",
    dims=row_role,
    about=about,
)  # fmt: skip
