"""Copying an encrypted volume into another under another key: QEMU does it, without a guest.

Libvirt's own copy of volumes needs the old one's key as it was when libvirt made it, and forgets
that. So a domain that never runs opens both: QEMU's lock keeps everybody else out, and libvirt ends
the domain where this console does.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import libvirt
from lxml import etree
from lxml.builder import E

from ticrypt_tui.backend.drivers.base import DriveWanted
from ticrypt_tui.backend.drivers.libvirt.connection import Line
from ticrypt_tui.backend.drivers.libvirt.contents import refuse_open
from ticrypt_tui.backend.drivers.libvirt.documents import drive_disk
from ticrypt_tui.backend.drivers.libvirt.secrets import lent
from ticrypt_tui.backend.drivers.libvirt.starting import refused
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.text import shown

OPEN_SECONDS = 90.0
COPY_SECONDS = 3600.0
ASK_SECONDS = 30.0
PAUSE = 0.5
TARGET = "vda"
_ALONE = libvirt.VIR_DOMAIN_START_PAUSED | libvirt.VIR_DOMAIN_START_AUTODESTROY
_MADE_ALREADY = libvirt.VIR_DOMAIN_BLOCK_COPY_REUSE_EXT


@dataclass(frozen=True, slots=True)
class Copying:
    """A copy of a volume, in steps that each are a call."""

    source: DriveWanted
    identity: str = field(default_factory=lambda: str(uuid.uuid4()))

    def open(self, connection: libvirt.virConnect) -> None:
        """Have QEMU open the volume, and nobody else from now on."""
        refuse_open(connection, self.source.path)
        key = (self.source.path, self.source.passphrase)
        with lent(connection, key) as (secret,), refused([self.source]):
            connection.createXML(copying_document(self.identity, self.source, secret), _ALONE)

    def begin(self, connection: libvirt.virConnect, target: DriveWanted) -> None:
        """Copy it over another that is as large."""
        domain = connection.lookupByUUIDString(self.identity)
        with lent(connection, (target.path, target.passphrase)) as (key,):
            domain.blockCopy(TARGET, target_document(target, key), {}, _MADE_ALREADY)

    def ready(self, connection: libvirt.virConnect) -> bool:
        """Whether both are alike. Raises `Failed` where it copies no more."""
        domain = connection.lookupByUUIDString(self.identity)
        mirror = etree.fromstring(domain.XMLDesc()).find("devices/disk/mirror")
        if mirror is None or mirror.get("ready") == "abort":
            said = f"The volume {shown(self.source.path)} could not be copied in full."
            raise Failed(said, "Is there room in the pool? Its host's log of QEMU says more.")
        return bool(mirror.get("ready") == "yes")

    def end(self, connection: libvirt.virConnect) -> None:
        """Let go of both: what is ready stays as it is, what is not is no copy."""
        connection.lookupByUUIDString(self.identity).blockJobAbort(TARGET, 0)

    def leave(self, connection: libvirt.virConnect) -> None:
        """End the domain, if it is there."""
        try:
            connection.lookupByUUIDString(self.identity).destroy()
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise


@asynccontextmanager
async def opened(line: Line, source: DriveWanted) -> AsyncIterator[Copying]:
    """A volume that QEMU has open meanwhile. Raises `Refused` for a wrong key, and one in use."""
    what = f"open the volume {shown(source.path)}"
    copying = Copying(source)
    try:
        await line.act(copying.open, OPEN_SECONDS, what)
        yield copying
    finally:
        await asyncio.shield(line.act(copying.leave, ASK_SECONDS, "close a volume again"))


async def copy(line: Line, copying: Copying, target: DriveWanted) -> None:
    """Copy to the end. Raises `Failed` where it does not get there."""
    what = f"copy the volume {shown(copying.source.path)}"
    await line.act(partial(copying.begin, target=target), OPEN_SECONDS, what)
    try:
        async with asyncio.timeout(COPY_SECONDS):
            while True:
                if await line.call(copying.ready, ASK_SECONDS, what):
                    break
                await asyncio.sleep(PAUSE)
    except TimeoutError:
        raise Failed(f"The host did not {what} within {COPY_SECONDS:g} s.") from None
    await line.act(copying.end, ASK_SECONDS, what)


def copying_document(identity: str, drive: DriveWanted, secret: str) -> str:
    """The XML of a domain that never runs, with a volume as its one disk."""
    root = E.domain(
        E.name(f"ticrypt-copy-{identity}"),
        E.uuid(identity),
        E.title("Copies an encrypted volume under a new key, and ends then"),
        E.memory("32", unit="MiB"),
        E.vcpu("1"),
        E.os(E.type("hvm", arch="x86_64")),
        E.devices(drive_disk(TARGET, drive, secret)),
        type="qemu",  # nothing runs in it
    )
    return etree.tostring(root, encoding="unicode")


def target_document(drive: DriveWanted, secret: str) -> str:
    """The XML of the disk to copy to."""
    return etree.tostring(drive_disk(TARGET, drive, secret), encoding="unicode")
