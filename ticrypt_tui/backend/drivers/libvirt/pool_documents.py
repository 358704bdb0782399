"""The XML of storage pools, written and read (https://libvirt.org/formatstorage.html)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from lxml import etree
from lxml.builder import E

from ticrypt_tui.backend.errors import WrongUse
from ticrypt_tui.text import shown

_FOLDERS = ("dir", "fs", "netfs")
_LVM = PurePosixPath("/dev")


@dataclass(frozen=True, slots=True)
class PoolWanted:
    """A pool to make: its target is a folder, or for `logical` the folder of its volume group.

    The source is a device (`fs`), `server:/folder` (`netfs`), or the devices of a new volume
    group, with blanks between them (`logical`).
    """

    name: str
    type: str
    target: str
    source: str = ""

    @property
    def volume_group(self) -> str:
        return PurePosixPath(self.target).name

    def same_place(self, target: str, source: str) -> bool:
        """Whether a pool with that target and source is this one; devices need not be named."""
        if PurePosixPath(self.target) != PurePosixPath(target):
            return False
        return self.source.split() == source.split() or (self.type == "logical" and not self.source)


def pool_document(wanted: PoolWanted) -> str:
    """The XML of a new pool. Raises `WrongUse` for what no pool can be made of."""
    _refuse_unwritable(wanted)
    root = E.pool(
        E.name(wanted.name),
        *_source(wanted),
        E.target(E.path(wanted.target)),
        type=wanted.type,
    )
    return etree.tostring(root, encoding="unicode")


def source_of(root: etree._Element) -> str:
    """A pool's source as `PoolWanted` has it."""
    devices = [device.get("path") or "" for device in root.iterfind("source/device")]
    if devices:
        return " ".join(devices)
    host, folder = root.find("source/host"), root.find("source/dir")
    if host is None or folder is None:
        return ""
    return f"{host.get('name')}:{folder.get('path')}"


def _refuse_unwritable(wanted: PoolWanted) -> None:
    for text in (wanted.name, wanted.target, wanted.source):
        if not text.isprintable():
            raise WrongUse(f"{shown(text)} has characters that no pool can have.")
    if wanted.type in _FOLDERS and not wanted.target.startswith("/"):
        raise WrongUse(f"{wanted.target or 'Nothing'} is no absolute path.", "Such as /srv/flash.")
    if wanted.type == "logical" and PurePosixPath(wanted.target).parent != _LVM:
        said = f"{wanted.target} is not the folder of a volume group."
        raise WrongUse(said, "The target of a logical pool is /dev/ and the group's name.")


def _source(wanted: PoolWanted) -> list[etree._Element]:
    if wanted.type == "fs":
        return [E.source(E.device(path=_needed(wanted, "a device, such as /dev/sdb1")))]
    if wanted.type == "netfs":
        host, _, folder = _needed(wanted, "a server and its folder").partition(":/")
        if not host or not folder:
            raise WrongUse(f"{wanted.source} is not like server:/folder.")
        return [E.source(E.host(name=host.strip("[]")), E.dir(path=f"/{folder}"))]
    if wanted.type == "logical":
        devices = [E.device(path=path) for path in wanted.source.split()]
        return [E.source(*devices, E.name(wanted.volume_group), E.format(type="lvm2"))]
    return []


def _needed(wanted: PoolWanted, what: str) -> str:
    if not wanted.source:
        raise WrongUse(f"A pool of type {wanted.type} needs a source: {what}.")
    return wanted.source
