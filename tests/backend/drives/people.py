"""A drive with a history, and the people in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ticrypt_tui.backend.drives.chain import check_chain
from ticrypt_tui.backend.drives.envelope import DriveSecret, seal
from ticrypt_tui.backend.drives.identity import Identity, PublicKeys
from ticrypt_tui.backend.drives.manifest import (
    Founding,
    Holder,
    Manifest,
    Signed,
    Version,
    found,
    next_version,
)


@dataclass
class Person:
    """Somebody with a key; his name is his ID."""

    name: str
    identity: Identity = field(default_factory=Identity.new)

    @property
    def public(self) -> PublicKeys:
        return self.identity.public

    @property
    def holder(self) -> Holder:
        return Holder(self.name, self.public.fingerprint)


def registered(*people: Person) -> Mapping[str, PublicKeys]:
    return {each.public.fingerprint: each.public for each in people}


def version(envelope: bytes, signed: Signed) -> Version:
    return Version(envelope, signed.manifest, signed.signature)


@dataclass
class Story:
    """A drive whose versions are made one after the other, as its holders do."""

    creator: Person
    secret: DriveSecret = field(init=False)
    versions: list[Version] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)

    def __post_init__(self) -> None:
        founding = Founding.new(self.creator.name, self.creator.public)
        self.secret = DriveSecret.new(founding.drive_id)
        envelope = seal(self.secret, [self.creator.public])
        signed = found(founding, envelope, [self.creator.holder], self.creator.identity)
        self.people.append(self.creator)
        self.versions.append(version(envelope, signed))

    @property
    def drive_id(self) -> str:
        return self.secret.drive_id

    def check(self, versions: Sequence[Version] | None = None) -> Manifest:
        wanted = self.versions if versions is None else versions
        return check_chain(self.drive_id, wanted, registered(*self.people))

    def held_by(self, *holders: Person, by: Person, rotated: bool = False) -> Version:
        """Add the version that has these holders, with a new passphrase where it is rotated."""
        last = self.check()
        self.people += [each for each in holders if each not in self.people]
        if rotated:
            self.secret = DriveSecret.new(self.drive_id, last.key_version + 1)
        envelope = seal(self.secret, [each.public for each in holders])
        signed = next_version(
            last,
            envelope,
            [each.holder for each in holders],
            by.identity,
            key_version=self.secret.key_version,
        )
        self.versions.append(version(envelope, signed))
        return self.versions[-1]
