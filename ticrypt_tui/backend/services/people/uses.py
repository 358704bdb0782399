"""What refers to a user, a team or a project: configurations, VMs that have not ended, drives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.services.base import Section
from ticrypt_tui.backend.services.wording import listed, so_many
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.machines import Vm, VmConfiguration

By = Literal["owner_id", "team_id", "project_id"]
_NAMED_IN_DETAILS = 40


@dataclass(frozen=True, slots=True)
class Uses:
    """The names of what refers to one object."""

    configurations: tuple[str, ...] = ()
    vms: tuple[str, ...] = ()
    drives: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The names under what they are names of, those of which there are any."""
        every = (
            ("VM configuration", self.configurations),
            ("VM", self.vms),
            ("drive", self.drives),
        )
        return tuple(each for each in every if each[1])


NOTHING = Uses()


async def read_uses(session: AsyncSession, by: By) -> dict[str, Uses]:
    """What refers to every object of a sort, by its ID."""
    configurations = await _names(session, VmConfiguration, by)
    vms = await _names(session, Vm, by)
    drives = await _names(session, Drive, by)
    return {
        each: Uses(configurations.get(each, ()), vms.get(each, ()), drives.get(each, ()))
        for each in {*configurations, *vms, *drives}
    }


async def _names(
    session: AsyncSession, table: type[SQLModel], by: By
) -> Mapping[str, tuple[str, ...]]:
    columns: Any = table.__table__.c  # type: ignore[attr-defined]
    query = select(columns[by], columns.name).where(columns[by].is_not(None)).order_by(columns.name)
    if table is Vm:
        query = query.where(col(Vm.ended).is_(None))
    found: dict[str, list[str]] = {}
    for object_id, name in await session.exec(query):
        found.setdefault(object_id, []).append(name)
    return {each: tuple(names) for each, names in found.items()}


def still_used(uses: Uses, *others: tuple[str, tuple[str, ...]]) -> str:
    """Why something that these refer to is not deleted, naming them, or ''."""
    said = [f"{so_many(len(names), noun, f'{noun}s')} ({listed(names)})" for noun, names in
            (*others, *uses.kinds) if names]  # fmt: skip
    return f"It is still used: by {', '.join(said)}." if said else ""


def use_section(uses: Uses) -> Section:
    """What refers to it, for a detail panel."""
    fields = tuple(
        (f"{noun}s", f"{len(names)}: {listed(names, _NAMED_IN_DETAILS)}")
        for noun, names in uses.kinds
    )
    return Section("Used by", fields, () if fields else ("nothing",))
