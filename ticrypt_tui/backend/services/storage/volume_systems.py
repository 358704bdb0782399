"""The operating system of a volume: by a rule of its realm, else as an admin stated it (seed)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.store.tables.infrastructure import VolumeSystem
from ticrypt_tui.backend.store.tables.people import User
from ticrypt_tui.config.realm import RealmSettings


@dataclass(frozen=True, slots=True)
class System:
    """An operating system, and who or what says so."""

    os: str
    said_by: str


Statements = Mapping[tuple[str, str], System]
"""What admins stated, by realm ID and the volume's name."""


async def read_statements(session: AsyncSession) -> Statements:
    """All statements, in the session's snapshot."""
    joined = select(VolumeSystem, User.login).join(User, User.id == VolumeSystem.stated_by)  # type: ignore[arg-type]
    return {
        (said.realm_id, said.volume): System(said.os, f"{login}, {said.stated:%Y-%m-%d}")
        for said, login in await session.exec(joined)
    }


def by_rule(realm: RealmSettings, volume: str) -> System | None:
    """What the first matching `volume_os` rule of the realm says."""
    matching = (rule for rule in realm.volume_os if fnmatchcase(volume, rule.match))
    rule = next(matching, None)
    return System(rule.os, f"rule {rule.match}") if rule else None


def system_of(realm: RealmSettings, volume: str, stated: Statements) -> System | None:
    """The operating system of a volume, or None where nobody says."""
    return by_rule(realm, volume) or stated.get((realm.id, volume))
