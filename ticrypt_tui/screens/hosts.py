"""Libvirt hosts: the servers that VMs live on; each is added, edited, deleted, given one of three
states, and its utilization checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

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
from ticrypt_tui.screens.showing import (
    counted,
    gib,
    moment,
    named,
    of_all,
    or_none,
    short_moment,
)

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.hosts.hosts import HostRow
    from ticrypt_tui.backend.services.profiles.profiles import ProfileRow
    from ticrypt_tui.backend.services.realms.realms import RealmRow

STATES = ("enabled", "no scheduler", "disabled")
STATES_SAY = (
    "enabled: contacted, VMs are placed there · no scheduler: contacted, nothing new is placed · "
    "disabled: not contacted at all"
)
_STATE_ROLES = {"no scheduler": "warning", "disabled": "muted"}
_REACH_ROLES = {
    "up": "success", "unreachable": "error", "simulated": "accent", "connecting": "warning",
}  # fmt: skip


def state_role(row: HostRow) -> str:
    return _STATE_ROLES.get(row.state, "")


def reach(row: HostRow) -> str:
    """How it is seen; of one that does not answer, since when."""
    if row.reach == "unreachable" and row.since is not None:
        return f"unreachable {short_moment(row.since)}"
    return row.reach


def reach_role(row: HostRow) -> str:
    return _REACH_ROLES.get(row.reach, "muted")


def cores(row: HostRow) -> str:
    return of_all(row.cores_used, row.cores)


def memory(row: HostRow) -> str:
    total = gib(row.memory_mib) if row.memory_mib else ""
    return f"{gib(row.memory_used)}/{total or '–'}"


def devices(row: HostRow) -> str:
    return of_all(row.devices_used, row.devices) if row.devices or row.devices_used else ""


def contact(row: HostRow) -> str:
    """When it last answered, if that is not now: a screen on which nothing happens stands still."""
    return "now" if row.reach in ("up", "simulated") else moment(row.last_contact)


def row_role(row: HostRow) -> str:
    return "muted" if row.reach == "not contacted" else ""


def about(row: HostRow) -> tuple[str, ...]:
    """Where it is, and what is on it."""
    on_it = counted(row.vms, "VM") + (f": {named(row.vm_names)}" if row.vms else "")
    return (f"realm {row.realm} · {row.uri}", f"{row.state} · {reach(row)} · {on_it}")


def warns(rows: Sequence[HostRow], values: Mapping[str, Any]) -> tuple[str, ...]:
    """The VMs of which the console loses sight, if these hosts are disabled."""
    if values.get("state") != "disabled":
        return ()
    names = [name for row in rows for name in row.vm_names]
    if not names:
        return ()
    return (
        f"The console will neither see nor stop {counted(len(names), 'VM')} there; they run on:",
        f"  {named(names)}",
    )


def untried(values: Mapping[str, Any]) -> bool:
    """A host that is disabled is not contacted, nor tried."""
    return bool(values.get("state") == "disabled")


def room(row: ProfileRow) -> str:
    return f"{row.cores} cores, {gib(row.memory_mib)} GiB" + (
        f", {counted(len(row.devices), 'device')}" if row.devices else ""
    )


def realm_note(row: RealmRow) -> str:
    return f"driver {row.driver}" + (", disabled" if row.disabled else "")


FIELDS = (
    Field("realm", "Realm", Kind.OBJECT, of="realms", fixed=True, note=realm_note,
          says="A host is one realm's alone, for as long as it is there.",
          holds=lambda row: row.realm_id),
    Field("name", "Name", alone=True,
          says="What the host is called here: 1 to 200 characters, its realm's only one."),
    Field("uri", "URI", alone=True,
          says="Where libvirt is: qemu:///system for this machine, else as in "
               "qemu+ssh://root@host/system. It is tried before it is saved."),
    Field("profile", "Hardware profile", Kind.OBJECT, required=False, of="profiles", note=room,
          within="realm", says="How much of the host VMs may use. One of the realm's profiles.",
          holds=lambda row: row.profile_id),
    Field("state", "State", Kind.CHOICE, choices=STATES, says=STATES_SAY),
    Field("nat_address", "NAT address", required=False,
          says="Optional: the IPv4 address at which users reach the VMs of this host."),
    Field("nat_port_base", "NAT port base", Kind.NUMBER, required=False,
          says="Optional: the first of the host's ports that lead to port 22 of its VMs."),
)  # fmt: skip
TRIAL = Trial("host.test", ("realm", "uri"), "Asking libvirt there, for 10 s at most",
              anyway="unanswered", spared=untried)  # fmt: skip

TAB = Tab(
    name="hosts",
    title="Libvirt Hosts",
    short="Hosts",
    group="Infrastructure",
    noun="host",
    columns=(
        Column("name", "NAME", 16, lambda row: row.name, rank=0),
        Column("realm", "REALM", 8, lambda row: row.realm, rank=4),
        Column("state", "STATE", 12, lambda row: row.state, rank=0, style=state_role),
        Column("reach", "REACH", 20, reach, rank=1, style=reach_role),
        Column("profile", "PROFILE", 14, lambda row: or_none(row.profile), rank=5),
        Column("cores", "CORES", 8, cores, rank=2, right=True, sorts_by=lambda row: row.cores_used),
        Column("memory", "MEM GiB", 11, memory, rank=2, right=True,
               sorts_by=lambda row: row.memory_used),
        Column("devices", "DEVICES", 7, devices, rank=6, right=True,
               sorts_by=lambda row: row.devices_used),
        Column("vms", "VMS", 5, lambda row: str(row.vms), rank=1, right=True,
               sorts_by=lambda row: row.vms),
        Column("contact", "LAST CONTACT", 12, contact, rank=7),
        Column("uri", "URI", 30, lambda row: row.uri, rank=8),
    ),
    actions=(
        Action("host.create", "n", "new", on_row=False, bulk=False),
        Action("host.edit", "e", "edit", bulk=False),
        Action("host.change_state", "s", "change state"),
        Action("host.utilization", "u", "utilization", shows=Shows.UTILIZATION, bulk=False),
        Action("host.delete", "d", "delete", ask=Ask.CONFIRM),
        Action("host.view_xml", "w", "XML", shows=Shows.TEXT, bulk=False),
    ),
    forms=(
        Form("host.create", "New host", FIELDS, trial=TRIAL),
        Form("host.edit", "Edit", FIELDS, trial=TRIAL, warns=warns),
        Form("host.change_state", "Change state of",
             (Field("state", "State", Kind.CHOICE, choices=STATES, says=STATES_SAY),),
             verb="Change", warns=warns),
    ),
    empty="A host is a server with libvirt, on which the VMs of its realm run. None is "
          "registered yet, so no VM can start. {new} registers the first one.",
    dims=row_role,
    about=about,
)  # fmt: skip
