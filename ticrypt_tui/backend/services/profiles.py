"""Hardware profiles: how much of a host the scheduler may use (domain.md 2.3)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col, select

from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.checks import at_least_one, proper_name, refuse_namesake
from ticrypt_tui.backend.store.tables.infrastructure import HardwareProfile


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A hardware profile."""

    id: str
    name: str
    realm: str
    realm_id: str
    cores: int
    memory_mib: int
    cost: str
    declared: bool


class Profiles(Service[ProfileRow]):
    """The tab of hardware profiles."""

    tab = "profiles"
    kind = "profile"
    noun = "hardware profile"

    async def rows(self) -> tuple[ProfileRow, ...]:
        realms = self.enclave.realm_names
        async with self.enclave.database.read() as session:
            found = await session.exec(select(HardwareProfile).order_by(col(HardwareProfile.name)))
            return tuple(
                ProfileRow(
                    each.id, each.name, realms.get(each.realm_id, each.realm_id), each.realm_id,
                    each.cores, each.memory_mib, each.cost, each.declared,
                )
                for each in found
            )  # fmt: skip

    async def detail(self, row: ProfileRow) -> Detail:
        facts = (
            ("ID", row.id),
            ("realm", row.realm),
            ("cores", str(row.cores)),
            ("memory", f"{row.memory_mib} MiB"),
            ("cost", row.cost),
        )
        return Detail(row.name, (Section("Hardware profile", facts),))


@operation(
    "profile.create",
    Argument("realm", "object", says="a realm's ID or name"),
    Argument("name"),
    Argument("cores", "number"),
    Argument("memory", "memory", says="MiB, or with a unit, such as 64 GiB"),
    Argument("cost", required=False, says="the cost function; spread if left out"),
    says="Make a hardware profile.",
    preconditions=(proper_name, at_least_one("cores", "memory")),
)
async def create(
    call: Call, *, realm: str, name: str, cores: int, memory: int, cost: str = "spread"
) -> str:
    """Make a hardware profile; returns its ID."""
    where = call.enclave.realm(realm)
    async with call.change() as session:
        await refuse_namesake(session, HardwareProfile, "a profile", where, name=name)
        made = HardwareProfile(
            realm_id=where.id, name=name, cores=cores, memory_mib=memory, cost=cost
        )
        session.add(made)
        call.made(made.id)
    return made.id
