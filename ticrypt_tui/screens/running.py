"""Running VMs: every one of every reachable host; its logs, and shutting it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticrypt_tui.screens.declaration import Action, Ask, Column, Field, Form, Kind, Shows, Tab
from ticrypt_tui.screens.showing import TO_COME, gib, moment, or_none, short_moment

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.configs.choices import MemberChoice
    from ticrypt_tui.backend.services.vms.running_vm import RunningVm

_ROLES = {
    "running": "success",
    "paused": "warning",
    "shutting down": "warning",
    "stopped": "muted",
}


def state(row: RunningVm) -> str:
    """What is known now; of a VM whose host is silent, when that was."""
    return f"seen {short_moment(row.stale_since)}" if row.stale_since else row.state


def state_role(row: RunningVm) -> str:
    if row.stale_since:
        return "muted"
    return _ROLES.get(row.state, "warning" if row.state.endswith("?") else "accent")


def debug(row: RunningVm) -> str:
    return "DEBUG" if row.debug else ""


def mark(row: RunningVm) -> str:
    """What must be known of it besides its state."""
    return "SIM" if row.simulated else debug(row)


def mark_role(row: RunningVm) -> str:
    return "muted" if row.simulated else "warning"


def cores(row: RunningVm) -> str:
    return str(row.cores) if row.cores else ""


def told(row: RunningVm, text: str | None) -> str:
    """What its host tells of it; an ellipsis where that is still to come."""
    return TO_COME if row.pending and not text else or_none(text)


def row_role(row: RunningVm) -> str:
    return "muted" if row.stale_since else ""


def about(row: RunningVm) -> tuple[str, ...]:
    """Where it is, whose, since when, and how long it has left to register."""
    since = f"running since {moment(row.started)}" if row.started else "start time unknown"
    place = f"realm {or_none(row.realm)} · host {or_none(row.host)} · owner {or_none(row.owner)}"
    if row.simulated:
        return (place, "It is simulated: libvirt plays it, and nothing real is behind it.")
    unknown = () if row.known else ("It is unknown to the store: nobody started it from here.",)
    return (f"{place} · {since}", *_to_register(row), *unknown)


def _to_register(row: RunningVm) -> tuple[str, ...]:
    """The time itself, not what is left of it: nothing has to be read anew for it to stay true."""
    if row.register_by is None:
        return ()
    return (f"Its guest's agent must answer by {moment(row.register_by)}, or the VM is ended.",)


def present(row: RunningVm) -> tuple[str, ...]:
    """What project it has, and where it can go."""
    only = "Only a project above it can be chosen." if row.project_id else "Any can be chosen."
    return (f"now in {row.project}. {only}",)


def above(choice: MemberChoice, values: Mapping[str, Any], rows: Sequence[RunningVm]) -> bool:
    """A project that at least one of the VMs may be set to: above its own; any, if it has none."""
    return any(choice.id in row.above or not row.project_id for row in rows)


PROJECT = Field("project", "Project", Kind.OBJECT, of="projectchoices", offers=above,
                holds=lambda row: "",
                says="A VM can only move up, to what its present project is below. Its "
                     "configuration keeps its own project.")  # fmt: skip

TAB = Tab(
    name="running",
    title="Running VMs",
    short="Running",
    group="Machines",
    noun="VM",
    columns=(
        Column("name", "NAME", 14, lambda row: row.name, rank=0),
        Column("debug", "MARK", 5, mark, rank=2, style=mark_role),
        Column("state", "STATE", 13, state, rank=0, style=state_role),
        Column("owner", "OWNER", 8, lambda row: or_none(row.owner), rank=3),
        Column("team", "TEAM", 8, lambda row: or_none(row.team), rank=6),
        Column("project", "PROJECT", 16, lambda row: or_none(row.project), rank=5),
        Column("realm", "REALM", 8, lambda row: or_none(row.realm), rank=9),
        Column("host", "HOST", 12, lambda row: or_none(row.host), rank=1),
        Column("cores", "CORES", 5, cores, rank=7, right=True, sorts_by=lambda row: row.cores),
        Column("memory", "MEM GiB", 7, lambda row: gib(row.memory_mib), rank=7, right=True,
               sorts_by=lambda row: row.memory_mib),
        Column("started", "STARTED", 12, lambda row: moment(row.started), rank=4,
               sorts_by=lambda row: row.started),
        Column("ip", "IP", 15, lambda row: told(row, row.address), rank=3),
        Column("mac", "MAC", 17, lambda row: told(row, row.mac), rank=11),
        Column("setup", "SETUP", 12, lambda row: or_none(row.setup), rank=10),
    ),
    actions=(
        Action("vm.logs", "l", "logs", shows=Shows.LOGS, bulk=False),
        Action("vm.open_vnc", "v", "VNC", shows=Shows.SCREEN, bulk=False),
        Action("vm.open_console", "b", "serial console", shows=Shows.CONSOLE, bulk=False),
        Action("vm.shutdown", "K", "shut down", ask=Ask.SHUTDOWN),
        Action("vm.set_project", "p", "set project"),
    ),
    forms=(Form("vm.set_project", "Set project of", (PROJECT,), verb="Set", tells=present),),
    empty="Every VM that runs is here, whoever started it. No VM is running. They are started "
          "from VM configurations: {go}configs leads there, and {config.start} starts one.",
    dims=row_role,
    about=about,
)  # fmt: skip
