"""The logs that a host keeps of a domain: its serial console and QEMU's own."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from pathlib import Path

from ticrypt_tui.backend.drivers.base import Ability, LogKind, LogSource
from ticrypt_tui.backend.drivers.libvirt import worlds
from ticrypt_tui.backend.drivers.libvirt.local_log import LocalLog
from ticrypt_tui.backend.drivers.libvirt.remote_log import RemoteLog
from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.errors import Failed

_SYSTEM = "/var/log/libvirt/qemu"


class NoLog:
    """A log that cannot be read, which says why not."""

    def __init__(self, kind: LogKind, why: Failed) -> None:
        self.kind, self.where, self._why = kind, "nowhere", why

    async def last(self, size: int) -> bytes:
        raise self._why

    async def follow(self) -> AsyncGenerator[bytes, None]:
        yield await self.last(0)


def log_sources(
    host: str, uri: HostUri, name: str, serial_log: str | None = None
) -> tuple[LogSource, ...]:
    """The serial console and QEMU's log of the domain of that name.

    `serial_log` is where the domain's XML says that its console is kept; else it is looked for
    where the console has the domains log that it starts itself.
    """
    folder = log_folder(uri)
    return (
        _source(LogKind.SERIAL, host, uri, serial_log or _in(folder, f"{name}-serial.log")),
        _source(LogKind.HYPERVISOR, host, uri, _in(folder, f"{name}.log")),
    )


def serial_log_path(uri: HostUri, name: str) -> str | None:
    """Where the serial console of a new domain is kept; None where no file can be named."""
    path = _in(log_folder(uri), f"{name}-serial.log")
    return path if path and path.startswith("/") else None


def log_folder(uri: HostUri) -> str | None:
    """Where libvirt keeps its logs of domains; a relative path starts at the remote user's home."""
    if uri.simulated:
        return None
    if not uri.session:
        return _SYSTEM
    if not uri.local:
        return ".cache/libvirt/qemu/log"
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return f"{cache}/libvirt/qemu/log"


def _in(folder: str | None, name: str) -> str | None:
    """The file in the folder; a name that would lead out of it names none."""
    return None if folder is None or "/" in name or "\0" in name else f"{folder}/{name}"


def _source(kind: LogKind, host: str, uri: HostUri, path: str | None) -> LogSource:
    if uri.simulated:
        return NoLog(kind, Failed(worlds.why_not(host, Ability.LOGS)))
    if path is None:
        return NoLog(kind, Failed(f"The VM's name is no file name: its {kind} cannot be found."))
    if uri.local:
        return LocalLog(kind, host, path)
    if uri.by_ssh:
        return RemoteLog(kind, host, uri, path)
    why = f"Host {host} is reached by {uri.transport or 'tls'}: its files cannot be read."
    return NoLog(kind, Failed(why, "Logs need a local host or a qemu+ssh URI."))
