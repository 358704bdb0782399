"""What a guest sees as the serial number of a drive's disk."""

from __future__ import annotations

import hashlib
from base64 import b32encode

LENGTH = 20
"""All that a virtio disk's serial has room for, in bytes."""


def serial_of(drive_id: str) -> str:
    """The serial of a drive's disk: 100 bits of its ID's SHA-256 in base32, in small letters.

    A guest names the disk after it, as `/dev/disk/by-id/virtio-SERIAL`.
    """
    digest = hashlib.sha256(drive_id.encode(errors="surrogatepass")).digest()
    return b32encode(digest).decode().lower()[:LENGTH]
