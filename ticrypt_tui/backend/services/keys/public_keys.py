"""The public keys that people have registered, as their bytes say and not as the store tells."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.drives.identity import PublicKeys
from ticrypt_tui.backend.store.tables.people import User, UserKey


@dataclass(frozen=True, slots=True)
class Registered:
    """A user and the key that is his now; the fingerprint is reckoned from the keys themselves."""

    user_id: str
    login: str
    person: str
    active: bool
    keys: PublicKeys


async def read_registered(session: AsyncSession, user_id: str = "") -> tuple[Registered, ...]:
    """Everyone who has a key, or one of them, by login."""
    present = select(User, UserKey).join(UserKey).where(col(UserKey.replaced).is_(None))
    if user_id:
        present = present.where(col(User.id) == user_id)
    return tuple(
        Registered(user.id, user.login, user.name, user.active, keys_of(key))
        for user, key in await session.exec(present.order_by(col(User.login)))
    )


def keys_of(row: UserKey) -> PublicKeys:
    """The keys in a row of the store."""
    return PublicKeys(row.encryption_key, row.signing_key)
