"""A log of a VM of this machine, which libvirt keeps in a file."""

from __future__ import annotations

from ticrypt_tui.backend.drivers.base import LogKind
from ticrypt_tui.backend.followed.file import FollowedFile

GRANT = "Libvirt lets root alone read it: run the console as root, or grant it by an ACL."


class LocalLog(FollowedFile):
    """One file of a VM; `host` is named where it could not be read in time."""

    def __init__(self, kind: LogKind, host: str, path: str) -> None:
        super().__init__(path, whom=f"Host {host}", grant=GRANT)
        self.kind = kind
