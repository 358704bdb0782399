"""The plain log file of a service, where there is no journal or it writes one beside it."""

from __future__ import annotations

from ticrypt_tui.backend.followed.file import FollowedFile


class LogFile(FollowedFile):
    """A log file of this machine, followed over rotation and truncation."""

    title = "log file"
