"""Realms: which there are, by which driver, and how they stand; the configuration makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import Action, Column, Shows, Tab
from ticrypt_tui.screens.showing import NONE, moment

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.realms.realms import LastRound, RealmRow

PERIODIC = "the periodic sync"


def state(row: RealmRow) -> str:
    return "disabled" if row.disabled else "enabled"


def hosts(row: RealmRow) -> str:
    if row.disabled:
        return "disabled"
    return f"{row.hosts_up}/{row.hosts_all} up"


def hosts_role(row: RealmRow) -> str:
    if row.disabled:
        return "muted"
    return "success" if row.hosts_up == row.hosts_all else "warning"


def last(fixed: LastRound | None) -> str:
    """When something was last fixed, how long that took, and by whom; `sync`: the periodic one."""
    if fixed is None:
        return "never"
    took = "not ended" if fixed.seconds is None else f"{fixed.seconds:.1f} s"
    by = "sync" if fixed.by == PERIODIC else fixed.by
    return f"{moment(fixed.started)}, {took}, {by}"


def found(fixed: LastRound | None) -> str:
    """What it found, of how many objects."""
    if not fixed or not fixed.result:
        return NONE
    checked, parted, rest = fixed.result.partition(" checked, ")
    return f"of {checked}: {rest}" if parted else fixed.result


def row_role(row: RealmRow) -> str:
    return "muted" if row.disabled else ""


TAB = Tab(
    name="realms",
    title="Realms",
    group="Infrastructure",
    noun="realm",
    columns=(
        Column("name", "NAME", 17, lambda row: row.name, rank=0),
        Column("driver", "DRIVER", 7, lambda row: row.driver, rank=8),
        Column("state", "STATE", 8, state, rank=7),
        Column("hosts", "HOSTS", 8, hosts, rank=1, style=hosts_role),
        Column("vms", "VMS", 5, lambda row: str(row.vms), rank=4, right=True,
               sorts_by=lambda row: row.vms),
        Column("vms_fixed", "LAST FIX VMS", 22, lambda row: last(row.last_vms), rank=2,
               sorts_by=lambda row: row.last_vms and row.last_vms.started),
        Column("vms_found", "FOUND", 23, lambda row: found(row.last_vms), rank=3),
        Column("drives_fixed", "LAST FIX DRIVES", 22, lambda row: last(row.last_drives), rank=5,
               sorts_by=lambda row: row.last_drives and row.last_drives.started),
        Column("drives_found", "FOUND", 23, lambda row: found(row.last_drives), rank=6),
    ),
    actions=(
        Action("realm.fix_vms", "f", "Fix VMs", shows=Shows.PLAN, bulk=False),
        Action("realm.fix_drives", "F", "Fix drives", shows=Shows.PLAN, bulk=False),
        Action("realm.view_config", "w", "view configuration", shows=Shows.TEXT, bulk=False),
    ),
    empty="A realm is where VMs run: hosts, storage and a network that belong together, apart "
          "from all other realms. The configuration file declares none. It is the only place "
          "where one can be made, with [[realms]].",
    dims=row_role,
)  # fmt: skip
