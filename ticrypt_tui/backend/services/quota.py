"""A team's quota of cores and memory, over all of its VMs that have not ended (domain.md 2.13)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, func, select
from sqlmodel import col

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.scheduling.room import amount
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.store.tables.people import Team
from ticrypt_tui.text import shown


def refuse_over_quota(connection: Connection, vm: Vm) -> None:
    """Refuse a VM with which its team's VMs would have more than the team's quota, with numbers.

    No quota is no limit; nor has a VM without a team one. What is being started counts, too.
    """
    if vm.team_id is None:
        return
    used = connection.execute(_USED, {"team": vm.team_id}).one()
    name, cores, memory_mib, cores_used, memory_used = used
    over = [
        _over("cores", cores, cores_used, vm.cores) if cores is not None else "",
        _over("of memory", memory_mib, memory_used, vm.memory_mib, amount)
        if memory_mib is not None else "",
    ]  # fmt: skip
    if reasons := [each for each in over if each]:
        raise Refused(
            f"It would be over the quota of its team {shown(name)}: {'; '.join(reasons)}.",
            "Shut a VM of the team down, or have its quota raised.",
        )


_USED = (
    select(
        col(Team.name), col(Team.cores), col(Team.memory_mib),
        func.coalesce(func.sum(Vm.cores), 0), func.coalesce(func.sum(Vm.memory_mib), 0),
    )
    .outerjoin(Vm, (col(Vm.team_id) == Team.id) & col(Vm.ended).is_(None))
    .where(col(Team.id) == bindparam("team"))
    .group_by(col(Team.id))
)  # fmt: skip


def _over(what: str, quota: int, used: int, wanted: int, written: Any = str) -> str:
    if used + wanted <= quota:
        return ""
    return (
        f"{written(quota)} {what} allowed, {written(used)} used by its VMs, "
        f"{written(wanted)} wanted, {written(used + wanted - quota)} too many"
    )
