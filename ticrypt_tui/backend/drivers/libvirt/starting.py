"""Starting a domain, with what opens its drives lent to libvirt meanwhile."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import libvirt

from ticrypt_tui.backend.drivers.base import DomainWanted, DriveWanted
from ticrypt_tui.backend.drivers.libvirt.documents import dhcp_server_of, domain_document
from ticrypt_tui.backend.drivers.libvirt.faults import said
from ticrypt_tui.backend.drivers.libvirt.secrets import lent
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.text import shown

# What is said of a drive, whether its path must be said with it, what that means, and what helps.
_FAULTS = (
    (r"Failed to get .*lock", True, "{} is open in another VM.", "End that one first."),
    (r"No such file", True, "There is no volume {}.", "Have its pool looked at: Fix drives."),
    (
        r"cannot unlock any keyslot",
        False,
        "The key does not open the volume {}.",
        "It was changed since this envelope was read: try again.",
    ),
    (r"not in LUKS format", False, "What is at {} is no encrypted volume.", ""),
)


@dataclass(frozen=True, slots=True)
class Start:
    """A start; a session's libvirt makes its log folder too late for the log that we name in it."""

    wanted: DomainWanted
    session: bool
    serial_log: str | None

    def __call__(self, connection: libvirt.virConnect) -> None:
        self._make_log_folder()
        with lent(
            connection, *((each.path, each.passphrase) for each in self.wanted.drives)
        ) as secrets:
            document = domain_document(
                self.wanted,
                session=self.session,
                serial_log=self.serial_log,
                secrets=secrets,
                dhcp_server=self._dhcp_server(connection),
            )
            with refused(self.wanted.drives):
                connection.createXML(document, 0)

    def _dhcp_server(self, connection: libvirt.virConnect) -> str:
        """Where libvirt serves the VM's network with addresses, by which one; else ''."""
        if self.session or not (self.wanted.network and self.wanted.network_filter):
            return ""
        network = connection.networkLookupByName(self.wanted.network)
        return dhcp_server_of(str(network.XMLDesc()))

    def _make_log_folder(self) -> None:
        try:
            if self.session and self.serial_log:
                os.makedirs(os.path.dirname(self.serial_log), mode=0o700, exist_ok=True)
        except OSError as error:
            folder = f"The folder of {self.serial_log}"
            raise Failed(f"{folder} cannot be made: {error.strerror}.") from None


@contextmanager
def refused(drives: Sequence[DriveWanted]) -> Iterator[None]:
    """What libvirt says of drives that do not open, as a refusal."""
    try:
        yield
    except libvirt.libvirtError as error:
        if refusal := _refusal(said(error), drives):
            raise refusal from None
        raise


def _refusal(words: str, drives: Sequence[DriveWanted]) -> Refused | None:
    """What libvirt or QEMU says of a drive, as a refusal; None where it is not about a drive."""
    named = [drive.path for drive in drives if _names(words, drive.path)]
    paths = ", ".join(map(shown, named or [drive.path for drive in drives]))
    for pattern, of_one, meaning, remedy in _FAULTS:
        if re.search(pattern, words) and (named if of_one else drives):
            return Refused(meaning.format(paths), remedy)
    return None


def _names(words: str, path: str) -> bool:
    return f"'{path}'" in words or f"[{path}]" in words
