"""A drive gets its file system in the guest, once, and only where the guest calls it blank."""

from __future__ import annotations

import pytest

from tests.backend.drivers.conftest import Ears
from tests.backend.play import PlayHost, domain
from ticrypt_tui.backend.drivers.base import GuestRun, HostAddress
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.backend.services.drives.formatting import format_drive

VM = "7f3a0d52-4c1e-4b6f-9a80-0123456789ab"


@pytest.fixture
def host() -> PlayHost:
    made = PlayHost(HostAddress("h", "lab", "node1", "play://node1"), Ears())
    made.show(domain(f"vm-{VM}"))
    return made


async def test_every_file_system_is_made_by_its_own_program(host: PlayHost) -> None:
    programs = {"EXT4": "mkfs.ext4 -q", "BTRFS": "mkfs.btrfs -q", "XFS": "mkfs.xfs -q"}
    programs |= {"ZFS": "zpool create", "NTFS": "mkfs.ntfs -q"}
    for form, program in programs.items():
        assert await format_drive(host, VM, "abc", form)
        script = host.asked.pop()
        assert script.index("blkid -p") < script.index(program)


async def test_a_disk_that_has_something_stays_as_it_is(host: PlayHost) -> None:
    host.runs = GuestRun(73, "", "")
    assert not await format_drive(host, VM, "abc", "EXT4")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (70, "no disk with the serial number abc"),
        (71, r"no blkid\. Install util-linux"),
        (72, "cannot read the disk abc"),
        (74, r"no blkid that can say whether a disk is blank\. Install util-linux"),
        (75, r"no mkfs\.btrfs\. Install btrfs-progs in its image; the drive stays blank"),
        (1, r"mkfs\.btrfs failed in the guest: too small\\u\{1b\}\."),
        (-9, r"mkfs\.btrfs failed in the guest: too small\\u\{1b\}\."),
    ],
)
async def test_what_is_in_the_way_is_said(host: PlayHost, code: int, words: str) -> None:
    host.runs = GuestRun(code, "", "more\ntoo small\x1b\n")
    with pytest.raises((Refused, Failed), match=words):
        await format_drive(host, VM, "abc", "BTRFS")


async def test_an_unknown_file_system_is_refused_before_the_guest_is_asked(host: PlayHost) -> None:
    with pytest.raises(Refused, match="makes no file system FAT"):
        await format_drive(host, VM, "abc", "FAT")
    assert host.asked == []
