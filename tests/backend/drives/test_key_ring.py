"""The key ring: unlocked for as long as it is used, then forgotten."""

from __future__ import annotations

import asyncio
import ctypes
import resource
from datetime import timedelta
from pathlib import Path

import pytest

from ticrypt_tui.backend.drives import key_ring
from ticrypt_tui.backend.drives.identity import Identity, KeyForgotten
from ticrypt_tui.backend.drives.key_ring import KeyLocked, KeyRefused, KeyRing, NoKey
from ticrypt_tui.backend.errors import Refused

PASSPHRASE = "correct horse"
QUICK = 4
_PR_GET_DUMPABLE = 3


@pytest.fixture
async def ring(tmp_path: Path) -> KeyRing:
    ring = KeyRing(tmp_path / "keys", timedelta(minutes=10))
    await ring.create(PASSPHRASE, QUICK)
    return ring


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that have passed beside the real ones."""
    passed = [0.0]
    real = key_ring._now
    monkeypatch.setattr(key_ring, "_now", lambda: real() + passed[0])
    return passed


def test_without_a_key_file_there_is_no_key(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path, timedelta(minutes=1))

    assert ring.locked
    for use in (ring.identity, lambda: ring.public, lambda: ring.pins):
        with pytest.raises(NoKey, match="ticrypt-tui keys new"):
            use()


async def test_a_locked_key_asks_to_be_unlocked(ring: KeyRing) -> None:
    ring.forget()

    with pytest.raises(KeyLocked):
        ring.identity()
    await ring.unlock(PASSPHRASE)

    assert ring.identity().public == ring.public


async def test_a_wrong_passphrase_leaves_it_locked(ring: KeyRing) -> None:
    ring.forget()

    with pytest.raises(KeyRefused):
        await ring.unlock("wrong horse")

    assert ring.locked


async def test_a_short_passphrase_makes_no_key(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys", timedelta(minutes=10))

    with pytest.raises(Refused, match="at least 8"):
        await ring.create("short", QUICK)

    assert not ring.there


async def test_an_unused_key_is_forgotten_and_zeroed(ring: KeyRing, later: list[float]) -> None:
    identity = ring.identity()

    later[0] += 601

    assert ring.locked
    assert identity._seed == bytes(32)
    with pytest.raises(KeyForgotten):
        identity.sign(b"")


async def test_each_use_keeps_it_for_longer(ring: KeyRing, later: list[float]) -> None:
    later[0] += 400
    ring.identity()
    later[0] += 400

    assert not ring.locked


async def test_it_is_forgotten_though_nobody_asks(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys", timedelta(milliseconds=50))
    await ring.create(PASSPHRASE, QUICK)

    for _ in range(3000):
        if ring._identity is None:
            return
        await asyncio.sleep(0.01)
    pytest.fail("it is still there")


async def test_a_thread_may_use_it(ring: KeyRing) -> None:
    assert (await asyncio.to_thread(ring.identity)).public == ring.public


async def test_an_unlocked_key_is_in_no_core_dump(ring: KeyRing) -> None:
    assert ctypes.CDLL(None).prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)


async def test_a_key_that_is_put_aside_leaves_its_pins_to_the_next(ring: KeyRing) -> None:
    bob, before = Identity.new().public, ring.public
    ring.pins.know("user-bob", "bob", bob)

    aside = ring.put_aside()
    await ring.create(PASSPHRASE, QUICK)

    assert aside is not None
    assert aside.exists()
    assert ring.public != before
    assert ring.pins.trust("user-bob", bob) == "pinned"


async def test_nothing_that_it_says_has_its_secrets_in_it(ring: KeyRing) -> None:
    identity = ring.identity()

    said = f"{identity!r} {identity} {ring!r} {vars(ring)}"

    assert bytes(identity._seed).hex() not in said
    assert str(bytes(identity._seed)) not in said
    assert "AGE-SECRET" not in said
