"""The connection to systemd over the system bus: made when it is first needed, and anew after it
broke. This is the one module that imports `dbus_fast`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend.errors import DeadlineMissed, Failed
from ticrypt_tui.backend.units.faults import BUS_REMEDY, NO_BUS, BusGone, worded
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

SECONDS = 20.0
"""How long the bus or systemd may take to answer one call."""

_NAME = "org.freedesktop.systemd1"
_MANAGER_PATH, _MANAGER = "/org/freedesktop/systemd1", f"{_NAME}.Manager"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_SUBSCRIBED = f"{_NAME}.AlreadySubscribed"
_HEARD = (
    f"type='signal',sender='{_NAME}',interface='{_MANAGER}',member='JobRemoved'",
    f"type='signal',sender='{_NAME}',interface='{_PROPERTIES}',path_namespace='{_MANAGER_PATH}/unit'",
)
Job = tuple[str, str]
"""The path of a job that ended, and its result."""


class SystemBus:
    """Calls to systemd, and what it signals; `changed` is called with the path of a unit."""

    def __init__(
        self, address: str | None = None, changed: Callable[[str], None] = lambda path: None
    ) -> None:
        self._address, self._changed = address, changed
        self._bus: MessageBus | None = None
        self._ends: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()
        self._systemd = ""
        self._waiting: list[asyncio.Queue[Job | None]] = []

    async def manager(
        self, member: str, signature: str = "", *body: Any, unit: str = ""
    ) -> list[Any]:
        """What systemd's manager returns; raises a `TicryptError`, about `unit` if it is."""
        return (await self._call(_MANAGER_PATH, _MANAGER, member, signature, body, unit)).body

    async def properties(self, path: str, kind: str) -> dict[str, Any]:
        """Every property of a unit that it has as a `kind`, such as `Unit` or `Service`."""
        reply = await self._call(path, _PROPERTIES, "GetAll", "s", (f"{_NAME}.{kind}",))
        return {name: variant.value for name, variant in reply.body[0].items()}

    async def subscribe(self) -> None:
        """Have systemd send its signals, and from now on believe them of nobody else."""
        bus = await self._connected()
        reply = await self._answer(bus, _to_systemd(_MANAGER_PATH, _MANAGER, "Subscribe"))
        if reply.error_name and reply.error_name != _SUBSCRIBED:
            raise worded(reply.error_name, _said(reply))
        self._systemd = reply.sender or ""

    @contextmanager
    def jobs(self) -> Iterator[asyncio.Queue[Job | None]]:
        """The jobs that end from now on; None once the bus is gone."""
        ended: asyncio.Queue[Job | None] = asyncio.Queue()
        self._waiting.append(ended)
        try:
            yield ended
        finally:
            self._waiting.remove(ended)

    async def close(self) -> None:
        """Leave the bus."""
        bus, ends = self._bus, self._ends
        if bus is not None and ends is not None:
            bus.disconnect()
            await asyncio.wait({ends}, timeout=1)

    async def _call(
        self, path: str, interface: str, member: str, signature: str, body: Any, unit: str = ""
    ) -> Message:
        bus = await self._connected()
        reply = await self._answer(bus, _to_systemd(path, interface, member, signature, body))
        if reply.error_name:
            raise worded(reply.error_name, _said(reply), unit)
        return reply

    async def _answer(self, bus: MessageBus, message: Message) -> Message:
        """What the other side answers, be it an error; raises where there is no other side."""
        from dbus_fast.errors import DBusFastError

        try:
            async with asyncio.timeout(SECONDS):
                reply = await bus.call(message)
        except TimeoutError:
            what = f"systemd did not answer {message.member} within {SECONDS:g} s."
            raise DeadlineMissed(what) from None
        except (OSError, EOFError, DBusFastError) as error:
            raise BusGone from error
        if reply is None:  # the bus closed the connection
            raise BusGone
        return reply

    async def _connected(self) -> MessageBus:
        async with self._connecting:
            if self._bus is None:
                self._bus = bus = await self._connect()
                self._ends = asyncio.create_task(_disconnected(bus))
                self._ends.add_done_callback(self._lost)
                bus.add_message_handler(self._hear)
                await self._listen(bus)
            return self._bus

    async def _connect(self) -> MessageBus:
        from dbus_fast import BusType
        from dbus_fast.aio import MessageBus
        from dbus_fast.errors import DBusFastError

        try:
            async with asyncio.timeout(SECONDS):
                return await MessageBus(self._address, BusType.SYSTEM).connect()
        except TimeoutError:
            reason = f"it did not answer within {SECONDS:g} s"
        except (OSError, EOFError, DBusFastError) as error:
            reason = shown(getattr(error, "strerror", None) or error)
        raise Failed(NO_BUS.format(reason=reason), BUS_REMEDY)

    async def _listen(self, bus: MessageBus) -> None:
        """Ask the bus for the signals; what systemd then sends, `subscribe` asks for."""
        for rule in _HEARD:
            reply = await self._answer(bus, _to_bus("AddMatch", "s", [rule]))
            if reply.error_name:
                raise worded(reply.error_name, _said(reply))

    def _hear(self, message: Message) -> None:
        """A signal counts from systemd alone: anyone on the bus may send one here."""
        if not self._systemd or message.sender != self._systemd:
            return
        if message.member == "JobRemoved":
            _number, path, _unit, result = message.body
            for ended in self._waiting:
                ended.put_nowait((path, result))
        elif message.member == "PropertiesChanged":
            self._changed(message.path or "")

    def _lost(self, ends: asyncio.Task[None]) -> None:
        if not ends.cancelled():
            ends.exception()
        self._bus, self._systemd = None, ""
        for ended in self._waiting:
            ended.put_nowait(None)
        self._changed("")


async def _disconnected(bus: MessageBus) -> None:
    await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


def _to_systemd(
    path: str, interface: str, member: str, signature: str = "", body: Any = ()
) -> Message:
    from dbus_fast import Message

    return Message(
        destination=_NAME, path=path, interface=interface, member=member,
        signature=signature, body=list(body),
    )  # fmt: skip


def _to_bus(member: str, signature: str, body: list[Any]) -> Message:
    from dbus_fast import Message

    name = "org.freedesktop.DBus"
    return Message(
        destination=name, path="/org/freedesktop/DBus", interface=name, member=member,
        signature=signature, body=body,
    )  # fmt: skip


def _said(reply: Message) -> str:
    return str(reply.body[0]) if reply.body else ""
