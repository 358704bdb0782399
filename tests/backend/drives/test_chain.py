"""An admin with the store in his hands cannot open a drive, nor have its holders believe his."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backend.drives.people import Person, Story, registered, version
from ticrypt_tui.backend.drives.chain import check_chain
from ticrypt_tui.backend.drives.envelope import DriveSecret, seal
from ticrypt_tui.backend.drives.identity import PublicKeys
from ticrypt_tui.backend.drives.manifest import (
    SIGNED,
    Founding,
    Holder,
    ManifestRefused,
    Signed,
    Version,
    envelope_hash,
    found,
    next_version,
    read_manifest,
)

ALICE, BOB, MALLORY = Person("alice"), Person("bob"), Person("mallory")


@pytest.fixture
def story() -> Story:
    """Alice made it, and shared it with Bob."""
    story = Story(ALICE)
    story.held_by(ALICE, BOB, by=ALICE)
    return story


def forged(story: Story, number: int, by: Person, **changes: object) -> Version:
    """A version as it would be with some changes, signed by somebody."""
    kept = story.versions[number - 1]
    manifest = dataclasses.replace(read_manifest(kept.manifest), **changes)  # type: ignore[arg-type]
    return Version(kept.envelope, manifest.written, by.identity.sign(SIGNED + manifest.written))


def test_a_drive_s_id_follows_from_its_founding() -> None:
    first, second = Story(ALICE), Story(ALICE)

    assert first.check().drive_id == first.drive_id != second.drive_id


def test_a_chain_goes_on_with_each_holder(story: Story) -> None:
    story.held_by(BOB, by=BOB, rotated=True)

    newest = story.check()

    assert (newest.number, newest.key_version) == (3, 2)
    assert newest.holders == (BOB.holder,)


def test_who_holds_no_key_cannot_make_the_next_version(story: Story) -> None:
    with pytest.raises(ManifestRefused, match="You hold no key"):
        story.held_by(MALLORY, by=MALLORY)


def test_one_who_was_dropped_cannot_sign_the_next(story: Story) -> None:
    story.held_by(ALICE, by=ALICE, rotated=True)
    without = story.versions[-1]
    story.people.append(BOB)
    signed = next_version(
        dataclasses.replace(story.check(), holders=(BOB.holder,)),
        without.envelope, [BOB.holder], BOB.identity, key_version=2,
    )  # fmt: skip

    with pytest.raises(ManifestRefused, match="does not follow on version 3"):
        story.check([*story.versions, version(without.envelope, signed)])


def test_an_outsider_s_signature_is_refused_with_his_name(story: Story) -> None:
    signer = dataclasses.replace(read_manifest(story.versions[1].manifest).signer)
    outsider = dataclasses.replace(
        signer, user_id="mallory", fingerprint=MALLORY.public.fingerprint
    )
    story.people.append(MALLORY)

    with pytest.raises(ManifestRefused, match=r"signed by mallory .*, who held no key to it"):
        story.check([story.versions[0], forged(story, 2, MALLORY, signer=outsider)])


def test_a_forged_signature_is_refused(story: Story) -> None:
    with pytest.raises(ManifestRefused, match="a signature that is not that of alice"):
        story.check([story.versions[0], forged(story, 2, MALLORY)])


def test_a_swapped_public_key_does_not_make_a_forged_signature_good(story: Story) -> None:
    keys = {**registered(ALICE, BOB), ALICE.public.fingerprint: MALLORY.public}

    with pytest.raises(ManifestRefused, match="where the store has the key"):
        check_chain(story.drive_id, story.versions, keys)


def test_a_signer_whose_key_is_gone_from_the_store_is_named(story: Story) -> None:
    with pytest.raises(ManifestRefused, match="a key that nobody has registered"):
        check_chain(story.drive_id, story.versions, registered(BOB))


def test_another_founding_is_another_drive(story: Story) -> None:
    founding = Founding.new("mallory", MALLORY.public)
    envelope = seal(DriveSecret.new(story.drive_id), [MALLORY.public])
    mine = found(founding, envelope, [MALLORY.holder], MALLORY.identity)

    with pytest.raises(ManifestRefused, match="that of another drive"):
        story.check([version(envelope, mine)])


def test_a_first_version_by_another_than_the_creator_is_refused(story: Story) -> None:
    first = read_manifest(story.versions[0].manifest)
    story.people.append(MALLORY)
    signer = dataclasses.replace(
        first.signer, user_id="mallory", fingerprint=MALLORY.public.fingerprint
    )

    with pytest.raises(ManifestRefused, match="not by its creator alice"):
        story.check([forged(story, 1, MALLORY, signer=signer)])


def test_the_stanzas_of_an_older_version_are_not_those_of_the_newest(story: Story) -> None:
    story.held_by(ALICE, by=ALICE, rotated=True)
    replayed = dataclasses.replace(story.versions[2], envelope=story.versions[1].envelope)

    with pytest.raises(ManifestRefused, match="an envelope that is not the one that was signed"):
        story.check([*story.versions[:2], replayed])


def test_an_envelope_copied_from_another_drive_is_refused(story: Story) -> None:
    other = Story(MALLORY)
    copied = dataclasses.replace(story.versions[1], envelope=other.versions[0].envelope)

    with pytest.raises(ManifestRefused, match="an envelope that is not the one that was signed"):
        story.check([story.versions[0], copied])


def test_versions_out_of_place_left_out_or_all_gone_are_refused(story: Story) -> None:
    story.held_by(ALICE, BOB, by=BOB)
    first, second, third = story.versions

    for versions in ([first, third], [second, third], [first, third, second], [first, first]):
        with pytest.raises(ManifestRefused):
            story.check(versions)
    with pytest.raises(ManifestRefused, match="all of its versions are gone"):
        story.check([])


def test_a_key_version_never_goes_back(story: Story) -> None:
    story.held_by(ALICE, BOB, by=ALICE, rotated=True)
    last = story.check()
    envelope = seal(DriveSecret.new(story.drive_id, 1), [ALICE.public])
    signed = next_version(last, envelope, [ALICE.holder], ALICE.identity, key_version=1)

    with pytest.raises(ManifestRefused, match="goes from key version 2 to 1"):
        story.check([*story.versions, version(envelope, signed)])


def test_a_hidden_holder_shows(story: Story) -> None:
    last = story.check()
    envelope = seal(story.secret, [ALICE.public, BOB.public, MALLORY.public])
    signed = next_version(last, envelope, last.holders, ALICE.identity, key_version=1)

    with pytest.raises(ManifestRefused, match="wrapped to 3 keys and names 2 holders"):
        story.check([*story.versions, version(envelope, signed)])


def test_a_holder_named_twice_is_refused(story: Story) -> None:
    last = story.check()
    twice = [ALICE.holder, Holder("alice", BOB.public.fingerprint)]
    envelope = seal(story.secret, [ALICE.public, BOB.public])
    signed = next_version(last, envelope, twice, ALICE.identity, key_version=1)

    with pytest.raises(ManifestRefused, match="one of them twice"):
        story.check([*story.versions, version(envelope, signed)])


def test_nobody_signs_in_another_s_name() -> None:
    founding = Founding.new("alice", ALICE.public)

    with pytest.raises(ManifestRefused, match="another key than yours"):
        found(founding, b"", [ALICE.holder], BOB.identity)


_STORY = Story(ALICE)
_STORY.held_by(ALICE, BOB, by=ALICE)


@settings(max_examples=100, deadline=None)
@given(part=st.sampled_from(["envelope", "manifest", "signature"]), data=st.data())
def test_any_flipped_bit_of_a_version_is_refused(part: str, data: st.DataObject) -> None:
    kept = _STORY.versions[1]
    changed = bytearray(getattr(kept, part))
    at = data.draw(st.integers(0, 8 * len(changed) - 1))
    changed[at // 8] ^= 1 << at % 8
    flipped = dataclasses.replace(kept, **{part: bytes(changed)})

    with pytest.raises(ManifestRefused, match=f"Version 2 of the key of drive {_STORY.drive_id}"):
        _STORY.check([_STORY.versions[0], flipped])


@settings(max_examples=60, deadline=None)
@given(garbage=st.binary(max_size=200) | st.just(b"{}") | st.just(b"[" * 50_000))
def test_a_manifest_that_is_none_is_refused(garbage: bytes) -> None:
    broken = Version(b"", garbage, bytes(64))

    with pytest.raises(ManifestRefused, match="a manifest that cannot be read"):
        check_chain("drv-1", [broken], {})


def test_one_manifest_has_one_writing(story: Story) -> None:
    kept = story.versions[0]
    spaced = kept.manifest.replace(b",", b", ")
    signed = Signed(spaced, ALICE.identity.sign(SIGNED + spaced))

    with pytest.raises(ManifestRefused, match="not canonical"):
        story.check([version(kept.envelope, signed)])


def test_a_manifest_says_which_envelope_it_is_of(story: Story) -> None:
    assert story.check().envelope_hash == envelope_hash(story.versions[-1].envelope)


def test_a_key_of_zeros_is_none() -> None:
    """X25519 gives the same secret to everybody there: the point of low order."""
    keys = PublicKeys(ALICE.public.encryption[:-32] + bytes(32), ALICE.public.signing)

    with pytest.raises(ValueError, match="low order"):
        PublicKeys.read(keys.written)
