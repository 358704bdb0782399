"""How the operator's key file, his pins and the store agree."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ticrypt_tui.backend.drives.key_ring import NoKey
from ticrypt_tui.backend.drives.pins import Pins, PinsLost, Trust
from ticrypt_tui.backend.errors import NotFound, Refused
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.services.keys.public_keys import Registered, read_registered
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


class Standing(StrEnum):
    """How the key file and the registered key agree."""

    NONE = "there is no key file"
    UNREGISTERED = "not registered"
    REGISTERED = "registered"
    ANOTHER = "another key is registered"


@dataclass(frozen=True, slots=True)
class OwnKey:
    """The fingerprint of the key file, and the one that is registered; '' where there is none."""

    fingerprint: str
    registered: str

    @property
    def state(self) -> Standing:
        if not self.fingerprint:
            return Standing.NONE
        if self.fingerprint == self.registered:
            return Standing.REGISTERED
        return Standing.ANOTHER if self.registered else Standing.UNREGISTERED

    @property
    def sentence(self) -> str:
        return f"{self.state}{f': {self.registered}' if self.state is Standing.ANOTHER else ''}"


@dataclass(frozen=True, slots=True)
class Compared:
    """Somebody's registered key beside what was seen of him before."""

    login: str
    fingerprint: str
    trust: str
    state: str


async def own_standing(enclave: Enclave) -> OwnKey:
    """How the caller's key stands; raises `KeyRefused` for a public half that cannot be read."""
    keys, user_id = enclave.keys, enclave.caller.user_id
    async with enclave.database.read() as session:
        registered = await read_registered(session, user_id)
    mine = keys.public.fingerprint if keys.there else ""
    return OwnKey(mine, registered[0].keys.fingerprint if registered else "")


async def compared(enclave: Enclave) -> tuple[tuple[Compared, ...], PinsLost | None]:
    """Everyone's registered key; and what is wrong with the caller's pins, if anything."""
    async with enclave.database.read() as session:
        people = await read_registered(session)
    try:
        pins = enclave.keys.pins
    except NoKey:
        return tuple(_compared(each, None) for each in people), None
    try:
        return tuple(_compared(each, pins) for each in people), None
    except PinsLost as fault:
        return tuple(_compared(each, None) for each in people), fault


async def verify_key(enclave: Enclave, login: str, told: str) -> str:
    """Pin a user's registered key, if its fingerprint is the one that he told; raises `Refused`.

    Either is an audit event. Raises `PinsLost`, too.
    """
    async with enclave.database.read() as session:
        people = {each.login: each for each in await read_registered(session)}
    if login not in people:
        raise NotFound(f"{shown(login)} has no registered key.")
    keys, pins = people[login].keys, enclave.keys.pins
    pins.check()
    whose = Target("user", people[login].user_id, login)
    detail = {"fingerprint": keys.fingerprint, "told": shown(told)}
    if _plain(told) != _plain(keys.fingerprint):
        await _note(enclave, "user.verify_key", "refused", whose, detail)
        raise Refused(
            f"That is not the key of {shown(login)}: told was {shown(told)}, the store has "
            f"{keys.fingerprint}.",
            "Share nothing with him until you know why.",
        )
    await _note(enclave, "user.verify_key", "done", whose, detail)
    pins.accept(people[login].user_id, keys)
    return f"{keys.fingerprint} is the key of {login}: pinned."


async def begin_pins_anew(enclave: Enclave) -> str:
    """Begin a new pin file where the one before is lost, which is an audit event.

    Raises `Refused` where it is not lost.
    """
    pins = enclave.keys.pins
    try:
        pins.check()
    except PinsLost as lost:
        me = Target("user", enclave.caller.user_id, enclave.caller.login)
        await _note(enclave, "user.begin_pins", "done", me, {"lost": shown(lost.sentence)})
        pins.begin()
        return (
            f"{lost.sentence} A new one is begun: compare everyone's fingerprint, and the holders "
            "of each drive, before you go on."
        )
    raise Refused(f"The pin file {pins.path} is there and good; it is not begun anew.")


async def _note(
    enclave: Enclave, event: str, outcome: str, whose: Target, detail: dict[str, str]
) -> None:
    """Record what the caller does to his own pins; raises `AuditUnavailable`."""
    record = Record(event, uuid.uuid4().hex, outcome, enclave.caller, whose, detail=detail)
    await enclave.audit.append(record)


def _compared(person: Registered, pins: Pins | None) -> Compared:
    trust = pins.trust(person.user_id, person.keys) if pins else "-"
    state = "active" if person.active else "inactive"
    return Compared(person.login, person.keys.fingerprint, str(trust), state)


def _plain(fingerprint: str) -> str:
    return "".join(fingerprint.upper().replace("-", " ").split())


__all__ = [
    "Compared", "OwnKey", "Standing", "Trust", "begin_pins_anew", "compared", "own_standing",
    "verify_key",
]  # fmt: skip
