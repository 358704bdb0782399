"""Hardware setups: the templates that configurations are made from (domain.md 2.7)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col, select

from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.checks import at_least_one, proper_name, refuse_namesake
from ticrypt_tui.backend.store.lookup import find_one
from ticrypt_tui.backend.store.tables.machines import HardwareSetup, VmImage


@dataclass(frozen=True, slots=True)
class SetupRow:
    """A hardware setup."""

    id: str
    name: str
    realm: str
    realm_id: str
    image: str
    cores: int
    memory_mib: int
    debug: bool
    variant: str


class Setups(Service[SetupRow]):
    """The tab of hardware setups."""

    tab = "setups"
    kind = "setup"
    noun = "hardware setup"

    async def rows(self) -> tuple[SetupRow, ...]:
        realms = self.enclave.realm_names
        both = select(HardwareSetup, VmImage.name).join(VmImage).order_by(col(HardwareSetup.name))
        async with self.enclave.database.read() as session:
            return tuple(
                SetupRow(
                    each.id, each.name, realms.get(each.realm_id, each.realm_id), each.realm_id,
                    image, each.cores, each.memory_mib, each.debug_pty or each.debug_console,
                    each.variant,
                )
                for each, image in await session.exec(both)
            )  # fmt: skip

    async def detail(self, row: SetupRow) -> Detail:
        facts = (
            ("ID", row.id),
            ("realm", row.realm),
            ("image", row.image),
            ("cores", str(row.cores)),
            ("memory", f"{row.memory_mib} MiB"),
            ("debug", "on" if row.debug else "off"),
            ("variant", row.variant),
        )
        return Detail(row.name, (Section("Hardware setup", facts),))


@operation(
    "setup.create",
    Argument("realm", "object", says="a realm's ID or name"),
    Argument("name"),
    Argument("image", "object", says="an image of that realm"),
    Argument("cores", "number"),
    Argument("memory", "memory", says="MiB, or with a unit, such as 4 GiB"),
    Argument("debug_pty", "flag", required=False, says="a serial console that an admin may open"),
    Argument("debug_console", "flag", required=False, says="a screen that an admin may open"),
    Argument("variant", "choice", required=False, choices=("default", "beta")),
    Argument("startup_script", required=False, says="run before the VM controller starts"),
    says="Make a hardware setup.",
    preconditions=(proper_name, at_least_one("cores", "memory")),
)
async def create(  # noqa: PLR0913
    call: Call,
    *,
    realm: str,
    name: str,
    image: str,
    cores: int,
    memory: int,
    debug_pty: bool = False,
    debug_console: bool = False,
    variant: str = "default",
    startup_script: str = "",
) -> str:
    """Make a hardware setup; returns its ID."""
    where = call.enclave.realm(realm)
    async with call.change() as session:
        await refuse_namesake(session, HardwareSetup, "a setup", where, name=name)
        found = await find_one(session, VmImage, image, col(VmImage.realm_id) == where.id)
        setup = HardwareSetup(
            realm_id=where.id, name=name, image_id=found.id, cores=cores, memory_mib=memory,
            debug_pty=debug_pty, debug_console=debug_console,
            variant=variant, startup_script=startup_script,
        )  # fmt: skip
        session.add(setup)
        call.made(setup.id)
    return setup.id
