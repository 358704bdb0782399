"""Wrapping and opening the keys of drives, against `cryptography`'s bare HPKE calls.

A wrap is an envelope with its signed manifest; an opening checks that manifest first. Bare is one
HPKE call each, on key objects that are there already.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import quantiles

from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from benchmarks.report import Ratio
from ticrypt_tui.backend.drives.chain import check_chain
from ticrypt_tui.backend.drives.envelope import DriveSecret, open_envelope, seal
from ticrypt_tui.backend.drives.identity import Identity, PublicKeys
from ticrypt_tui.backend.drives.key_ring import KeyRing
from ticrypt_tui.backend.drives.manifest import (
    Founding,
    Holder,
    Version,
    found,
    hashes,
    next_version,
)

TURNS = 500
HOLDERS = 100
DRIVES = 1000
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_INFO = b"benchmark"
_PASSPHRASE = "correct horse battery"
Step = Callable[[], object]


def measured() -> list[Ratio]:
    alice = Identity.new()
    return [_one(alice), _opened(alice), _crowd(alice), asyncio.run(_shared())]


class Bare:
    """HPKE and nothing else, for one key."""

    def __init__(self, identity: Identity) -> None:
        assert identity._hybrid is not None
        self.secret = identity._hybrid._key
        self.public = self.secret.public_key()
        self.sealed = self.wrap()

    def wrap(self) -> bytes:
        return _SUITE.encrypt(bytes(32), self.public, _INFO)

    def open(self) -> bytes:
        return _SUITE.decrypt(self.sealed, self.secret, _INFO)


def _made(identity: Identity, holders: list[PublicKeys]) -> tuple[str, Version]:
    """A drive's first version, as its creator makes it."""
    founding = Founding.new("user-0", identity.public)
    envelope = seal(DriveSecret.new(founding.drive_id), holders)
    named = [Holder(f"user-{at}", each.fingerprint) for at, each in enumerate(holders)]
    signed = found(founding, envelope, named, identity)
    return founding.drive_id, Version(envelope, signed.manifest, signed.signature)


def _one(alice: Identity) -> Ratio:
    bare, founding = Bare(alice), Founding.new("user-0", alice.public)
    secret, holder = DriveSecret.new(founding.drive_id), Holder("user-0", founding.fingerprint)

    def wrapped() -> None:
        found(founding, seal(secret, [alice.public]), [holder], alice)

    first, second = _in_turns(bare.wrap, wrapped)
    return _ratio(
        "wrap a drive's key with its signature, beside a bare HPKE call", second, first, 2
    )


def _opened(alice: Identity) -> Ratio:
    bare, (drive_id, version) = Bare(alice), _made(alice, [alice.public])
    keys = {alice.public.fingerprint: alice.public}

    def opened() -> None:
        manifest = check_chain(drive_id, [version], keys)
        key_version = manifest.key_version
        open_envelope(version.envelope, alice, drive_id=drive_id, key_version=key_version)

    first, second = _in_turns(bare.open, opened)
    return _ratio("check and open a drive's key, beside a bare HPKE call", second, first, 3.5)


def _crowd(alice: Identity) -> Ratio:
    others = [Identity.new() for _ in range(HOLDERS - 1)]
    holders = [each.public for each in (alice, *others)]
    bares = [Bare(each) for each in (alice, *others)]
    first, second = _in_turns(
        lambda: [each.wrap() for each in bares], lambda: _made(alice, holders), TURNS // 10
    )
    what = f"share a drive with {HOLDERS} holders, beside {HOLDERS} bare HPKE calls"
    return _ratio(what, second, first, 1.5)


async def _shared() -> Ratio:
    """Each drive is checked, opened, wrapped to two, signed, and remembered; unlocking included."""
    bob = Identity.new().public
    with tempfile.TemporaryDirectory(dir=".") as folder:
        ring = KeyRing(Path(folder) / "keys", timedelta(hours=1))
        await ring.create(_PASSPHRASE)
        drives = [_made(ring.identity(), [ring.public]) for _ in range(DRIVES)]
        ring.forget()
        began = time.perf_counter()
        await ring.unlock(_PASSPHRASE)
        for drive_id, version in drives:
            _share(ring, drive_id, version, bob)
        whole = time.perf_counter() - began
        bare = Bare(ring.identity())
        began = time.perf_counter()
        for _ in range(DRIVES):
            bare.open(), bare.wrap(), bare.wrap()
            _synced(Path(folder) / "bare")
        least = time.perf_counter() - began
    what = (
        f"share {DRIVES} drives with one person, the key unlocked once and each drive remembered, "
        "beside the bare calls and a bare synced file each"
    )
    return Ratio(what, f"{whole:.1f} s", f"{least:.1f} s", whole / least)


def _share(ring: KeyRing, drive_id: str, version: Version, receiver: PublicKeys) -> None:
    identity = ring.identity()
    last = check_chain(drive_id, [version], {identity.public.fingerprint: identity.public})
    key_version = last.key_version
    secret = open_envelope(version.envelope, identity, drive_id=drive_id, key_version=key_version)
    envelope = seal(secret, [identity.public, receiver])
    holders = [*last.holders, Holder("user-1", receiver.fingerprint)]
    signed = next_version(last, envelope, holders, identity, key_version=key_version)
    new = Version(envelope, signed.manifest, signed.signature)
    ring.pins.seen(drive_id, hashes([version, new]))


def _synced(file: Path) -> None:
    """What it costs at least to remember something for good."""
    new = file.with_suffix(".new")
    with new.open("wb") as opened:
        opened.write(bytes(100))
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)


def _in_turns(bare: Step, whole: Step, turns: int = TURNS) -> tuple[float, float]:
    """The time that each takes where nothing else gets in its way, in seconds.

    A tenth of the runs were quicker: other programs slow Python down more than one long call.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(turns):
        for step, times in zip((bare, whole), taken, strict=True):
            began = time.thread_time()
            step()
            times.append(time.thread_time() - began)
    return quantiles(taken[0], n=10)[0], quantiles(taken[1], n=10)[0]


def _ratio(what: str, whole: float, bare: float, most: float) -> Ratio:
    return Ratio(what, f"{whole * 1000:.2f} ms", f"{bare * 1000:.2f} ms", whole / bare, most=most)
