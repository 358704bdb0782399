"""The file system of a drive, made in a guest the first time that the drive is there."""

from __future__ import annotations

from ticrypt_tui.backend.drivers.base import Host

FORMATS = ("ext4", "btrfs", "xfs", "zfs", "ntfs")
"""The file systems that a drive can have, as `drive.format` has them."""


async def format_drive(host: Host, uuid: str, serial: str, form: str, label: str) -> str:
    """Make the file system on the disk of that serial, if the guest itself calls it blank.

    Returns what was done, as words for an event of the VM. Raises `Refused` where the guest has not
    what it takes, and `Failed` where it does not work; the drive is then as it was.
    """
    raise NotImplementedError
