"""The plain log file of a service, where there is no journal or it writes one beside it."""

from __future__ import annotations

from ticrypt_tui.backend.drivers.libvirt.local_log import FollowedFile

_GRANT = "Grant it by the file's group, or by an ACL."


class LogFile(FollowedFile):
    """A log file of this machine, followed over rotation and truncation."""

    def __init__(self, path: str) -> None:
        super().__init__("This machine", path, _GRANT)
        self.title = "log file"
