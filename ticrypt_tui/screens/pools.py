"""Storage pools: the tiers that drives are made in, and the pool of OS volumes; how full they are,
on which hosts; each is created, edited, and deleted when it is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import (
    Action,
    Ask,
    Column,
    Field,
    Form,
    Kind,
    Shows,
    Tab,
)
from ticrypt_tui.screens.hosts import realm_note
from ticrypt_tui.screens.showing import NONE, counted, gib_of_bytes, named, or_none, size

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.storage.pool_types import PoolTypeRow
    from ticrypt_tui.backend.services.storage.pools import PoolRow


def quota(row: PoolRow) -> str:
    """As it is typed: no, yes, or a size."""
    return size(row.quota_bytes) if row.quota == "explicit" else row.quota


def state(row: PoolRow) -> str:
    """How its hosts have it; of one that only the configuration names, that it is not recorded."""
    return row.state if row.recorded else "unrecorded"


def state_role(row: PoolRow) -> str:
    said = state(row)
    if said == "running":
        return "success"
    return "muted" if said in ("inactive", "not seen", "unrecorded") else "warning"


def space(amount: str, title: str) -> Column:
    """A column of sizes; a dash where no host said anything yet."""

    def value(row: PoolRow) -> str:
        return gib_of_bytes(getattr(row, amount)) if row.seen else NONE

    return Column(amount, title, 9, value, rank=1, right=True,
                  sorts_by=lambda row: getattr(row, amount))  # fmt: skip


def row_role(row: PoolRow) -> str:
    return "" if row.recorded else "muted"


def about(row: PoolRow) -> tuple[str, ...]:
    """Where it is, and what is on it."""
    on_it = f"{counted(row.drives, 'drive')}, {counted(row.volumes, 'volume')}"
    hosts = named(row.hosts) if row.hosts else "no host"
    return (
        f"realm {row.realm} · tier {row.tier} · {row.type} at {row.target}",
        f"{row.state} · {on_it} · on {hosts}",
        "It is taken out of libvirt there; no file is deleted.",
    )


def type_note(row: PoolTypeRow) -> str:
    return row.note


_PLACE = (
    Field("realm", "Realm", Kind.OBJECT, of="realms", fixed=True, note=realm_note,
          says="The hosts of this realm have the pool; they share their storage.",
          holds=lambda row: row.realm_id),
    Field("name", "Name", fixed=True, alone=True,
          says="What libvirt calls it: 1 to 200 characters, its realm's only one. The "
               "configuration names the realm's own (volumes_pool, drives_pools)."),
    Field("tier", "Tier",
          says="volumes for OS volumes; else a tier of drives, such as flash or spindle."),
    Field("type", "Type", Kind.OBJECT, of="pooltypes", within="realm", note=type_note, fixed=True,
          says="What it is made of. Those that no host can make are there with the reason."),
    Field("target", "Target", fixed=True,
          says="The folder on the hosts, such as /srv/flash. logical: /dev/ and the group's name."),
    Field("source", "Source", required=False, fixed=True,
          says="fs: the device. netfs: server:/folder. logical: the devices of a new group. dir: "
               "nothing."),
    Field("hosts", "Hosts", required=False, holds=lambda row: ", ".join(row.hosts),
          says="Names with commas between them. None: all hosts of the realm that are up."),
    Field("quota", "Quota", holds=quota,
          says="no: no limit · yes: what other quotas leave · or a size such as 2 TiB. Too many "
               "limits can lock people out of their work."),
)  # fmt: skip
_MAKE = Field(
    "make", "Make it", Kind.FLAG, required=False,
    says="Make the folder, or the volume group, where it is not there yet.",
)  # fmt: skip
_RUNS = (
    Field("autostart", "Starts with host", Kind.FLAG, required=False,
          says="Whether libvirt starts it when a host starts.",
          holds=lambda row: row.autostart == "yes"),
    Field("active", "Runs", Kind.FLAG, required=False, says="Whether it runs now, on all hosts.",
          holds=lambda row: row.state == "running"),
)  # fmt: skip

TAB = Tab(
    name="pools",
    title="Storage Pools",
    short="Pools",
    group="Infrastructure",
    noun="storage pool",
    columns=(
        Column("name", "NAME", 20, lambda row: row.name, rank=0),
        Column("tier", "TIER", 8, lambda row: row.tier, rank=0),
        Column("state", "STATE", 11, state, rank=0, style=state_role),
        space("capacity", "CAP GiB"),
        space("used", "USED GiB"),
        space("free", "FREE GiB"),
        Column("drives", "DRIVES", 6, lambda row: str(row.drives), rank=3, right=True,
               sorts_by=lambda row: row.drives),
        Column("volumes", "VOLUMES", 7, lambda row: str(row.volumes), rank=3, right=True,
               sorts_by=lambda row: row.volumes),
        Column("quota", "QUOTA", 9, lambda row: or_none(quota(row)), rank=2,
               sorts_by=lambda row: row.quota_bytes),
        Column("type", "TYPE", 7, lambda row: row.type, rank=4),
        Column("hosts", "HOSTS", 5, lambda row: str(len(row.hosts)), rank=5, right=True,
               sorts_by=lambda row: len(row.hosts)),
        Column("autostart", "AUTOSTART", 9, lambda row: or_none(row.autostart), rank=7),
        Column("realm", "REALM", 8, lambda row: row.realm, rank=6),
        Column("target", "TARGET", 34, lambda row: row.target, rank=8),
    ),
    actions=(
        Action("pool.create", "n", "new", on_row=False, bulk=False),
        Action("pool.edit", "e", "edit", bulk=False),
        Action("pool.delete", "d", "delete", ask=Ask.CONFIRM),
        Action("pool.view_xml", "w", "XML", shows=Shows.TEXT, bulk=False),
    ),
    forms=(
        Form("pool.create", "New storage pool", (*_PLACE, _MAKE)),
        Form("pool.edit", "Edit", (*_PLACE, *_RUNS)),
    ),
    empty="A storage pool is where the hosts of a realm keep volumes or drives. None is "
          "recorded, and no host has one that the configuration names. {new} makes the first one.",
    dims=row_role,
    about=about,
)  # fmt: skip
