"""Hardware setups: the templates that configurations are made from (domain.md 2.7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import col, select

from ticrypt_tui.backend.scheduling.model import Demand
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.images.images import Named, grouped
from ticrypt_tui.backend.services.starting.placement import never_fits
from ticrypt_tui.backend.services.wording import listed
from ticrypt_tui.backend.store.tables.machines import (
    HardwareSetup,
    SetupDevice,
    VmConfiguration,
    VmImage,
)
from ticrypt_tui.config.devices import DeviceCount

SCRIPTS = {"linux": "bash", "windows": "PowerShell"}
"""What runs a start-up script, by the operating system of the image."""


@dataclass(frozen=True, slots=True)
class SetupRow:
    """A hardware setup; `os` is its image's, `configs` are the names of those made from it."""

    id: str
    name: str
    realm: str
    realm_id: str
    image: str
    image_id: str
    os: str
    cores: int
    memory_mib: int
    devices: tuple[DeviceCount, ...]
    debug_pty: bool
    debug_console: bool
    variant: str
    startup_script: str
    configs: tuple[str, ...]
    version: int

    @property
    def debug(self) -> bool:
        """Whether an admin may look inside the VMs of it."""
        return self.debug_pty or self.debug_console

    @property
    def script_kind(self) -> str:
        """What runs its start-up script."""
        return SCRIPTS.get(self.os, self.os)


class Setups(Service[SetupRow]):
    """The tab of hardware setups."""

    tab = "setups"
    kind = "setup"
    noun = "hardware setup"
    table = HardwareSetup

    async def rows(self) -> tuple[SetupRow, ...]:
        both = select(HardwareSetup, VmImage).join(VmImage).order_by(col(HardwareSetup.name))
        configs = select(VmConfiguration.setup_id, VmConfiguration.name)
        async with self.enclave.database.read() as session:
            found = (await session.exec(both)).all()
            devices = counted(await session.exec(select(SetupDevice)))
            names = grouped(await session.exec(configs))
        return tuple(self._row(setup, image, devices, names) for setup, image in found)

    def _row(
        self, setup: HardwareSetup, image: VmImage, devices: dict[str, list[DeviceCount]],
        configs: Named,
    ) -> SetupRow:  # fmt: skip
        return SetupRow(
            id=setup.id,
            name=setup.name,
            realm=self.enclave.realm_names[setup.realm_id],
            realm_id=setup.realm_id,
            image=image.name,
            image_id=image.id,
            os=image.os,
            cores=setup.cores,
            memory_mib=setup.memory_mib,
            devices=tuple(sorted(devices.get(setup.id, ()))),
            debug_pty=setup.debug_pty,
            debug_console=setup.debug_console,
            variant=setup.variant,
            startup_script=setup.startup_script,
            configs=configs.get(setup.id, ()),
            version=setup.version,
        )

    async def detail(self, row: SetupRow) -> Detail:
        sections = [Section("Hardware setup", _facts(row))]
        demand = Demand(row.cores, row.memory_mib, numbers(row.devices))
        if warning := await never_fits(self.enclave, row.realm_id, demand):
            sections.append(Section("! Warning", lines=(warning,)))
        if row.debug:
            sections.append(Section("! DEBUG", lines=(debug_says(row),)))
        if row.configs:
            sections.append(Section("Configurations of it", lines=(listed(row.configs, 40),)))
        if row.startup_script:
            script = tuple(row.startup_script.split("\n"))
            sections.append(Section(f"Start-up script ({row.script_kind})", lines=script))
        return Detail(row.name, tuple(sections))


def counted(devices: Iterable[SetupDevice]) -> dict[str, list[DeviceCount]]:
    """The devices that setups ask for, by their IDs."""
    found: dict[str, list[DeviceCount]] = {}
    for each in devices:
        found.setdefault(each.setup_id, []).append(DeviceCount(each.kind, each.count))
    return found


def numbers(devices: Iterable[DeviceCount]) -> dict[str, int]:
    """How many devices of each kind."""
    return {each.kind: each.count for each in devices}


def debug_says(row: SetupRow) -> str:
    """What being in debug mode means for the VMs of a setup."""
    ways = [
        each
        for each, on in (
            ("their serial console", row.debug_pty),
            ("their screen", row.debug_console),
        )
        if on
    ]
    return f"An admin may open {' and '.join(ways)}: never for production."


def _facts(row: SetupRow) -> tuple[tuple[str, str], ...]:
    options = (("pty", row.debug_pty), ("console", row.debug_console))
    debug = ", ".join(name for name, on in options if on)
    return (
        ("ID", row.id),
        ("realm", row.realm),
        ("image", f"{row.image} ({row.os})"),
        ("cores", str(row.cores)),
        ("memory", f"{row.memory_mib} MiB"),
        ("devices", ", ".join(map(str, row.devices)) or "none"),
        ("debug", f"ON: {debug}" if debug else "off"),
        ("variant", row.variant),
        ("script", row.script_kind if row.startup_script else "none"),
    )
