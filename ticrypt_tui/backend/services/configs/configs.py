"""VM configurations: the recipes that VMs are started from (domain.md 2.8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.drives.holders import read_holders
from ticrypt_tui.backend.services.names import Names, read_names
from ticrypt_tui.backend.services.vms.events import event_lines
from ticrypt_tui.backend.services.wording import together
from ticrypt_tui.backend.store.tables.data import ConfigurationDrive, Drive
from ticrypt_tui.backend.store.tables.machines import (
    HardwareSetup,
    SetupDevice,
    Vm,
    VmConfiguration,
    VmImage,
)

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """A configuration with what its setup gives it, and the VM that runs from it, if one does.

    `state` is that VM's, else `stopped`; `drives` are names with `rw` or `ro`, `devices` kinds with
    how many of each. `attached` are the drives' IDs, names and modes; `closed_drives` the names of
    those whose key the caller does not hold, each with who can open it.
    """

    id: str
    name: str
    state: str
    owner: str
    team: str
    project: str
    realm: str
    realm_id: str
    setup: str
    setup_id: str
    image: str
    cores: int
    memory_mib: int
    devices: tuple[str, ...]
    debug: bool
    drives: tuple[str, ...]
    co_owners: tuple[str, ...]
    co_owner_ids: tuple[str, ...]
    owner_id: str
    team_id: str | None
    project_id: str | None
    vm_id: str | None
    version: int
    attached: tuple[tuple[str, str, str], ...] = ()
    closed_drives: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Beside:
    """What hangs on configurations and on setups, by their IDs."""

    vms: Mapping[str | None, tuple[str | None, str]]
    drives: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    holders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    devices: dict[str, list[str]] = field(default_factory=dict)


class Configs(Service[ConfigRow]):
    """The tab of configurations."""

    tab = "configs"
    kind = "config"
    noun = "VM configuration"

    async def rows(self) -> tuple[ConfigRow, ...]:
        whole = (
            select(VmConfiguration, HardwareSetup, VmImage.name)
            .join(HardwareSetup, col(HardwareSetup.id) == VmConfiguration.setup_id)
            .join(VmImage, col(VmImage.id) == HardwareSetup.image_id)
            .order_by(col(VmConfiguration.name), col(VmConfiguration.id))
        )
        async with self.enclave.database.read() as session:
            names = await read_names(session)
            beside = await _read_beside(session)
            found = (await session.exec(whole)).all()
        return tuple(
            _row(config, setup, image, names, beside, self.enclave)
            for config, setup, image in found
        )

    async def detail(self, row: ConfigRow) -> Detail:
        sections = [Section("VM configuration", _facts(row)), Section("Setup", _setup(row))]
        if row.drives:
            sections.append(Section("Drives", lines=row.drives))
        last = select(Vm).where(Vm.configuration_id == row.id).order_by(col(Vm.created).desc())
        async with self.enclave.database.read() as session:
            vm = (await session.exec(last.limit(1))).first()
        if vm is not None:
            lines = await event_lines(self.enclave.database, vm.id)
            sections.append(Section("Last start", (("VM", vm.id),), lines))
        return Detail(row.name, tuple(sections))


async def _read_beside(session: AsyncSession) -> _Beside:
    going = select(Vm.configuration_id, Vm.id, Vm.state).where(col(Vm.ended).is_(None))
    vms = {made_from: (vm_id, state) for made_from, vm_id, state in await session.exec(going)}
    beside = _Beside(vms, holders=await read_holders(session))
    attached = select(ConfigurationDrive, Drive.name).join(Drive).order_by(col(Drive.name))
    for drive, name in await session.exec(attached):
        one = drive.drive_id, name, str(drive.mode)
        beside.drives.setdefault(drive.configuration_id, []).append(one)
    for device in await session.exec(select(SetupDevice).order_by(col(SetupDevice.kind))):
        beside.devices.setdefault(device.setup_id, []).append(f"{device.count}× {device.kind}")
    return beside


def _row(
    config: VmConfiguration,
    setup: HardwareSetup,
    image: str,
    names: Names,
    beside: _Beside,
    enclave: Enclave,
) -> ConfigRow:
    vm_id, state = beside.vms.get(config.id, (None, STOPPED))
    attached = tuple(beside.drives.get(config.id, ()))
    shared = sorted(names.co_owners.get(config.id, ()), key=names.owner)
    return ConfigRow(
        id=config.id,
        name=config.name,
        state=state,
        owner=names.owner(config.owner_id),
        team=names.team(config.team_id),
        project=names.project(config.project_id),
        realm=enclave.realm_names[config.realm_id],
        realm_id=config.realm_id,
        setup=setup.name,
        setup_id=setup.id,
        image=image,
        cores=setup.cores,
        memory_mib=setup.memory_mib,
        devices=tuple(beside.devices.get(setup.id, ())),
        debug=setup.debug_pty or setup.debug_console,
        drives=tuple(f"{name}:{mode}" for _, name, mode in attached),
        co_owners=tuple(map(names.owner, shared)),
        co_owner_ids=tuple(shared),
        owner_id=config.owner_id,
        team_id=config.team_id,
        project_id=config.project_id,
        vm_id=vm_id,
        version=config.version,
        attached=attached,
        closed_drives=_closed(attached, names, beside, enclave.caller.user_id),
    )


def _closed(
    attached: Sequence[tuple[str, str, str]], names: Names, beside: _Beside, caller_id: str
) -> tuple[tuple[str, str], ...]:
    """The drives whose key the caller does not hold, each with who can open it.

    A drive is called by its name, or by its ID where another one that is attached has that name.
    """
    called = Counter(name for _, name, _ in attached)
    held = [
        (name if called[name] == 1 else drive_id, beside.holders.get(drive_id, ()))
        for drive_id, name, _ in attached
    ]
    return tuple(
        (name, together(sorted(map(names.owner, who))) or "nobody")
        for name, who in held
        if caller_id not in who
    )


def _facts(row: ConfigRow) -> tuple[tuple[str, str], ...]:
    return (
        ("ID", row.id),
        ("state", row.state),
        ("VM", row.vm_id or "none runs"),
        ("owner", row.owner),
        ("co-owners", ", ".join(row.co_owners) or "none"),
        ("team", row.team or "none"),
        ("project", row.project),
        ("realm", row.realm),
        ("drives", "" if row.drives else "none"),
    )


def _setup(row: ConfigRow) -> tuple[tuple[str, str], ...]:
    return (
        ("name", row.setup),
        ("image", row.image),
        ("cores", str(row.cores)),
        ("memory", f"{row.memory_mib} MiB"),
        ("devices", ", ".join(row.devices) or "none"),
        ("debug", "ON: not for production" if row.debug else "off"),
    )
