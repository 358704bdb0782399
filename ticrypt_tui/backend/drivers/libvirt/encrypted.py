"""Making LUKS volumes: libvirt has QEMU make them, and gets the key for as long as that takes.

Libvirt hands it to `qemu-img` in a file that is root's alone, below /run and so in memory, which it
then deletes.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field

import libvirt
from lxml import etree
from lxml.builder import E

from ticrypt_tui.backend.drivers.libvirt.documents import encryption
from ticrypt_tui.backend.drivers.libvirt.faults import said
from ticrypt_tui.backend.drivers.libvirt.secrets import lent
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.text import shown

HEADER_BYTES = 2 << 20
"""What a LUKS1 header takes, with its eight slots for keys of 512 bits, and some more."""

_TRIES = 20
_TOO_QUICK = "Unable to get accurate CPU usage"


@dataclass(frozen=True, slots=True)
class Making:
    """An encrypted volume to make. Once it is `unwanted`, what is made is deleted again."""

    pool: str
    name: str
    size: int
    passphrase: bytes = field(repr=False)
    unwanted: threading.Event = field(default_factory=threading.Event, repr=False)

    def __call__(self, connection: libvirt.virConnect) -> str:
        """Make it; its path."""
        if self.size <= 0:
            raise Refused("A drive of 0 bytes has no room for anything.", about="size")
        pool = connection.storagePoolLookupByName(self.pool)
        refuse_without_room(pool, self.pool, self.size)
        with lent(connection, (f"{self.pool}/{self.name}", self.passphrase)) as (secret,):
            volume = self._made(pool, volume_document(self.name, self.size, secret))
        if self.unwanted.is_set():
            volume.delete()
            raise Failed(f"The volume {shown(self.name)} was not wanted any more.")
        return str(volume.path())

    def _made(self, pool: libvirt.virStoragePool, document: str) -> libvirt.virStorageVol:
        """QEMU gives up where a clock shows no time between two looks: then once more."""
        for tries_left in reversed(range(_TRIES)):
            try:
                return pool.createXML(document, 0)
            except libvirt.libvirtError as error:
                self._refuse(error)
                if not tries_left or _TOO_QUICK not in said(error) or self.unwanted.is_set():
                    raise
        raise AssertionError

    def _refuse(self, error: libvirt.libvirtError) -> None:
        if error.get_error_code() == libvirt.VIR_ERR_STORAGE_VOL_EXIST:
            taken = f"Pool {shown(self.pool)} has a volume {shown(self.name)} already."
            raise Refused(taken) from None


def refuse_without_room(pool: libvirt.virStoragePool, name: str, size: int) -> None:
    """Raise `Refused` for a pool that is inactive, or has less than so many bytes left.

    A volume takes its room little by little: that it is there now is all that can be checked.
    """
    if not pool.isActive():
        raise Refused(f"Pool {shown(name)} is not active.", "Start it.")
    with suppress(libvirt.libvirtError):  # the last look at it stands
        pool.refresh()
    free = pool.info()[3]
    if size + HEADER_BYTES > free:
        room = f"has {free >> 20} MiB left, and {size >> 20} MiB are asked for"
        raise Refused(f"Pool {shown(name)} {room}.", "Choose another tier, or less.", "size")


def volume_document(name: str, size: int, secret: str) -> str:
    """The XML of a LUKS volume with room for so many bytes."""
    root = E.volume(
        E.name(name),
        E.capacity(str(size), unit="bytes"),
        E.target(E.format(type="raw"), encryption(secret)),
    )
    return etree.tostring(root, encoding="unicode")
