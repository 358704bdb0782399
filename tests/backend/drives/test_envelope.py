"""Envelopes: they open for their holders, for their drive, unchanged, and in no other way."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.backend.drives.people import Person
from ticrypt_tui.backend.drives import hybrid
from ticrypt_tui.backend.drives.age_file import seal_file
from ticrypt_tui.backend.drives.age_header import Stanza, read_header, write_header
from ticrypt_tui.backend.drives.envelope import (
    LARGEST,
    DriveSecret,
    EnvelopeRefused,
    count_keys,
    open_envelope,
    seal,
)
from ticrypt_tui.backend.drives.identity import Identity, PublicKeys

ALICE, BOB = Person("alice"), Person("bob")


def opened(envelope: bytes, person: Person = ALICE, drive: str = "drv-1", key: int = 1) -> bytes:
    secret = open_envelope(envelope, person.identity, drive_id=drive, key_version=key)
    return bytes(secret.passphrase)


@cache
def one() -> bytes:
    return seal(DriveSecret("drv-1", 1, bytearray(b"c2VjcmV0")), [ALICE.public])


@cache
def crowd() -> tuple[Identity, ...]:
    return tuple(Identity.new() for _ in range(200))


def test_a_passphrase_is_the_base64_of_32_bytes_and_never_the_same() -> None:
    first, second = DriveSecret.new("drv-1"), DriveSecret.new("drv-1")

    assert len(first.passphrase) == 44
    assert first.passphrase != second.passphrase


@settings(max_examples=5, deadline=None)
@given(number=st.integers(1, 200))
@example(number=200)
def test_an_envelope_opens_for_each_of_1_to_200_holders(number: int) -> None:
    holders = crowd()[:number]
    secret = DriveSecret.new("drv-1")

    envelope = seal(secret, [each.public for each in holders])

    for holder in (holders[0], holders[number // 2], holders[-1]):
        assert open_envelope(envelope, holder, drive_id="drv-1", key_version=1) == secret
    assert count_keys(envelope) == number


def test_who_is_no_holder_opens_nothing() -> None:
    with pytest.raises(EnvelopeRefused, match="drv-1 is not wrapped to your key"):
        opened(one(), BOB)


@settings(max_examples=120, deadline=None)
@given(at=st.integers(0, 8 * len(one()) - 1))
def test_any_flipped_bit_refuses(at: int) -> None:
    changed = bytearray(one())
    changed[at // 8] ^= 1 << at % 8

    with pytest.raises(EnvelopeRefused):
        opened(bytes(changed))


@settings(max_examples=30, deadline=None)
@given(length=st.integers(0, len(one()) - 1))
def test_any_cut_refuses(length: int) -> None:
    with pytest.raises(EnvelopeRefused):
        opened(one()[:length])


@settings(max_examples=60, deadline=None)
@given(garbage=st.binary(max_size=300))
@example(garbage=b"age-encryption.org/v1\n")
@example(garbage=b"age-encryption.org/v1\n-> mlkem768x25519\n\n--- " + b"A" * 43 + b"\n")
def test_what_is_no_envelope_refuses(garbage: bytes) -> None:
    with pytest.raises(EnvelopeRefused):
        opened(garbage)


def test_an_envelope_that_is_too_large_is_not_even_read() -> None:
    with pytest.raises(EnvelopeRefused, match="too large"):
        opened(one() + bytes(LARGEST))


def test_the_envelope_of_another_drive_is_refused_with_both_names() -> None:
    other = seal(DriveSecret.new("drv-2"), [ALICE.public])

    with pytest.raises(EnvelopeRefused, match="drive drv-1 is that of another drive, drv-2"):
        opened(other)


def test_an_envelope_of_another_key_version_is_refused() -> None:
    with pytest.raises(EnvelopeRefused, match="holds key version 1, not 2"):
        opened(one(), key=2)


def test_stanzas_of_one_drive_never_open_another() -> None:
    """Neither in place of its own, nor beside them: the header's code is over all stanzas."""
    mine = seal(DriveSecret.new("drv-2"), [BOB.public])
    header, payload = read_header(mine)
    (stanza,) = read_header(one())[0].stanzas
    key = BOB.identity.unwrap(header.stanzas)
    assert key is not None

    for stanzas in ([stanza], [*header.stanzas, stanza]):
        kept = write_header(stanzas, bytes(16))[: -len(b" " + b"A" * 43 + b"\n")]
        moved = kept + mine[mine.index(b"---") + 3 : mine.index(b"\n", mine.index(b"---")) + 1]
        with pytest.raises(EnvelopeRefused):
            opened(moved + payload, ALICE, "drv-2")


def test_an_envelope_that_is_also_wrapped_in_another_way_is_refused() -> None:
    """One classical recipient beside the hybrid ones would undo what those are for."""
    plain = b"ticrypt-tui drive key v1\ndrv-1\n1\nsecret\n"
    mixed = seal_file(
        plain,
        lambda key: [hybrid.wrap(ALICE.public.encryption, key), Stanza("X25519", ("A",), b"1")],
    )

    with pytest.raises(EnvelopeRefused, match="another way"):
        opened(mixed)


@pytest.mark.parametrize(
    "plain",
    [b"", b"something else", b"ticrypt-tui drive key v1\ndrv-1\n1\nsecret", b"\n" * 4,
     b"ticrypt-tui drive key v1\ndrv-1\nx\nsecret\n",
     b"ticrypt-tui drive key v1\ndrv-1\n" + b"9" * 5000 + b"\nsecret\n"],
)  # fmt: skip
def test_a_sealed_text_that_is_no_drive_s_key_is_refused(plain: bytes) -> None:
    sealed = seal_file(plain, lambda key: [hybrid.wrap(ALICE.public.encryption, key)])

    with pytest.raises(EnvelopeRefused):
        opened(sealed)


def test_an_envelope_for_nobody_is_not_made() -> None:
    with pytest.raises(ValueError, match="for somebody"):
        seal(DriveSecret.new("drv-1"), [])


@pytest.mark.parametrize("key", [b"", bytes(1216), b"\xff" * 1216], ids=range(3))
def test_nothing_is_wrapped_to_what_is_no_public_key(key: bytes) -> None:
    holders = [ALICE.public, PublicKeys(key, bytes(32))]

    with pytest.raises(EnvelopeRefused, match="Nothing can be wrapped to the key"):
        seal(DriveSecret.new("drv-1"), holders)


def test_what_a_secret_says_of_itself_has_no_passphrase_in_it() -> None:
    secret = DriveSecret.new("drv-1")

    assert secret.passphrase.decode() not in f"{secret!r} {secret}"


def test_a_forgotten_secret_is_zeroed_in_place() -> None:
    secret = DriveSecret.new("drv-1")
    kept = secret.passphrase

    secret.forget()

    assert kept == bytes(44)
