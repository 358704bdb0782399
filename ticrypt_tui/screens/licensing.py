"""Licensing servers: the only addresses that running VMs may reach, and how the hosts follow that
list; each is created, edited and deleted, and the list re-synced and exported."""

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
    Trial,
)
from ticrypt_tui.screens.showing import or_none

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.licensing.licenses import LicenseRow

PROTOCOLS = ("tcp", "udp", "both")
_ACTIVE_ROLES = {
    "active": "success",
    "ends soon": "warning",
    "expired": "muted",
    "damaged": "error",
}
_STATE_ROLES = {"in sync": "success", "drifted": "warning", "not applied": "warning"}


def active_role(row: LicenseRow) -> str:
    return _ACTIVE_ROLES.get(row.active, "")


def state_role(row: LicenseRow) -> str:
    """The role of the worst that a host is at."""
    if not row.hosts:
        return "muted"
    worst = row.state.rstrip("0123456789/").strip()
    return _STATE_ROLES.get(worst, "error")


def server_role(row: LicenseRow) -> str:
    if row.damage:
        return "error"
    return "warning" if row.drift or row.resolution.fault else ""


def row_role(row: LicenseRow) -> str:
    return "muted" if row.active == "expired" else ""


def about(row: LicenseRow) -> tuple[str, ...]:
    protocol = "TCP and UDP" if row.protocol == "both" else row.protocol.upper()
    group = f" · group {row.group}" if row.group else ""
    return (
        f"{row.address} · ports {row.ports} {protocol} · {row.active}{group}",
        "VMs do not reach it as it is."
        if row.active in ("expired", "damaged")
        else "VMs that use it lose it at once, also what is connected now.",
    )


def tells(row: LicenseRow) -> tuple[str, ...]:
    """Where the entry stands."""
    lines = [f"Hosts: {row.state}. What is saved reaches running VMs at once."]
    if row.damage:
        lines.append(f"It is damaged in the database, so that VMs do not reach it: {row.damage}")
    if row.active == "expired":
        lines.append(f"It expired on {row.until}: VMs do not reach it. A later date revives it.")
    return tuple(lines)


_NAME = "1 to 200 characters; the server's address if left empty. Of several, it goes before each."
_ADDRESS = "An IP address, a network such as 192.0.2.0/28, or a host name, resolved as it is saved."
_REST = (
    Field("ports", "Ports", says="1 to 65535: ports and ranges, as in 1717, 27000-27009."),
    Field("protocol", "Protocol", Kind.CHOICE, choices=PROTOCOLS,
          says="tcp: surer, and what most licence servers speak · udp · both"),
    Field("group", "Group", required=False, says="Optional: a word to sort and filter by."),
    Field("deactivate_at", "Deactivation", required=False, holds=lambda row: row.until,
          says="Optional: a day such as 2027-01-31, or 2027-01-31 18:00, from when on VMs no "
               "longer reach it."),
)  # fmt: skip
NEW = (
    Field("name", "Name", required=False, says=_NAME),
    Field("address", "Servers",
          says=f"{_ADDRESS} Several with commas between them: an entry for each."),
    *_REST,
)  # fmt: skip
EDIT = (
    Field("name", "Name", says="1 to 200 characters."),
    Field("address", "Server", says=_ADDRESS),
    *_REST,
)
TRIAL = Trial("license.test", ("address",), "Resolving its name, for 10 s at most",
              anyway="wide", quiet=True)  # fmt: skip

TAB = Tab(
    name="licensing",
    title="Licensing Servers",
    short="Licensing",
    group="Data",
    noun="licensing server",
    columns=(
        Column("name", "NAME", 16, lambda row: row.name, rank=0),
        Column("address", "ADDRESS", 15, lambda row: row.server, rank=0, style=server_role,
               sorts_by=lambda row: row.address),
        Column("ports", "PORTS", 11, lambda row: row.ports, rank=1),
        Column("protocol", "PROTOCOL", 8, lambda row: row.protocol, rank=3),
        Column("active", "ACTIVE", 9, lambda row: row.active, rank=1, style=active_role),
        Column("state", "HOSTS", 15, lambda row: row.state, rank=1, style=state_role),
        Column("group", "GROUP", 8, lambda row: or_none(row.group), rank=4),
        Column("until", "DEACTIVATION", 16, lambda row: or_none(row.until), rank=5),
        Column("creator", "CREATOR", 7, lambda row: row.created_by, rank=6),
        Column("created", "CREATED", 10, lambda row: row.since, rank=7),
        Column("through", "LET THROUGH", 20, lambda row: or_none(row.through), rank=8),
    ),
    actions=(
        Action("license.create", "n", "new", on_row=False, bulk=False),
        Action("license.edit", "e", "edit", bulk=False),
        Action("license.delete", "d", "delete", ask=Ask.CONFIRM),
        Action("license.resync", "R", "re-sync", shows=Shows.RESYNC, on_row=False, bulk=False),
    ),
    forms=(
        Form("license.create", "New licensing servers", NEW, trial=TRIAL, lasting=True),
        Form("license.edit", "Edit", EDIT, trial=TRIAL, tells=tells,
             lasting=True),
    ),
    empty="A licensing server is an address that every running VM may reach, such as one that "
          "hands out licences of software. There is none, so VMs reach nothing outside the "
          "enclave. {new} lets them reach one.",
    dims=row_role,
    about=about,
    exporting="license.export",
)  # fmt: skip
