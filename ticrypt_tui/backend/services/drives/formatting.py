"""The file system of a drive, made in a guest the first time that the drive is there."""

from __future__ import annotations

from dataclasses import dataclass

from ticrypt_tui.backend.drivers.base import GuestRun, Host
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.text import shown

SECONDS = 600.0
"""How long a guest may take; it writes little of a drive, but emulated ones are slow."""


@dataclass(frozen=True, slots=True)
class _Maker:
    """What makes a file system on `$disk` in a guest, and the Debian package that brings it."""

    program: str
    command: str
    package: str


# NTFS: quick, and on a whole disk, which mkfs.ntfs calls forced. ZFS: a pool of its own, let go of.
_MAKERS = {
    "EXT4": _Maker("mkfs.ext4", 'mkfs.ext4 -q "$disk"', "e2fsprogs"),
    "BTRFS": _Maker("mkfs.btrfs", 'mkfs.btrfs -q "$disk"', "btrfs-progs"),
    "XFS": _Maker("mkfs.xfs", 'mkfs.xfs -q "$disk"', "xfsprogs"),
    "ZFS": _Maker(
        "zpool",
        'zpool create -m none "drive-$1" "$disk" && zpool export "drive-$1"',
        "zfsutils-linux",
    ),
    "NTFS": _Maker("mkfs.ntfs", 'mkfs.ntfs -q -Q -F "$disk"', "ntfs-3g"),
}

# What the script ends with, and no maker does.
_NO_DISK, _NO_BLKID, _UNREADABLE, _NOT_BLANK, _UNSURE, _NO_MAKER = range(70, 76)
# `blkid -p` looks at the disk itself, and says 2 of a blank one; of one that it cannot read, too.
_SCRIPT = f"""
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
disk=
for each in /sys/block/*; do
    [ "$(cat "$each/serial" 2>/dev/null)" = "$1" ] && disk=/dev/${{each##*/}}
done
[ -b "$disk" ] || exit {_NO_DISK}
command -v blkid >/dev/null || exit {_NO_BLKID}
dd if="$disk" of=/dev/null bs=65536 count=16 2>/dev/null || exit {_UNREADABLE}
blkid -p "$disk" >/dev/null 2>&1
case $? in
    2) ;;
    0|8) exit {_NOT_BLANK} ;;
    *) exit {_UNSURE} ;;
esac
command -v "$2" >/dev/null || exit {_NO_MAKER}
"""


async def format_drive(host: Host, uuid: str, serial: str, form: str) -> bool:
    """Make a file system, such as `EXT4`, on the disk of that serial, if it is blank.

    Only the guest's own blkid can say that it is. Returns whether there is a new one: a disk that
    has anything on it stays as it is. Raises `Refused` where the guest lacks what it takes, and
    `Failed` where it does not work.
    """
    maker = _MAKERS.get(form.upper())
    if maker is None:
        raise Refused(f"The console makes no file system {shown(form)}.")
    command = ["/bin/sh", "-c", _SCRIPT + maker.command, "sh", serial, maker.program]
    ended = await host.run_in_guest(uuid, command, SECONDS)
    if ended.exit_code not in (0, _NOT_BLANK):
        raise _fault(ended, serial, maker)
    return ended.exit_code == 0


def _fault(ended: GuestRun, serial: str, maker: _Maker) -> Failed | Refused:
    faults: dict[int, Failed | Refused] = {
        _NO_DISK: Failed(f"The guest has no disk with the serial number {serial}."),
        _NO_BLKID: _without("blkid", "util-linux"),
        _UNREADABLE: Failed(f"The guest cannot read the disk {serial}."),
        _UNSURE: _without("blkid that can say whether a disk is blank", "util-linux"),
        _NO_MAKER: _without(maker.program, maker.package),
    }
    said = shown((ended.errors or ended.output).strip().rpartition("\n")[2]) or ended.exit_code
    return faults.get(ended.exit_code) or Failed(f"{maker.program} failed in the guest: {said}.")


def _without(program: str, package: str) -> Refused:
    remedy = f"Install {package} in its image; the drive stays blank until then."
    return Refused(f"The guest has no {program}.", remedy)
