"""Drives with their key envelopes, and licensing servers (domain.md 2.12, 2.14, 4)."""

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


class DriveMode(StrEnum):
    """How a drive is opened or shared."""

    READ_WRITE = "rw"
    READ_ONLY = "ro"


class Drive(Versioned, table=True):
    """An encrypted data disk; its ID is derived from its first manifest."""

    __tablename__ = "drive"

    id: str = Field(primary_key=True)
    realm_id: str
    name: str = Field(max_length=200)
    owner_id: str = Field(foreign_key="user_record.id")
    team_id: str | None = Field(default=None, foreign_key="team.id")
    project_id: str | None = Field(default=None, foreign_key="project.id")
    pool_id: str = Field(foreign_key="storage_pool.id")
    volume: str
    size_bytes: int = whole()
    format: str
    backup: bool = True
    state: str = "creating"
    state_detail: str = ""
    created: datetime = moment(default_factory=now)
    last_attached: datetime | None = moment(default=None)


class DriveEnvelope(SQLModel, table=True):
    """One version of a drive's wrapped key with its signed manifest; the whole chain is kept."""

    __tablename__ = "drive_envelope"

    drive_id: str = belongs("drive", primary_key=True)
    number: int = Field(primary_key=True)
    envelope: bytes
    manifest: bytes
    signature: bytes
    made: datetime = moment(default_factory=now)


class DriveHolder(SQLModel, table=True):
    """A user to whom a drive's key is wrapped, as the newest manifest says."""

    __tablename__ = "drive_holder"

    drive_id: str = belongs("drive", primary_key=True)
    user_id: str = Field(foreign_key="user_record.id", primary_key=True)
    fingerprint: str
    mode: DriveMode = choice(DriveMode)
    added_by: str | None = Field(default=None, foreign_key="user_record.id")
    added: datetime = moment(default_factory=now)


class ConfigurationDrive(SQLModel, table=True):
    """A drive that a configuration attaches."""

    __tablename__ = "configuration_drive"

    configuration_id: str = belongs("vm_configuration", primary_key=True)
    drive_id: str = Field(foreign_key="drive.id", primary_key=True)
    mode: DriveMode = choice(DriveMode)


class DriveUse(SQLModel, table=True):
    """A VM that has a drive open."""

    __tablename__ = "drive_use"

    drive_id: str = Field(foreign_key="drive.id", primary_key=True)
    vm_id: str = Field(foreign_key="vm.id", primary_key=True)
    mode: DriveMode = choice(DriveMode)


class LicensingServer(Versioned, table=True):
    """An address that every running VM may reach."""

    __tablename__ = "licensing_server"
    __table_args__ = (UniqueConstraint("address", "ports", "protocol"),)

    id: str = identity("license")
    name: str = Field(max_length=200)
    address: str
    resolved: str = ""
    ports: str
    protocol: str
    group: str = ""
    deactivate_at: datetime | None = moment(default=None)
    created_by: str = Field(foreign_key="user_record.id")
    created: datetime = moment(default_factory=now)
