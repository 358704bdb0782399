"""A team's quota of cores and memory, over all of its VMs that have not ended, and of drive space;
and a pool's (domain.md 2.4, 2.13)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.scheduling.room import amount
from ticrypt_tui.backend.store.prepared import Prepared
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.infrastructure import QuotaMode, StoragePool
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.store.tables.new_vm import NewVm
from ticrypt_tui.backend.store.tables.people import Team
from ticrypt_tui.text import shown

_MIB, _GIB = 2**20, 2**30


def refuse_over_quota(connection: Connection, vm: NewVm) -> None:
    """Refuse a VM with which its team's VMs would have more than the team's quota, with numbers.

    No quota is no limit; nor has a VM without a team one. What is being started counts, too.
    """
    if vm.team_id is None:
        return
    (used,) = _USED.rows(connection, {"team": vm.team_id})
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


_USED = Prepared(
    select(
        col(Team.name), col(Team.cores), col(Team.memory_mib),
        func.coalesce(func.sum(Vm.cores), 0), func.coalesce(func.sum(Vm.memory_mib), 0),
    )
    .outerjoin(Vm, (col(Vm.team_id) == Team.id) & col(Vm.ended).is_(None))
    .where(col(Team.id) == bindparam("team"))
    .group_by(col(Team.id))
)  # fmt: skip


async def refuse_drive_over_quota(session: AsyncSession, team: Team | None, size: int) -> None:
    """Refuse a drive with which its team's drives would take more than the team's quota."""
    if team is None or team.drive_space_gib is None:
        return
    used = await _taken(session, col(Drive.team_id) == team.id)
    if over := _over_space(team.drive_space_gib * _GIB, used, size):
        raise Refused(
            f"It would be over the quota of its team {shown(team.name)}: {over}.",
            "Delete a drive of the team, or have its quota raised.", about="size",
        )  # fmt: skip


async def refuse_pool_over_quota(session: AsyncSession, pool: StoragePool, size: int) -> None:
    """Refuse a drive with which the drives of a pool would take more than the pool's own quota."""
    if pool.quota_mode is not QuotaMode.EXPLICIT:
        return
    used = await _taken(session, col(Drive.pool_id) == pool.id)
    if over := _over_space(pool.quota_bytes, used, size):
        raise Refused(
            f"It would be over the quota of pool {shown(pool.name)}: {over}.",
            "Choose another tier, or have an admin raise the pool's quota.", about="size",
        )  # fmt: skip


async def _taken(session: AsyncSession, of: Any) -> int:
    total = select(func.coalesce(func.sum(Drive.size_bytes), 0)).where(of)
    return int(await session.scalar(total) or 0)


def _over_space(quota: int, used: int, wanted: int) -> str:
    what = "of drive space"
    return _over(what, quota, used, wanted, lambda size: amount(-(-size // _MIB)), "drives")


def _over(
    what: str, quota: int, used: int, wanted: int, written: Any = str, by: str = "VMs"
) -> str:
    if used + wanted <= quota:
        return ""
    return (
        f"{written(quota)} {what} allowed, {written(used)} used by its {by}, "
        f"{written(wanted)} wanted, {written(used + wanted - quota)} too many"
    )
