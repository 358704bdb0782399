"""Hosts, hardware profiles, storage pools and what a realm's sync found (domain.md 2.1–2.5)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from ticrypt_tui.backend.store.tables.columns import (
    belongs,
    choice,
    identity,
    moment,
    now,
    whole,
)
from ticrypt_tui.backend.store.tables.versions import Versioned


class HostState(StrEnum):
    """What the console may do with a host (seed)."""

    ENABLED = "enabled"
    NO_SCHEDULER = "no scheduler"
    DISABLED = "disabled"


class HardwareProfile(Versioned, table=True):
    """How much of a host may be used; `declared` by the configuration file means read-only."""

    __tablename__ = "hardware_profile"
    __table_args__ = (UniqueConstraint("realm_id", "name"),)

    id: str = identity("profile")
    realm_id: str
    name: str = Field(max_length=200)
    cores: int
    memory_mib: int
    cost: str = "spread"
    declared: bool = False


class ProfileDevice(SQLModel, table=True):
    """A device unit of a profile, by kind and PCI address."""

    __tablename__ = "profile_device"

    profile_id: str = belongs("hardware_profile", primary_key=True)
    pci_address: str = Field(primary_key=True)
    kind: str


class Host(Versioned, table=True):
    """A server that runs VMs; `generation` counts changes to what is allocated on it."""

    __tablename__ = "host"
    __table_args__ = (UniqueConstraint("realm_id", "name"), UniqueConstraint("realm_id", "uri"))

    id: str = identity("host")
    realm_id: str
    name: str = Field(max_length=200)
    uri: str = Field(max_length=1000)
    profile_id: str | None = Field(default=None, foreign_key="hardware_profile.id")
    state: HostState = choice(HostState, default=HostState.ENABLED)
    nat_address: str | None = None
    nat_port_base: int | None = None
    generation: int = 0


class QuotaMode(StrEnum):
    """The three values of a pool's quota (domain.md 2.4)."""

    EXPLICIT = "explicit"
    IMPLICIT = "yes"
    NONE = "no"


class StoragePool(Versioned, table=True):
    """A libvirt storage pool: the OS volumes' or one tier of the drives'."""

    __tablename__ = "storage_pool"
    __table_args__ = (UniqueConstraint("realm_id", "name"),)

    id: str = identity("pool")
    realm_id: str
    name: str = Field(max_length=200)
    tier: str
    type: str = "dir"
    target: str
    quota_mode: QuotaMode = choice(QuotaMode, default=QuotaMode.NONE)
    quota_bytes: int = whole()


class PoolHost(SQLModel, table=True):
    """A host on which a pool is defined."""

    __tablename__ = "pool_host"

    pool_id: str = belongs("storage_pool", primary_key=True)
    host_id: str = belongs("host", primary_key=True)


class VolumeSystem(SQLModel, table=True):
    """The operating system of a volume that no rule of the realm matches, as an admin stated it."""

    __tablename__ = "volume_system"

    realm_id: str = Field(primary_key=True)
    volume: str = Field(primary_key=True)
    os: str
    stated_by: str = Field(foreign_key="user_record.id")
    stated: datetime = moment(default_factory=now)


class RealmSync(SQLModel, table=True):
    """When a realm was last compared with libvirt, by whom, and what that found."""

    __tablename__ = "realm_sync"

    realm_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    started: datetime = moment()
    ended: datetime | None = moment(default=None)
    by: str = ""
    result: str = ""
