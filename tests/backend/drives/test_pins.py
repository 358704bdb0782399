"""Pins: a changed key and a drive that was put back are refused, and nothing is trusted anew."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.backend.drives.people import Person
from ticrypt_tui.backend.drives.identity import Identity
from ticrypt_tui.backend.drives.pins import KeyChanged, Pins, PinsLost, RolledBack, Trust

MINE, BOB, OTHER = (Identity.new().public for _ in range(3))


@pytest.fixture
def pins(tmp_path: Path) -> Pins:
    pins = Pins(tmp_path / "keys" / "pins.json", MINE.fingerprint)
    pins.begin()
    return pins


def test_a_key_is_pinned_at_first_sight(pins: Pins) -> None:
    assert pins.trust("user-bob", BOB) is Trust.NEW
    assert pins.know("user-bob", "bob", BOB) is Trust.NEW
    assert pins.know("user-bob", "bob", BOB) is Trust.PINNED


def test_a_changed_key_is_refused_with_both_fingerprints(pins: Pins) -> None:
    pins.know("user-bob", "bob", BOB)

    with pytest.raises(KeyChanged) as refused:
        pins.know("user-bob", "bob", OTHER)

    assert BOB.fingerprint in str(refused.value)
    assert OTHER.fingerprint in str(refused.value)
    assert pins.trust("user-bob", OTHER) is Trust.CHANGED


def test_a_changed_key_is_good_once_somebody_compared_it(pins: Pins) -> None:
    pins.know("user-bob", "bob", BOB)

    pins.accept("user-bob", OTHER)

    assert pins.know("user-bob", "bob", OTHER) is Trust.VERIFIED
    with pytest.raises(KeyChanged):
        pins.know("user-bob", "bob", BOB)


def test_what_somebody_signed_with_his_key_before_stays_good(pins: Pins) -> None:
    pins.know("user-bob", "bob", BOB)
    pins.accept("user-bob", OTHER)

    pins.vouch("user-bob", "bob", BOB)

    with pytest.raises(KeyChanged):
        pins.vouch("user-bob", "bob", Person("mallory").public)


def test_a_drive_that_goes_on_is_remembered(pins: Pins) -> None:
    pins.seen("drv-1", ["a"])
    pins.seen("drv-1", ["a", "b", "c"])

    pins.seen("drv-1", ["a", "b", "c"])


def test_a_drive_that_was_put_back_is_refused(pins: Pins) -> None:
    pins.seen("drv-1", ["a", "b"])

    with pytest.raises(RolledBack, match="version 2 of its key was seen here, and the store has 1"):
        pins.seen("drv-1", ["a"])


def test_a_drive_with_another_history_is_refused_however_long_it_is(pins: Pins) -> None:
    pins.seen("drv-1", ["a", "b"])

    with pytest.raises(RolledBack, match="another version 2 of its key"):
        pins.seen("drv-1", ["a", "x", "y"])


def test_a_deleted_pin_file_is_not_begun_anew_without_a_word(pins: Pins) -> None:
    pins.know("user-bob", "bob", BOB)
    pins.path.unlink()

    for use in (
        lambda: pins.know("user-bob", "bob", OTHER),
        lambda: pins.seen("drv-1", ["a"]),
        lambda: pins.accept("user-bob", OTHER),
    ):
        with pytest.raises(PinsLost, match=r"pins\.json is missing, and your key had one"):
            use()
    assert not pins.path.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"key": 1}', b"\xff" * 100])
def test_a_damaged_pin_file_is_refused(pins: Pins, content: bytes) -> None:
    pins.path.write_bytes(content)

    with pytest.raises(PinsLost, match="damaged"):
        pins.trust("user-bob", BOB)


def test_another_key_s_pin_file_is_refused(pins: Pins) -> None:
    with pytest.raises(PinsLost, match="that of another key"):
        Pins(pins.path, OTHER.fingerprint).trust("user-bob", BOB)


def test_a_new_key_takes_over_what_the_one_before_had_seen(pins: Pins) -> None:
    pins.know("user-bob", "bob", BOB)
    new = Pins(pins.path, OTHER.fingerprint)

    new.take_over()

    assert new.trust("user-bob", BOB) is Trust.PINNED


def test_the_pin_file_is_for_its_owner_alone(pins: Pins) -> None:
    pins.know("user-bob", "bob", BOB)

    assert stat.S_IMODE(pins.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(pins.path.parent.stat().st_mode) == 0o700


def test_consoles_that_pin_at_the_same_time_lose_nothing(pins: Pins) -> None:
    def pin(number: int) -> None:
        Pins(pins.path, MINE.fingerprint).seen(f"drv-{number}", ["a"])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(pin, range(40)))

    for number in range(40):
        with pytest.raises(RolledBack):
            pins.seen(f"drv-{number}", ["b"])
