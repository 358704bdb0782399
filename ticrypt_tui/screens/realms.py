"""Realms: which there are, by which driver, and how they stand; the configuration makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import Action, Column, Shows, Tab
from ticrypt_tui.screens.showing import moment, or_none

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.realms import RealmRow


def state(row: RealmRow) -> str:
    return "disabled" if row.disabled else "enabled"


def hosts(row: RealmRow) -> str:
    return f"{row.hosts_up}/{row.hosts_all} up"


def hosts_role(row: RealmRow) -> str:
    if row.disabled:
        return "muted"
    return "success" if row.hosts_up == row.hosts_all else "warning"


def row_role(row: RealmRow) -> str:
    return "muted" if row.disabled else ""


TAB = Tab(
    name="realms",
    title="Realms",
    group="Infrastructure",
    noun="realm",
    columns=(
        Column("name", "NAME", 18, lambda row: row.name, rank=0),
        Column("driver", "DRIVER", 9, lambda row: row.driver, rank=1),
        Column("state", "STATE", 8, state, rank=2),
        Column("hosts", "HOSTS", 9, hosts, rank=1, style=hosts_role),
        Column("vms", "VMS", 5, lambda row: str(row.vms), rank=2, right=True,
               sorts_by=lambda row: row.vms),
        Column("synced", "LAST SYNC", 12, lambda row: moment(row.last_sync), rank=3,
               sorts_by=lambda row: row.last_sync),
        Column("result", "RESULT", 20, lambda row: or_none(row.sync_result), rank=4),
    ),
    actions=(
        Action("realm.view_config", "w", "view configuration", shows=Shows.TEXT, bulk=False),
    ),
    empty="The configuration file declares no realm. It is the only place where one can be made.",
    dims=row_role,
)  # fmt: skip
