"""Libvirt's event loop, on one thread for the whole process, and what it is told of domains."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache

import libvirt

from ticrypt_tui.backend.drivers.base import Ending

_ENDINGS = {
    libvirt.VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN: (Ending.BY_GUEST, "shut down by the guest"),
    libvirt.VIR_DOMAIN_EVENT_STOPPED_DESTROYED: (Ending.DESTROYED, "destroyed from the host"),
    libvirt.VIR_DOMAIN_EVENT_STOPPED_CRASHED: (Ending.CRASHED, "the guest crashed"),
    libvirt.VIR_DOMAIN_EVENT_STOPPED_SAVED: (Ending.UNKNOWN, "saved to a file"),
    libvirt.VIR_DOMAIN_EVENT_STOPPED_FAILED: (Ending.FAILED, "the hypervisor failed"),
    libvirt.VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT: (Ending.UNKNOWN, "stopped by a snapshot"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """What libvirt told of one domain; `ending` where it ended."""

    uuid: str
    name: str
    ending: Ending | None = None
    detail: str = ""
    rebooted: bool = False


@cache
def start_event_loop() -> None:
    """Start the thread that all connections need; only before the first of them is opened."""
    libvirt.registerErrorHandler(_unprinted, None)
    libvirt.virEventRegisterDefaultImpl()
    threading.Thread(target=_run_for_ever, name="libvirt events", daemon=True).start()


def _unprinted(_context: object, _error: object) -> None:
    """Libvirt prints its errors on standard error, which is the screen, unless told not to."""


def _run_for_ever() -> None:
    while True:
        with suppress(libvirt.libvirtError):
            libvirt.virEventRunDefaultImpl()
            continue
        time.sleep(0.5)


def listen(connection: libvirt.virConnect, tell: Callable[[Happening], None]) -> Iterator[int]:
    """Register for all that changes a domain; tells each registration as it is made.

    `tell` runs on libvirt's thread and must only hand over.
    """

    def lifecycle(
        _c: object, domain: libvirt.virDomain, event: int, detail: int, _: object
    ) -> None:
        tell(_happening(domain, event, detail))

    def changed(_c: object, domain: libvirt.virDomain, *_: object) -> None:
        tell(Happening(domain.UUIDString(), name_of(domain)))

    def rebooted(_c: object, domain: libvirt.virDomain, *_: object) -> None:
        tell(Happening(domain.UUIDString(), name_of(domain), rebooted=True))

    handlers: dict[int, Callable[..., None]] = {
        libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE: lifecycle,
        libvirt.VIR_DOMAIN_EVENT_ID_REBOOT: rebooted,
        libvirt.VIR_DOMAIN_EVENT_ID_METADATA_CHANGE: changed,
        libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_ADDED: changed,
        libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED: changed,
    }
    for kind, handler in handlers.items():
        with where_supported():
            yield connection.domainEventRegisterAny(None, kind, handler, None)


def unlisten(deregister: Callable[..., object], *registration: int) -> None:
    """Take a registration back: each keeps its connection alive. May wait for the host."""
    with suppress(libvirt.libvirtError):
        deregister(*registration)


def _happening(domain: libvirt.virDomain, event: int, detail: int) -> Happening:
    ending, words = None, ""
    moved = detail == libvirt.VIR_DOMAIN_EVENT_STOPPED_MIGRATED
    if event == libvirt.VIR_DOMAIN_EVENT_STOPPED and not moved:
        ending, words = _ENDINGS.get(
            detail, (Ending.UNKNOWN, f"stopped (libvirt's detail {detail})")
        )
    return Happening(domain.UUIDString(), name_of(domain), ending, words)


def name_of(domain: libvirt.virDomain) -> str:
    """A domain's name, or its UUID where the name is no UTF-8."""
    try:
        return sys.intern(domain.name())  # who keeps it has it once
    except UnicodeDecodeError:
        return str(domain.UUIDString())


@contextmanager
def where_supported() -> Iterator[None]:
    """Pass over what the host's hypervisor does not offer; other errors go on."""
    try:
        yield
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
            raise
