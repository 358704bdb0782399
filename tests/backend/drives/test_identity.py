"""Identities: their fingerprints, how they are written, and what they never say."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticrypt_tui.backend.drives import bech32
from ticrypt_tui.backend.drives.identity import Identity, PublicKeys, read_identity, short


def test_a_fingerprint_has_13_groups_of_four_and_its_short_form_three() -> None:
    fingerprint = Identity.new().public.fingerprint
    groups = fingerprint.split("-")

    assert [len(each) for each in groups] == [4] * 13
    assert short(fingerprint) == f"{groups[0]}-{groups[1]}-…-{groups[-1]}"


def test_a_fingerprint_is_of_both_keys() -> None:
    one, other = Identity.new().public, Identity.new().public
    mixed = (PublicKeys(one.encryption, other.signing), PublicKeys(other.encryption, one.signing))

    assert len({each.fingerprint for each in (one, other, *mixed)}) == 4


def test_one_seed_gives_the_same_keys_always() -> None:
    identity = Identity.new()

    assert read_identity(identity.written).public == identity.public


def test_a_signature_is_good_for_its_message_alone() -> None:
    identity, other = Identity.new(), Identity.new()
    signature = identity.sign(b"yes")

    assert identity.public.signed(signature, b"yes")
    assert not identity.public.signed(signature, b"no")
    assert not other.public.signed(signature, b"yes")
    assert not identity.public.signed(b"", b"yes")


def test_public_keys_are_read_as_they_were_written() -> None:
    keys = Identity.new().public

    assert PublicKeys.read(keys.written) == keys


@pytest.mark.parametrize(
    "text", ["", "x", "AAAA", "Ä" * 1664, "A" * 1664, "/" * 1664], ids=range(6)
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(it|its|an) "):
        PublicKeys.read(text)


def test_an_identity_is_never_pickled_and_says_only_its_fingerprint() -> None:
    identity = Identity.new()

    with pytest.raises(TypeError, match="never written down"):
        pickle.dumps(identity)
    assert repr(identity) == f"<Identity {short(identity.public.fingerprint)}>"


@given(data=st.binary(max_size=100))
def test_bech32_reads_what_it_wrote(data: bytes) -> None:
    for prefix in ("age1pq", "AGE-SECRET-KEY-PQ-"):
        assert bech32.decode(prefix, bech32.encode(prefix, data)) == data


@given(data=st.binary(min_size=1, max_size=40), at=st.integers(0, 200), to=st.integers(0, 31))
def test_bech32_notices_any_changed_character(data: bytes, at: int, to: int) -> None:
    text = bech32.encode("age", data)
    place = 4 + at % (len(text) - 4)
    changed = bytearray(text)
    changed[place] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"[to]
    if changed == text:
        return

    with pytest.raises(ValueError, match="checksum"):
        bech32.decode("age", changed)


# BIP 173's own examples, with their data in groups of five bits left aside.
@pytest.mark.parametrize("text", [b"A12UEL5L", b"11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j", b"split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w"])  # fmt: skip  # noqa: E501
def test_bip_173_s_valid_texts_have_a_good_checksum(text: bytes) -> None:
    prefix, _, _ = text.decode().rpartition("1")
    words = [
        b"qpzry9x8gf2tvdw0s3jn54khce6mua7l".index(each) for each in text[len(prefix) + 1 :].lower()
    ]

    assert bech32._checksum((*bech32._spread(prefix), *words)) == 1
