"""What this person has seen of others: everyone's public keys, and each drive's newest version.

Kept beside the private keys, out of reach of who can write to the store alone. A key is trusted at
first sight; one that changes later, or a drive that goes back, is refused. Everything here blocks
for a moment.
"""

from __future__ import annotations

import dataclasses
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ticrypt_tui.backend.drives.identity import PublicKeys
from ticrypt_tui.backend.drives.private_file import write_private
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.text import shown


class KeyChanged(Refused):
    """Someone's public key is another than the one seen before."""


class RolledBack(Refused):
    """A drive's versions end before, or differ from, what was seen before."""


class PinsLost(Refused):
    """The pin file is missing, damaged or another key's: nobody is trusted anew without a word."""


class Trust(StrEnum):
    """How a public key compares with what is pinned."""

    NEW = "new"
    PINNED = "pinned"
    VERIFIED = "verified"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Known:
    """A person's key as it was first seen; `verified` once somebody compared the fingerprint.

    `earlier` are keys of his that it has taken the place of since.
    """

    fingerprint: str
    verified: bool = False
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the file says: whose it is, people by user ID, drives by ID."""

    key: str
    people: dict[str, Known] = field(default_factory=dict)
    drives: dict[str, tuple[int, str]] = field(default_factory=dict)


class Pins:
    """The pin file of the key with this fingerprint."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self.path = path
        self.fingerprint = fingerprint

    def trust(self, user_id: str, keys: PublicKeys) -> Trust:
        """How a user's key compares; changes nothing. Raises `PinsLost`."""
        return _trust(self._read().people.get(user_id), keys)

    def know(self, user_id: str, login: str, keys: PublicKeys) -> Trust:
        """Pin a key at first sight; raises `KeyChanged` with both fingerprints, or `PinsLost`."""
        known = self._read().people.get(user_id)
        trust = _trust(known, keys)
        if trust is Trust.NEW:
            with self._change() as seen:
                known = seen.people.setdefault(user_id, Known(keys.fingerprint))
        if known is not None and known.fingerprint != keys.fingerprint:
            raise _changed(login, known.fingerprint, keys.fingerprint)
        return trust

    def vouch(self, user_id: str, login: str, keys: PublicKeys) -> None:
        """Like `know`, for who signed a drive's newest version: his earlier keys will do, too."""
        known = self._read().people.get(user_id)
        if known is None or keys.fingerprint not in known.earlier:
            self.know(user_id, login, keys)

    def accept(self, user_id: str, keys: PublicKeys) -> None:
        """Pin a key that somebody compared, in place of any other; raises `PinsLost`."""
        new = keys.fingerprint
        with self._change() as seen:
            known = seen.people.get(user_id, Known(new))
            before = {*known.earlier, known.fingerprint} - {new}
            seen.people[user_id] = Known(new, True, tuple(sorted(before)))

    def seen(self, drive_id: str, manifest_hashes: Sequence[str]) -> None:
        """Remember a drive's versions, oldest first (`manifest.hashes`), after `check_chain`.

        Raises `RolledBack` where they do not go on from what was seen before, or `PinsLost`.
        """
        newest = (len(manifest_hashes), manifest_hashes[-1])
        known = self._read().drives.get(drive_id)
        if known != newest:
            _refuse_other(drive_id, known, manifest_hashes)
            with self._change() as seen:
                _refuse_other(drive_id, seen.drives.get(drive_id), manifest_hashes)
                seen.drives[drive_id] = newest

    def begin(self) -> None:
        """Begin an empty pin file: for a new key, or where a person says that the old is lost."""
        self._write(_Seen(self.fingerprint))

    def check(self) -> None:
        """Raise `PinsLost` where the file is not there, not whole, or another key's."""
        self._read()

    def take_over(self) -> None:
        """Keep for this new key what the one before had seen; begin where there was none."""
        try:
            seen = _FILE.validate_json(self.path.read_bytes())
        except (OSError, ValidationError):
            seen = _Seen(self.fingerprint)
        self._write(dataclasses.replace(seen, key=self.fingerprint))

    def _read(self) -> _Seen:
        try:
            seen = _FILE.validate_json(self.path.read_bytes())
        except FileNotFoundError:
            raise _lost(f"The pin file {self.path} is missing, and your key had one") from None
        except OSError as error:
            said = f"The pin file {self.path} cannot be read: {error.strerror}"
            raise _lost(said) from error
        except ValidationError:
            raise _lost(f"The pin file {self.path} is damaged") from None
        if seen.key != self.fingerprint:
            raise _lost(f"The pin file {self.path} is that of another key, {shown(seen.key)}")
        return seen

    @contextmanager
    def _change(self) -> Iterator[_Seen]:
        """What was seen, to be changed: one console after the other."""
        descriptor = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            seen = self._read()
            yield seen
            self._write(seen)
        finally:
            os.close(descriptor)

    def _write(self, seen: _Seen) -> None:
        try:
            write_private(self.path, _FILE.dump_json(seen))
        except OSError as error:
            raise Failed(
                f"The pin file {self.path} cannot be written: {error.strerror}."
            ) from error


def _trust(known: Known | None, keys: PublicKeys) -> Trust:
    if known is None:
        return Trust.NEW
    if known.fingerprint != keys.fingerprint:
        return Trust.CHANGED
    return Trust.VERIFIED if known.verified else Trust.PINNED


def _refuse_other(
    drive_id: str, known: tuple[int, str] | None, manifest_hashes: Sequence[str]
) -> None:
    if known is None:
        return
    number, pinned = known
    here = len(manifest_hashes)
    if here < number:
        raise RolledBack(
            f"Drive {shown(drive_id)} was put back: version {number} of its key was seen here, "
            f"and the store has {here}.",
            "Somebody changed the store: tell the holders.",
        )
    if manifest_hashes[number - 1] != pinned:
        raise RolledBack(
            f"Drive {shown(drive_id)} has another version {number} of its key than was seen here.",
            "Somebody changed the store: tell the holders.",
        )


def _changed(login: str, before: str, now: str) -> KeyChanged:
    return KeyChanged(
        f"The public key of {shown(login)} has changed: seen before was {shown(before)}, the store "
        f"now has {shown(now)}.",
        f"Ask {shown(login)} for the fingerprint, not over this console; if it is the new one, "
        f"`ticrypt-tui keys verify {shown(login)} FINGERPRINT`.",
    )


def _lost(what: str) -> PinsLost:
    return PinsLost(
        f"{what}; without it, swapped keys and drives that are put back would go unseen.",
        "Put it back from a backup; or begin a new one with `ticrypt-tui keys verify --anew`, and "
        "compare the fingerprints again.",
    )


_FILE = TypeAdapter(_Seen)
