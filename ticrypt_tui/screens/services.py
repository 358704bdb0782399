"""System services: how they are, restarting one, and their logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import Action, Ask, Column, Shows, Tab
from ticrypt_tui.screens.showing import NONE, moment, named, or_none

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.units.units import UnitRow

_ROLES = {"active": "success", "failed": "error", "inactive": "muted", "": "warning"}
_MIB = 2**20


def state_role(row: UnitRow) -> str:
    return _ROLES.get(row.active, "warning")


def restarts(row: UnitRow) -> str:
    """How often systemd started it again by itself."""
    return NONE if row.restarts is None else str(row.restarts)


def memory(row: UnitRow) -> str:
    if row.memory is None:
        return NONE
    return f"{row.memory / _MIB:,.1f}" if row.memory < 100 * _MIB else f"{row.memory // _MIB:,}"


def about(row: UnitRow) -> tuple[str, ...]:
    """How it is, and what its restart cuts and restarts along."""
    own = f"another name of {row.primary}" if row.primary != row.name else ""
    since = f"{row.state} since {moment(row.since)}" if row.since else row.state
    facts = (row.description, own, since, row.says)
    along = f"Restarted along: {named(row.cut_along)}." if row.cut_along else ""
    effects = (row.effect, along or "Nothing that runs is restarted along.")
    return (" · ".join(filter(None, facts)), "", *filter(None, effects))


TAB = Tab(
    name="services",
    title="System services",
    short="Services",
    group="System",
    noun="system service",
    columns=(
        Column("name", "UNIT", 24, lambda row: row.name, rank=0),
        Column("state", "STATE", 20, lambda row: row.state, rank=0, style=state_role),
        Column("since", "SINCE", 12, lambda row: moment(row.since), rank=1,
               sorts_by=lambda row: row.since),
        Column("restarts", "RESTARTS", 8, restarts, rank=2, right=True,
               sorts_by=lambda row: row.restarts or 0),
        Column("memory", "MEM MiB", 7, memory, rank=4, right=True,
               sorts_by=lambda row: row.memory or 0),
        Column("message", "LAST MESSAGE", 22, lambda row: or_none(row.last_message), rank=3),
        Column("description", "DESCRIPTION", 40, lambda row: or_none(row.description), rank=5),
    ),
    actions=(
        Action("unit.restart", "R", "restart", ask=Ask.TYPED_NAME, bulk=False),
        Action("unit.logs", "l", "logs", shows=Shows.LOGS, bulk=False),
    ),
    empty="The services of systemd that the enclave runs on are here, to be restarted, with "
          "their logs. The configuration names none: [services] units holds their exact names.",
    about=about,
)  # fmt: skip
