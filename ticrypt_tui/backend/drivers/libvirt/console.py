"""A domain's serial console through libvirt's own stream, also from afar (virDomainOpenConsole).

Each open console has a connection of its own: a guest that floods it holds up no other call, and
what hangs on it ends with it.
"""

from __future__ import annotations

import threading
from contextlib import AsyncExitStack
from functools import partial

import libvirt

from ticrypt_tui.backend import workers
from ticrypt_tui.backend.drivers.console import Printed
from ticrypt_tui.backend.drivers.libvirt import faults
from ticrypt_tui.backend.drivers.libvirt.connection import Line
from ticrypt_tui.backend.drivers.libvirt.description import root_of
from ticrypt_tui.backend.drivers.libvirt.inbox import Inbox
from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.errors import Failed, InUse, Refused
from ticrypt_tui.backend.lane import Lane

OPEN_SECONDS = 15.0
TYPE_SECONDS = 10.0
CHUNK = 64 * 1024
_FULL = -2
"""What libvirt returns in place of a number where a call would have to wait."""
_HELD = "Active console session exists"
_ENDS = libvirt.VIR_STREAM_EVENT_ERROR | libvirt.VIR_STREAM_EVENT_HANGUP


class LibvirtConsole:
    """One open console, and the connection that it is on."""

    def __init__(self, line: Line, wire: _Wire, inbox: Inbox) -> None:
        self._line, self._wire, self._inbox = line, wire, inbox

    async def read(self) -> Printed | None:
        return await self._inbox.take()

    async def write(self, data: bytes) -> None:
        if self._inbox.ended:
            raise Failed("The console has ended.")
        send = partial(self._wire.send, data=data)
        await self._line.act(send, TYPE_SECONDS, "take what was typed")

    @property
    def fault(self) -> str:
        return self._inbox.fault

    async def close(self) -> None:
        self._inbox.end()
        self._wire.close()
        self._line.drop()


async def open_console(host: str, uri: HostUri, uuid: str, *, take_over: bool) -> LibvirtConsole:
    """The console of a domain. Raises `InUse` where another has it, unless that is taken over."""
    inbox, whom = Inbox(), f"Host {host}"

    def lost(reason: str) -> None:
        inbox.end(f"{whom}: {reason}.")

    line = Line(host, uri, Lane(whom, at_once=2), lost=lost)
    wire = _Wire(whom, inbox, uuid)
    opened = LibvirtConsole(line, wire, inbox)
    async with AsyncExitStack() as in_vain:
        in_vain.push_async_callback(opened.close)
        begin = partial(wire.open, take_over=take_over)
        await line.act(begin, OPEN_SECONDS, "open the console")
        in_vain.pop_all()
    return opened


class _Wire:
    """A libvirt stream that only threads touch, libvirt's own among them."""

    def __init__(self, host: str, inbox: Inbox, uuid: str) -> None:
        self._host, self._inbox, self._uuid = host, inbox, uuid
        self._stream: libvirt.virStream | None = None
        self._hears = False
        self._closed = threading.Event()
        self._turn = threading.Lock()

    def open(self, connection: libvirt.virConnect, *, take_over: bool) -> None:
        """Open the console and hear of what comes; where it is closed meanwhile, at once again."""
        domain = connection.lookupByUUIDString(self._uuid)
        if root_of(domain.XMLDesc(0)).find("devices/serial") is None:
            raise Refused("This VM has no serial console.")
        stream = connection.newStream(libvirt.VIR_STREAM_NONBLOCK)
        _open(domain, stream, take_over=take_over)
        with self._turn:
            self._stream, self._hears = stream, True
            events = libvirt.VIR_STREAM_EVENT_READABLE | _ENDS
            stream.eventAddCallback(events, self._happened, None)
        if self._closed.is_set():
            self._give_back()

    def send(self, connection: libvirt.virConnect, data: bytes) -> None:
        """Send all of it; libvirt may have to wait until the guest has read what was sent before.

        Raises `Failed` where it has been closed.
        """
        while data:
            with self._turn:
                if self._stream is None or self._closed.is_set():
                    raise Failed("The console was closed.")
                sent = self._stream.send(data)
            if sent == _FULL:
                self._closed.wait(0.02)
            else:
                data = data[sent:]

    def close(self) -> None:
        """Give it back on a thread of its own: that asks the host, which may not answer."""
        self._closed.set()
        workers.begin(self._give_back, "a console's end")

    def _give_back(self) -> None:
        with self._turn:
            stream, self._stream = self._stream, None
            if stream is None:
                return
            self._unhear(stream)
            try:
                stream.abort()
            except libvirt.libvirtError:
                return  # it had ended already

    def _happened(self, stream: libvirt.virStream, events: int, _opaque: object) -> None:
        """On libvirt's thread, which all connections share: take what is there, and go."""
        try:
            data = stream.recv(CHUNK)
        except libvirt.libvirtError:  # as where another took it over
            self._end(stream)
            return
        if data == _FULL:
            if events & _ENDS:
                self._end(stream)
        elif data:
            self._inbox.put(data)
        else:
            self._end(stream)

    def _end(self, stream: libvirt.virStream) -> None:
        """Nothing more comes: the VM has ended, another has it now, or the connection broke, which
        libvirt may tell sooner of its streams than of itself."""
        self._inbox.end("" if _alive(stream.connect()) else f"{self._host}: the connection broke.")
        self._unhear(stream)

    def _unhear(self, stream: libvirt.virStream) -> None:
        if self._hears:
            self._hears = False
            try:
                stream.eventRemoveCallback()
            except libvirt.libvirtError:
                return  # libvirt had taken it back with the connection


def _alive(connection: libvirt.virConnect) -> bool:
    """Whether a connection is open; asks nobody."""
    try:
        return bool(connection.isAlive())
    except libvirt.libvirtError:
        return False


def _open(domain: libvirt.virDomain, stream: libvirt.virStream, *, take_over: bool) -> None:
    flags = libvirt.VIR_DOMAIN_CONSOLE_SAFE
    if take_over:
        flags |= libvirt.VIR_DOMAIN_CONSOLE_FORCE
    try:
        domain.openConsole(None, stream, flags)
    except libvirt.libvirtError as error:
        if _HELD in faults.said(error):
            raise InUse(
                "Somebody else has this console open now, here or elsewhere.",
                "It can be taken over: his then ends.",
            ) from None
        raise
