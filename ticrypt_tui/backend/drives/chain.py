"""Checking all versions of a drive's key: whoever writes to the store alone cannot make one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ticrypt_tui.backend.drives.envelope import count_keys
from ticrypt_tui.backend.drives.identity import PublicKeys, short
from ticrypt_tui.backend.drives.manifest import (
    SIGNED,
    Manifest,
    ManifestRefused,
    Signer,
    Version,
    envelope_hash,
    read_manifest,
)
from ticrypt_tui.text import shown


def check_chain(
    drive_id: str, versions: Sequence[Version], keys: Mapping[str, PublicKeys]
) -> Manifest:
    """Check all versions of a drive, oldest first; gives the newest manifest.

    `keys` are everyone's by fingerprint, replaced ones too. Raises `ManifestRefused` that names
    what is wrong.
    """
    last: Manifest | None = None
    for number, version in enumerate(versions, start=1):
        try:
            last = _checked(drive_id, number, version, last, keys)
        except ValueError as error:
            said = f"Version {number} of the key of drive {shown(drive_id)} {error}."
            raise ManifestRefused(said, "Somebody changed the store: tell the holders.") from None
    if last is None:
        raise ManifestRefused(f"Drive {shown(drive_id)} has no key: all of its versions are gone.")
    return last


def _checked(
    drive_id: str,
    number: int,
    version: Version,
    last: Manifest | None,
    keys: Mapping[str, PublicKeys],
) -> Manifest:
    try:
        manifest = read_manifest(version.manifest)
    except ValueError as error:
        raise ValueError(f"has a manifest that cannot be read ({error})") from None
    _place(drive_id, number, manifest, last)
    _signer(manifest, last)
    _signature(manifest, version, keys)
    _content(manifest, version)
    return manifest


def _place(drive_id: str, number: int, manifest: Manifest, last: Manifest | None) -> None:
    if manifest.drive_id != drive_id:
        raise ValueError(f"is that of another drive, {manifest.drive_id}")
    if manifest.number != number:
        raise ValueError(f"is in the place of version {manifest.number}")
    if manifest.previous != (last.hash if last else ""):
        raise ValueError(f"does not follow on version {number - 1}")
    known = last.key_version if last else 1
    if not known <= manifest.key_version <= known + bool(last):
        raise ValueError(f"goes from key version {known} to {manifest.key_version}")


def _signer(manifest: Manifest, last: Manifest | None) -> None:
    signer = manifest.signer
    if last is None:
        founder = Signer(manifest.founding.creator, manifest.founding.fingerprint)
        if signer != founder:
            raise ValueError(f"is signed by {_who(signer)}, not by its creator {_who(founder)}")
        return
    if signer not in {Signer(each.user_id, each.fingerprint) for each in last.holders}:
        raise ValueError(f"is signed by {_who(signer)}, who held no key to it")


def _signature(manifest: Manifest, version: Version, keys: Mapping[str, PublicKeys]) -> None:
    signer = manifest.signer
    public = keys.get(signer.fingerprint)
    if public is None:
        raise ValueError(f"is signed by {_who(signer)}, a key that nobody has registered")
    if public.fingerprint != signer.fingerprint:
        other = short(public.fingerprint)
        raise ValueError(f"is signed by {_who(signer)}, where the store has the key {other}")
    if not public.signed(version.signature, SIGNED + version.manifest):
        raise ValueError(f"has a signature that is not that of {_who(signer)}")


def _content(manifest: Manifest, version: Version) -> None:
    if manifest.envelope_hash != envelope_hash(version.envelope):
        raise ValueError("has an envelope that is not the one that was signed")
    holders = manifest.holders
    if not holders or len(holders) != len({each.user_id for each in holders}):
        raise ValueError("names no holder, or one of them twice")
    wrapped = count_keys(version.envelope)
    if wrapped != len(holders):
        raise ValueError(f"is wrapped to {wrapped} keys and names {len(holders)} holders")


def _who(signer: Signer) -> str:
    return f"{shown(signer.user_id)} ({shown(short(signer.fingerprint))})"
