"""Registering one's own public keys: what others then wrap drives to (domain.md 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.drives.identity import PublicKeys
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Argument, Call, Target, operation
from ticrypt_tui.backend.services.keys.public_keys import keys_of
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import Drive, DriveHolder
from ticrypt_tui.backend.store.tables.people import User, UserKey
from ticrypt_tui.text import shown

_NAMED = 5


def proper_key(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A public key is what `ticrypt-tui keys show` prints."""
    try:
        PublicKeys.read(arguments.get("public_key", ""))
    except ValueError as error:
        return f"That is no public key of ours: {error}."
    return ""


@operation(
    "user.register_key",
    Argument("public_key", says="your public keys, as `ticrypt-tui keys show` prints them"),
    Argument("replace", "flag", required=False, says="yes where you have registered one before"),
    says="Register your own public keys, to which others can wrap the keys of drives.",
    preconditions=(proper_key,),
)
async def register_key(call: Call, *, public_key: str, replace: bool = False) -> str:
    """Register the caller's own public keys; nobody registers another's.

    A key that was registered before stays in the store, for what it has signed. Raises `Refused`
    where there is one and `replace` is not said, with what becomes of the drives wrapped to it.
    """
    keys = PublicKeys.read(public_key)
    call.target = Target("user", call.caller.user_id, call.caller.login)
    async with call.change() as session:
        mine = await _own(session, call.caller.user_id, keys)
        before = next((each for each in mine if each.replaced is None), None)
        notice = await _notice(session, call.caller.user_id, before)
        if before is not None:
            if not replace:
                raise Refused(notice, "Say that it shall be replaced, if you want that.")
            before.replaced = now()
            session.add(before)
            call.detail["replaces"] = before.fingerprint
        session.add(_row(call.caller.user_id, len(mine) + 1, keys))
        call.detail.pop("public_key", None)  # it is in the record of the attempt
        call.detail["fingerprint"] = keys.fingerprint
    return " ".join((f"{keys.fingerprint} is registered for {call.caller.login}.", notice)).strip()


async def _own(session: AsyncSession, user_id: str, keys: PublicKeys) -> Sequence[UserKey]:
    """The caller's keys so far, oldest first; raises `Refused` for one that is taken."""
    same = or_(
        col(UserKey.encryption_key) == keys.encryption, col(UserKey.signing_key) == keys.signing
    )
    for found in await session.exec(select(UserKey).where(same)):
        if found.user_id != user_id:
            owner = await session.get_one(User, found.user_id)
            raise Refused(f"That key is registered for {shown(owner.login)}.", about="public_key")
        if found.replaced is None:
            raise Refused("That key is registered for you already.", about="public_key")
    own = select(UserKey).where(UserKey.user_id == user_id).order_by(col(UserKey.number))
    return (await session.exec(own)).all()


async def _notice(session: AsyncSession, user_id: str, before: UserKey | None) -> str:
    """What becomes of the drives that are wrapped to the key before."""
    if before is None:
        return ""
    old = keys_of(before).fingerprint
    held = select(Drive.name).join(DriveHolder).where(
        DriveHolder.user_id == user_id, DriveHolder.fingerprint == old
    )  # fmt: skip
    names = (await session.exec(held.order_by(col(Drive.name)))).all()
    said = f"The key {old} was registered for you before."
    if not names:
        return f"{said} No drive is wrapped to it."
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    listed = ", ".join(map(shown, names[:_NAMED])) + more
    return (
        f"{said} It alone opens what you hold of {listed}: keep its file until another holder has "
        "shared each of them with you anew; where you are the sole holder, nobody else can."
    )


def _row(user_id: str, number: int, keys: PublicKeys) -> UserKey:
    return UserKey(
        user_id=user_id, number=number, encryption_key=keys.encryption, signing_key=keys.signing,
        fingerprint=keys.fingerprint,
    )  # fmt: skip
