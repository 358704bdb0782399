"""Images, setups, configurations and the VMs made from them (domain.md 2.6–2.11, 3)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Index, UniqueConstraint, event
from sqlmodel import Field, SQLModel

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.store.tables.columns import (
    belongs,
    choice,
    identity,
    moment,
    now,
    recalls,
)
from ticrypt_tui.backend.store.tables.versions import Versioned

if TYPE_CHECKING:
    from ticrypt_tui.backend.store.tables.new_vm import NewVm


class VmImage(Versioned, table=True):
    """A named, typed OS disk; at most one per volume (seed)."""

    __tablename__ = "vm_image"
    __table_args__ = (UniqueConstraint("realm_id", "name"), UniqueConstraint("realm_id", "volume"))

    id: str = identity("image")
    realm_id: str
    name: str = Field(max_length=200)
    volume: str = Field(max_length=500)
    os: str


class HardwareSetup(Versioned, table=True):
    """A template for VMs; a debug option on means that an admin can look inside."""

    __tablename__ = "hardware_setup"
    __table_args__ = (UniqueConstraint("realm_id", "name"),)

    id: str = identity("setup")
    realm_id: str
    name: str = Field(max_length=200)
    image_id: str = Field(foreign_key="vm_image.id")
    cores: int
    memory_mib: int
    debug_pty: bool = False
    debug_console: bool = False
    variant: str = "default"
    startup_script: str = ""


class SetupDevice(SQLModel, table=True):
    """How many devices of a kind a setup asks for."""

    __tablename__ = "setup_device"

    setup_id: str = belongs("hardware_setup", primary_key=True)
    kind: str = Field(primary_key=True)
    count: int


class VmConfiguration(Versioned, table=True):
    """The recipe that a VM is started from."""

    __tablename__ = "vm_configuration"

    id: str = identity("config")
    realm_id: str
    name: str = Field(max_length=200)
    setup_id: str = Field(foreign_key="hardware_setup.id")
    team_id: str | None = Field(default=None, foreign_key="team.id")
    project_id: str | None = Field(default=None, foreign_key="project.id")
    owner_id: str = Field(foreign_key="user_record.id")


class CoOwner(SQLModel, table=True):
    """A user who has a configuration's VMs together with its owner."""

    __tablename__ = "co_owner"

    configuration_id: str = belongs("vm_configuration", primary_key=True)
    user_id: str = belongs("user_record", primary_key=True)


class ServiceVm(Versioned, table=True):
    """A maintenance VM: internet, but never a drive, a team or a project (seed)."""

    __tablename__ = "service_vm"
    __table_args__ = (UniqueConstraint("realm_id", "name"),)

    id: str = identity("service")
    realm_id: str
    name: str = Field(max_length=200)
    image_id: str = Field(foreign_key="vm_image.id")
    cores: int
    memory_mib: int
    host_id: str | None = recalls("host")


class ServiceVmDevice(SQLModel, table=True):
    """How many devices of a kind a service VM asks for."""

    __tablename__ = "service_vm_device"

    service_vm_id: str = belongs("service_vm", primary_key=True)
    kind: str = Field(primary_key=True)
    count: int


class VmState(StrEnum):
    """The states of a VM that has not ended (`design.md` 8)."""

    SCHEDULING = "scheduling"
    STARTING = "starting"
    BOOTING = "booting"
    REGISTERING = "registering"
    RUNNING = "running"
    PAUSED = "paused"
    SHUTTING_DOWN = "shutting down"
    STOPPED = "stopped"


class VmEnd(StrEnum):
    """How a VM ended (`design.md` 8)."""

    BY_OWNER = "shut down by owner"
    BY_ADMIN = "shut down by admin"
    FORCED_OFF = "forced off"
    BY_GUEST = "powered off by guest"
    CRASHED = "crashed"
    DESTROYED_OUTSIDE = "destroyed outside"
    REGISTRATION_TIMEOUT = "registration timeout"
    NO_HOST = "no host"
    START_FAILED = "start failed"
    LOST = "lost"
    BY_FIX = "ended by Fix VMs"


class Vm(SQLModel, table=True):
    """A VM, running or past; `ended` tells which.

    It outlives what it was made from: the names are copied, as they were when it started.
    `starter` is the process that brings it up (`machine pid pid_started`), empty once it is up.
    `end` of one that has not ended is how it is being ended, `end_detail` why.
    """

    __tablename__ = "vm"
    __table_args__ = (Index("vm_ended", "ended"),)

    id: str = identity("vm")
    realm_id: str
    name: str = Field(max_length=200)
    configuration_id: str | None = recalls("vm_configuration")
    service: bool = False
    service_vm_id: str | None = recalls("service_vm")
    setup_name: str = ""
    image_id: str | None = recalls("vm_image")
    owner_id: str | None = Field(default=None, foreign_key="user_record.id")
    team_id: str | None = recalls("team")
    team_name: str = ""
    project_id: str | None = recalls("project")
    project_tag: str = ""
    host_id: str | None = recalls("host")
    host_name: str = ""
    cores: int
    memory_mib: int
    debug: bool = False
    state: VmState = choice(VmState, default=VmState.SCHEDULING)
    shutdown_asked_by: str | None = Field(default=None, foreign_key="user_record.id")
    forced: bool = False
    created: datetime = moment(default_factory=now)
    started: datetime | None = moment(default=None)
    registered: datetime | None = moment(default=None)
    starter: str = ""
    ended: datetime | None = moment(default=None)
    end: VmEnd | None = choice(VmEnd, default=None)
    end_detail: str = ""


@event.listens_for(Vm, "before_insert")
@event.listens_for(Vm, "before_update")
def _whoever_writes(mapper: object, connection: object, vm: Vm) -> None:
    refuse_belonging(vm)


def refuse_belonging(vm: Vm | NewVm) -> None:
    """A service VM is nobody's, and of no team or project (seed), whoever writes its row."""
    if vm.service and (vm.owner_id or vm.team_id or vm.project_id):
        raise Refused("A service VM never has an owner, a team or a project.")


class VmEvent(SQLModel, table=True):
    """Something that happened to a VM, with the reason: the first part of its logs."""

    __tablename__ = "vm_event"
    __table_args__ = (Index("vm_event_of", "vm_id", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    vm_id: str = Field(foreign_key="vm.id")
    at: datetime = moment(default_factory=now)
    what: str
    detail: str = ""


class Allocation(SQLModel, table=True):
    """What a VM holds of its host, from before libvirt is called until the VM has ended."""

    __tablename__ = "allocation"

    vm_id: str = Field(foreign_key="vm.id", primary_key=True)
    host_id: str = Field(foreign_key="host.id", index=True)
    cores: int
    memory_mib: int


class DeviceAssignment(SQLModel, table=True):
    """A device unit of a host and the one VM that has it."""

    __tablename__ = "device_assignment"

    host_id: str = Field(foreign_key="host.id", primary_key=True)
    pci_address: str = Field(primary_key=True)
    vm_id: str = Field(foreign_key="vm.id")
