"""The configuration as the program sees it: the shape of `design.md` 7, read once at the start.

A key that is not here, or a value that cannot be meant, is a `ConfigurationError`: a field's
description is the "expected ..." of that sentence.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from ticrypt_tui.backend.errors import ConfigurationError
from ticrypt_tui.config import keymap, locations
from ticrypt_tui.config.complaints import complaint
from ticrypt_tui.config.fields import (
    A_COUNT,
    A_DURATION,
    A_PATH,
    A_UNIT,
    OR_OFF,
    SIZE_OR_OFF,
    AbsolutePath,
    Count,
    Duration,
    DurationOrOff,
    Flag,
    Part,
    SizeOrOff,
    UnitName,
)
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown


def _database(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if scheme not in ("sqlite+aiosqlite", "postgresql+asyncpg") or not separator:
        raise ValueError("is not a database that the console can open")
    if scheme.startswith("sqlite") and not rest.startswith("//"):
        raise ValueError("is not an absolute path (four slashes)")
    if ":" in rest.rpartition("@")[0]:
        raise ValueError("holds a password, which belongs into ~/.pgpass or PGPASSWORD")
    return url


class DatabaseSettings(Part):
    """Where the store is."""

    url: Annotated[str, AfterValidator(_database)] = Field(
        description='"sqlite+aiosqlite:////absolute/path.db" or "postgresql+asyncpg://user@host/name"'
    )


class AuditSettings(Part):
    """The second sink of the chained log, its checkpoints, and what the tail shows beside it."""

    file: AbsolutePath = Field(description=A_PATH)
    checkpoints: AbsolutePath | None = Field(None, description=A_PATH)
    checkpoint_key: AbsolutePath | None = Field(None, description=A_PATH)
    checkpoint_records: Count = Field(1000, description=A_COUNT)
    rotate_size: SizeOrOff = Field(None, description=SIZE_OR_OFF)
    keep: DurationOrOff = Field(None, description=OR_OFF)
    heartbeat: DurationOrOff = Field(timedelta(minutes=5), description=OR_OFF)
    follow: tuple[AbsolutePath, ...] = Field((), description="a list of absolute paths")

    @field_validator("rotate_size", "keep")
    @classmethod
    def _signed_first(cls, value: object, others: ValidationInfo) -> object:
        if value is not None and others.data.get("checkpoint_key", "?") is None:
            raise ValueError("is of no use without audit.checkpoint_key: only at a checkpoint is a "
                             "file rotated or removed")  # fmt: skip
        return value


class SyncSettings(Part):
    """How often the store is compared with what the hosts say."""

    every: Duration = Field(timedelta(hours=1), description=A_DURATION)


class SessionSettings(Part):
    """What one open console may do, and for how long."""

    idle_exit: DurationOrOff = Field(timedelta(minutes=30), description=OR_OFF)
    key_memory: Duration = Field(timedelta(minutes=10), description=A_DURATION)
    read_only: Flag = Field(False, description="true or false")


class ServicesSettings(Part):
    """The system services that the console shows."""

    units: tuple[UnitName, ...] = Field((), description=f"a list of names, each {A_UNIT}")
    logs: Mapping[UnitName, AbsolutePath] = Field(
        default_factory=dict, description=f"absolute paths by name, each name {A_UNIT}"
    )

    @property
    def named(self) -> tuple[str, ...]:
        """Every unit that the console shows, once: those of `units`, then others with a log."""
        return tuple(dict.fromkeys((*self.units, *self.logs)))


class Settings(Part):
    """The whole configuration; `path` is the file that it came from."""

    database: DatabaseSettings = Field(description="the table [database]")
    audit: AuditSettings = Field(description="the table [audit]")
    sync: SyncSettings = Field(SyncSettings(), description="the table [sync]")
    session: SessionSettings = Field(SessionSettings(), description="the table [session]")
    realms: tuple[RealmSettings, ...] = Field((), description="tables [[realms]]")
    services: ServicesSettings = Field(ServicesSettings(), description="the table [services]")
    keys: dict[str, str] = Field(
        default_factory=dict, description='keys by action, such as "vm.shutdown" = "K"'
    )
    _path: Path = PrivateAttr(Path())

    @property
    def path(self) -> Path:
        """The file that the settings came from."""
        return self._path

    @field_validator("realms")
    @classmethod
    def _distinct(cls, realms: tuple[RealmSettings, ...]) -> tuple[RealmSettings, ...]:
        ids = [realm.id for realm in realms]
        for each in ids:
            if ids.count(each) > 1:
                raise ValueError(f'has two realms with the id "{each}"')
        return realms

    @field_validator("keys")
    @classmethod
    def _understood(cls, keys: dict[str, str]) -> dict[str, str]:
        keymap.remapped(keys)
        return keys


def load_settings(path: Path | None = None) -> Settings:
    """The settings of a file, or of the first that `locations.configuration_file` finds.

    Raises `ConfigurationError`: one line with the file, the key path or the line, and what was
    expected.
    """
    file = locations.configuration_file(path)
    try:
        with file.open("rb") as toml:
            settings = Settings.model_validate(tomllib.load(toml))
    except ValidationError as error:
        raise ConfigurationError(f"{shown(file)}: {complaint(Settings, error)}") from error
    except ConfigurationError as error:
        raise ConfigurationError(f"{shown(file)}: {error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{shown(file)}: it is not TOML: {shown(error)}.") from error
    except OSError as error:
        raise ConfigurationError(f"{shown(file)}: cannot be read: {error.strerror}.") from error
    settings._path = file
    return settings
