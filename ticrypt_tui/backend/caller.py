"""Who is calling: the OS user behind this process, and the user record that he maps to."""

from __future__ import annotations

import os
import pwd
import secrets
import socket
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

_UNSET_LOGIN_UID = 0xFFFFFFFF


class Role(StrEnum):
    """The roles of `design.md` 9, from the least to the most."""

    USER = "user"
    SUB_ADMIN = "sub-admin"
    ADMIN = "admin"
    SUPER_ADMIN = "super-admin"

    @property
    def rank(self) -> int:
        """Position in the hierarchy: 0 for a user, 3 for a super-admin."""
        return _RANKS[self]


_RANKS = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call comes from, as the kernel tells it: what every audit record names."""

    uid: int
    login: str
    session: str
    terminal: str
    ssh_client: str
    machine: str
    pid: int
    pid_started: int


@dataclass(frozen=True, slots=True)
class Caller:
    """The user record of the OS user who calls, with what his permissions depend on."""

    user_id: str
    login: str
    name: str
    role: Role
    origin: Origin
    teams: frozenset[str] = field(default_factory=frozenset)
    projects: frozenset[str] = field(default_factory=frozenset)
    read_only: bool = False


def login_uid() -> int:
    """The uid that logged in, from the kernel; the real uid where the kernel has none.

    `USER`, `LOGNAME` and `SUDO_USER` are the caller's own words and are never asked.
    """
    try:
        kernel_says = int(Path("/proc/self/loginuid").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return os.getuid()
    return os.getuid() if kernel_says == _UNSET_LOGIN_UID else kernel_says


def login_name(uid: int) -> str:
    """The account name of a uid, or `uid-N` where the account database knows none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"


def process_started(pid: int) -> int:
    """When a process started, in clock ticks since boot; 0 where there is no such process.

    Together with the pid it names a process for good: a pid alone is used again.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[19])


def _terminal() -> str:
    for descriptor in (0, 1, 2):
        try:
            return os.ttyname(descriptor)
        except OSError:
            continue
    return ""


def present_origin() -> Origin:
    """The origin of this process."""
    uid = login_uid()
    return Origin(
        uid=uid,
        login=login_name(uid),
        session=secrets.token_hex(8),
        terminal=_terminal(),
        ssh_client=os.environ.get("SSH_CLIENT", ""),
        machine=socket.gethostname(),
        pid=os.getpid(),
        pid_started=process_started(os.getpid()),
    )
