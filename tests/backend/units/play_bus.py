"""A private bus, and on it a systemd that is played: it answers what a test has it answer."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from dbus_fast import DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusSignature
from dbus_fast.service import ServiceInterface, dbus_method

NAME = "org.freedesktop.systemd1"
PATH = "/org/freedesktop/systemd1"
CONFIGURATION = """<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <policy context="default">
    <allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
  </policy>
</busconfig>"""
Nothing = Annotated[None, DBusSignature("")]
Units = Annotated[list[Any], DBusSignature("a(ssssssouso)")]


@dataclass
class Daemon:
    """A dbus-daemon of its own."""

    process: subprocess.Popen[bytes]
    address: str

    def die(self) -> None:
        self.process.kill()
        self.process.wait(timeout=60)


def daemon(folder: Path) -> Daemon:
    """A private bus, once it listens."""
    assert shutil.which("dbus-daemon"), "dbus-daemon is needed"
    socket, file = folder / "bus", folder / "bus.conf"
    file.write_text(CONFIGURATION.format(socket=socket))
    process = subprocess.Popen(
        ["dbus-daemon", f"--config-file={file}", "--nofork", "--nopidfile", "--print-address"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return Daemon(process, f"unix:path={socket}")


@dataclass
class Play:
    """What the played systemd does.

    `refuses` is the error by which it answers a restart; `result` how the job ends, '' for never;
    `early` whether it ends before the restart is answered, `silent` whether that ever is;
    `forgotten` whether it has dropped the unit that it has listed.
    """

    active: str = "active"
    sub: str = "running"
    load: str = "loaded"
    own_name: str = ""
    refuses: str = ""
    result: str = "done"
    early: bool = False
    silent: bool = False
    forgotten: bool = False
    asked: list[str] = field(default_factory=list)
    restarting: asyncio.Event = field(default_factory=asyncio.Event)
    properties: dict[str, Variant] = field(default_factory=dict)


class Manager(ServiceInterface):
    """The part of systemd's manager that is asked."""

    def __init__(self, play: Play, bus: MessageBus) -> None:
        super().__init__(f"{NAME}.Manager")
        self._play, self._bus = play, bus

    @dbus_method()
    def Subscribe(self) -> Nothing:
        self._play.asked.append("Subscribe")

    @dbus_method()
    def ListUnitsByNames(self, names: Annotated[list[str], DBusSignature("as")]) -> Units:
        play = self._play
        state = (play.load, play.active, play.sub)
        return [
            [play.own_name or name, "Played", *state, "", f"{PATH}/unit/played", 0, "", "/"]
            for name in names
        ]

    @dbus_method()
    async def RestartUnit(
        self,
        name: Annotated[str, DBusSignature("s")],
        mode: Annotated[str, DBusSignature("s")],
    ) -> Annotated[str, DBusSignature("o")]:
        play = self._play
        play.asked.append(f"RestartUnit {name} {mode}")
        asyncio.get_running_loop().call_later(0.05, play.restarting.set)
        if play.refuses:
            raise DBusError(play.refuses, f"{name}: no")
        if play.silent:
            await asyncio.Event().wait()
        if play.early:
            self._end()
        elif play.result:
            asyncio.get_running_loop().call_later(0.05, self._end)
        return f"{PATH}/job/7"

    def _end(self) -> None:
        for job in ("6", "7"):
            result = self._play.result if job == "7" else "failed"
            self._bus.send(removed(job, result))


def removed(job: str, result: str) -> Message:
    return Message(
        message_type=MessageType.SIGNAL, path=PATH, interface=f"{NAME}.Manager",
        member="JobRemoved", signature="uoss",
        body=[int(job), f"{PATH}/job/{job}", "played.service", result],
    )  # fmt: skip


@asynccontextmanager
async def played(address: str, play: Play) -> AsyncIterator[MessageBus]:
    """That systemd on the bus."""
    bus = await MessageBus(address).connect()
    bus.add_message_handler(lambda message: _properties(message, play))
    bus.export(PATH, Manager(play, bus))
    await bus.request_name(NAME)
    try:
        yield bus
    finally:
        bus.disconnect()
        with suppress(OSError, EOFError):
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


def _properties(message: Message, play: Play) -> Message | None:
    if message.message_type is MessageType.METHOD_CALL and message.member == "GetAll":
        if play.forgotten:
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownObject", "gone")
        return Message.new_method_return(message, "a{sv}", [play.properties])
    return None
