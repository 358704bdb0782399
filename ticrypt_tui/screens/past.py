"""Past VMs: the hundred newest, how each ended, and its logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import Action, Column, Shows, Tab
from ticrypt_tui.screens.showing import lasted, moment, or_none

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.vms.past import PastVm

_AS_ASKED = {"shut down by owner", "shut down by admin", "powered off by guest"}
_BROKEN = {"crashed", "lost", "start failed", "no host", "registration timeout"}


def end_role(row: PastVm) -> str:
    if row.end in _AS_ASKED:
        return ""
    return "error" if row.end in _BROKEN else "warning"


TAB = Tab(
    name="past",
    title="Past VMs",
    short="Past",
    group="Machines",
    noun="past VM",
    columns=(
        Column("name", "NAME", 16, lambda row: row.name, rank=0),
        Column("end", "HOW IT ENDED", 20, lambda row: row.end, rank=0, style=end_role),
        Column("ended", "ENDED", 12, lambda row: moment(row.ended), rank=1,
               sorts_by=lambda row: row.ended),
        Column("owner", "OWNER", 8, lambda row: or_none(row.owner), rank=2),
        Column("lasted", "RAN FOR", 11, lambda row: lasted(row.started, row.ended), rank=4,
               sorts_by=lambda row: row.started and row.ended - row.started),
        Column("host", "HOST", 12, lambda row: or_none(row.host), rank=3),
        Column("message", "LAST MESSAGE", 24, lambda row: or_none(row.last_message), rank=5),
        Column("project", "PROJECT", 14, lambda row: or_none(row.project), rank=6),
        Column("team", "TEAM", 8, lambda row: or_none(row.team), rank=8),
        Column("started", "STARTED", 12, lambda row: moment(row.started), rank=7,
               sorts_by=lambda row: row.started),
        Column("realm", "REALM", 8, lambda row: or_none(row.realm), rank=9),
        Column("setup", "SETUP", 12, lambda row: or_none(row.setup), rank=8),
    ),
    actions=(Action("vm.logs", "l", "logs", shows=Shows.LOGS, bulk=False),),
    empty="The VMs that ended last are here, each with how it ended, and its logs. No VM has "
          "ended yet.",
    sort="ended",
    newest_first=True,
)  # fmt: skip
