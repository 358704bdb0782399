"""Service VMs: for updating and maintaining images. They have the internet, but never a drive, a
team or a project, and are made and used in this tab alone."""

from __future__ import annotations

from datetime import timedelta
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
from ticrypt_tui.screens.hosts import realm_note
from ticrypt_tui.screens.showing import NONE, gib, moment, or_none, short_moment

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.hosts.hosts import HostRow
    from ticrypt_tui.backend.services.images.images import ImageRow
    from ticrypt_tui.backend.services.service_vms.service_vms import ServiceVmRow

INTERNET = "INTERNET"
_ROLES = {"off": "muted", "running": "success", "paused": "warning", "shutting down": "warning"}


def state(row: ServiceVmRow) -> str:
    """What is known now; of one whose host is silent, when that was."""
    since = row.run.stale_since if row.run else None
    return f"seen {short_moment(since)}" if since else row.state


def state_role(row: ServiceVmRow) -> str:
    if row.run and row.run.stale_since:
        return "muted"
    return _ROLES.get(row.state, "warning" if row.state.endswith("?") else "accent")


def devices(row: ServiceVmRow) -> str:
    return ", ".join(f"{each.count} {each.kind}" for each in row.devices) or NONE


def runtime(row: ServiceVmRow) -> str:
    """How long it has been on, in minutes, so that a screen on which nothing happens stands
    still."""
    if row.runtime is None:
        return NONE
    hours, minutes = divmod(row.runtime // timedelta(minutes=1), 60)
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def screen(row: ServiceVmRow) -> str:
    """Whether there is a screen to look at: a service VM always has one while it is on."""
    return "yes" if row.run and row.run.has_screen else NONE


def how_it_ended(row: ServiceVmRow) -> str:
    return row.last.end if row.last and not row.run else NONE


def ended(row: ServiceVmRow) -> str:
    return moment(row.last.ended) if row.last and not row.run else NONE


def row_role(row: ServiceVmRow) -> str:
    return "muted" if row.run and row.run.stale_since else ""


def about(row: ServiceVmRow) -> tuple[str, ...]:
    """What it is made of, and what it writes."""
    where = f"host {row.host}" if row.host else "any host"
    return (
        f"realm {row.realm} · image {row.image} · {where} · {state(row)}",
        writes(row),
    )


def writes(row: ServiceVmRow) -> str:
    """What sets it apart from other VMs."""
    return f"{INTERNET} · while it is on, it writes the volume {row.volume} itself"


def image_note(row: ImageRow) -> str:
    return f"{row.os} · volume {row.volume}"


def host_note(row: HostRow) -> str:
    return f"{row.state} · {row.reach}"


FIELDS = (
    Field("realm", "Realm", Kind.OBJECT, of="realms", fixed=True, note=realm_note,
          says="Its image and its host are of this realm.", holds=lambda row: row.realm_id),
    Field("name", "Name", alone=True, says="1 to 200 characters, its realm's only one."),
    Field("image", "Image", Kind.OBJECT, of="images", within="realm", note=image_note,
          says="It boots this image's volume itself and writes it: no other VM runs from the image "
               "meanwhile.",
          holds=lambda row: row.image_id),
    Field("cores", "Cores", Kind.NUMBER, says="How many of its host's cores it has."),
    Field("memory", "Memory", Kind.MEMORY, holds=lambda row: row.memory_mib,
          says="How much of its host's memory it has: GiB, or as in 512 MiB."),
    Field("devices", "Devices", Kind.COUNTS, required=False,
          says="Optional: which kinds of GPUs and FPGAs it has, and how many."),
    Field("host", "Host", Kind.OBJECT, required=False, of="hosts", within="realm", note=host_note,
          unset="any", says="Optional: the only host that it runs on; else the scheduler chooses.",
          holds=lambda row: row.host_id),
)  # fmt: skip
TRIAL = Trial("setup.test", ("realm", "cores", "memory", "devices"),
              "Looking whether any host could ever hold it", quiet=True)  # fmt: skip

TAB = Tab(
    name="service",
    title="Service VMs",
    short="Service",
    group="Machines",
    noun="service VM",
    columns=(
        Column("name", "NAME", 13, lambda row: row.name, rank=0),
        Column("internet", "NETWORK", 8, lambda row: INTERNET, rank=1, style=lambda row: "warning"),
        Column("state", "STATE", 13, state, rank=0, style=state_role),
        Column("image", "IMAGE", 12, lambda row: row.image, rank=1),
        Column("host", "HOST", 7, lambda row: row.host or "any", rank=2),
        Column("cores", "CORES", 5, lambda row: str(row.cores), rank=5, right=True,
               sorts_by=lambda row: row.cores),
        Column("memory", "MEM GiB", 7, lambda row: gib(row.memory_mib), rank=5, right=True,
               sorts_by=lambda row: row.memory_mib),
        Column("devices", "DEVICES", 7, devices, rank=8),
        Column("runtime", "RUNTIME", 10, runtime, rank=3, right=True,
               sorts_by=lambda row: row.runtime or timedelta()),
        Column("screen", "VNC", 3, screen, rank=4),
        Column("end", "HOW IT ENDED", 18, how_it_ended, rank=6),
        Column("realm", "REALM", 8, lambda row: or_none(row.realm), rank=7),
        Column("ended", "ENDED", 12, ended, rank=9,
               sorts_by=lambda row: row.last and row.last.ended),
    ),
    actions=(
        Action("service_vm.create", "n", "new", on_row=False, bulk=False),
        Action("service_vm.edit", "e", "edit", bulk=False),
        Action("service_vm.power_up", "s", "power up", shows=Shows.PROGRESS),
        Action("service_vm.shutdown", "K", "shut down", ask=Ask.SHUTDOWN),
        Action("service_vm.restart_controller", "R", "restart controller", shows=Shows.TEXT,
               bulk=False),
        Action("service_vm.logs", "l", "logs", shows=Shows.LOGS, bulk=False),
        Action("service_vm.open_vnc", "v", "VNC", shows=Shows.SCREEN, bulk=False),
        Action("service_vm.open_console", "b", "serial console", shows=Shows.CONSOLE, bulk=False),
        Action("service_vm.delete", "d", "delete", ask=Ask.CONFIRM),
    ),
    forms=(
        Form("service_vm.create", "New service VM", FIELDS, trial=TRIAL),
        Form("service_vm.edit", "Edit", FIELDS, trial=TRIAL, tells=lambda row: (writes(row),)),
    ),
    empty="A service VM is started to maintain an image: it has the internet, and no drive. "
          "There is none. {new} makes the first one of an image.",
    dims=row_role,
    about=about,
)  # fmt: skip
