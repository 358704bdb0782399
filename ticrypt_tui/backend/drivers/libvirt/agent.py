"""What is asked of guests through their agent, which may be absent, stopped or hostile.

On a connection of its own: libvirt waits 5 s for an agent that hangs, and serves only five calls of
a connection at once. (https://www.qemu.org/docs/master/interop/qemu-ga-ref.html)
"""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import libvirt
import libvirt_qemu

from ticrypt_tui.backend.drivers.base import GuestRun
from ticrypt_tui.backend.drivers.libvirt.connection import Line
from ticrypt_tui.backend.drivers.libvirt.faults import said
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.text import decoded, shown

T = TypeVar("T")

ANSWERS_WITHIN = 2.0
CALL_SECONDS = 10.0  # what libvirt itself waits for an agent, which first has to be in step
PINGS_AT_ONCE = 3
SHOWN_OF_OUTPUT = 64 * 1024
_REPLY_SECONDS = 4

_ABSENT = {
    libvirt.VIR_ERR_AGENT_UNRESPONSIVE,
    libvirt.VIR_ERR_AGENT_UNSYNCED,
    libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED,
    libvirt.VIR_ERR_OPERATION_TIMEOUT,
}
_INSTALL = "Install qemu-guest-agent in its image, and have it start with the guest."
_ALLOW = "Allow guest-exec in the agent's configuration, such as /etc/qemu/qemu-ga.conf."
_NONSENSE = "The guest's agent answered what cannot be understood."
_TOO_MUCH = "The program wrote more than libvirt carries, which is about 3 MB."

# What libvirt says, what that means, and what would help; the first that fits counts.
_FAULTS: tuple[tuple[str, str, str], ...] = (
    (
        r"(?i)has been disabled|has not been found|not allowed",
        "The guest's agent refuses: {}.",
        _ALLOW,
    ),
    (r"Unable to encode message payload|No complete agent response", _TOO_MUCH, ""),
    (r"Guest agent command failed, error was", "The guest cannot run it: {}.", ""),
)


class NoAgent(Failed):
    """A guest whose agent is not there, or does not answer."""


class Agents:
    """The agents of one host's guests."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._pings: dict[str, asyncio.Task[bool]] = {}
        self._places = asyncio.Semaphore(PINGS_AT_ONCE)

    async def answers(self, uuid: str) -> bool:
        """Whether an agent answers within 2 s; one that was asked already is not asked again."""
        ping = self._pings.get(uuid)
        if ping is None:
            ping = self._pings[uuid] = asyncio.create_task(self._ping(uuid))
            ping.add_done_callback(partial(self._pinged, uuid))
        done, _ = await asyncio.wait({ping}, timeout=ANSWERS_WITHIN)
        return bool(done) and ping.result()

    async def run(self, uuid: str, command: Sequence[str], seconds: float) -> GuestRun:
        """Run a program in a guest to its end; raises `Failed` in words."""
        path, *words = command
        asked = {"path": path, "arg": words, "capture-output": True}
        begun = await self._ask(uuid, "guest-exec", asked)
        program = _member(begun, "pid", int)
        try:
            async with asyncio.timeout(seconds):
                return _ended(await self._end(uuid, program))
        except TimeoutError:
            raise Failed(
                f"{shown(path)} did not end within {seconds:g} s.", "It may still run in the guest."
            ) from None

    def stop(self) -> None:
        """Wait for no agent any more."""
        for ping in self._pings.values():
            ping.cancel()

    async def _end(self, uuid: str, program: int) -> Mapping[str, Any]:
        """What the agent tells of a program once it has ended."""
        pause = 0.1
        while True:
            status = await self._ask(uuid, "guest-exec-status", {"pid": program})
            if _member(status, "exited", bool):
                return status
            await asyncio.sleep(pause)
            pause = min(2 * pause, 1.0)

    async def _ping(self, uuid: str) -> bool:
        async with self._places:
            try:
                await self._ask(uuid, "guest-ping", {})
            except NoAgent:
                return False
        return True

    def _pinged(self, uuid: str, ping: asyncio.Task[bool]) -> None:
        """Forget a ping that has ended, and its fault if nobody waits for that any more."""
        self._pings.pop(uuid, None)
        if not ping.cancelled():
            ping.exception()

    async def _ask(self, uuid: str, what: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        command = json.dumps({"execute": what, "arguments": arguments})
        ask = partial(_asked, uuid=uuid, command=command)
        return _answer(await self._line.act(ask, CALL_SECONDS, "reach a guest's agent"))


def _asked(connection: libvirt.virConnect, uuid: str, command: str) -> str:
    """The agent's answer, as JSON. Raises `NoAgent`, or `Failed` with what the agent says."""
    domain = connection.lookupByUUIDString(uuid)
    try:
        return str(libvirt_qemu.qemuAgentCommand(domain, command, _REPLY_SECONDS, 0))
    except libvirt.libvirtError as error:
        words = said(error)
        if error.get_error_code() in _ABSENT:
            raise NoAgent(f"The guest has no agent that answers: {words}.", _INSTALL) from None
        if found := next((each for each in _FAULTS if re.search(each[0], words)), None):
            _, meaning, remedy = found
            raise Failed(meaning.format(shown(words.partition(": ")[2])), remedy) from None
        raise


def _answer(text: str) -> Mapping[str, Any]:
    """What the agent returns; the guest may have written anything."""
    answer: object = None
    with suppress(ValueError, RecursionError):
        answer = json.loads(text)
    returned: object = answer.get("return") if isinstance(answer, dict) else None
    if not isinstance(returned, dict):
        raise Failed(_NONSENSE)
    return returned


def _member(of: Mapping[str, Any], name: str, kind: type[T]) -> T:
    """A part of an answer; the guest may have written anything in its place."""
    found = of.get(name)
    if not isinstance(found, kind):
        raise Failed(_NONSENSE)
    return found


def _ended(status: Mapping[str, Any]) -> GuestRun:
    """What is told of a program that has ended, by itself or by a signal."""
    by_signal = "signal" in status
    code = -_member(status, "signal", int) if by_signal else _member(status, "exitcode", int)
    return GuestRun(code, _written(status, "out"), _written(status, "err"))


def _written(status: Mapping[str, Any], which: str) -> str:
    """One of the two outputs, which is not there where nothing was written."""
    try:
        data = b64decode(str(status.get(f"{which}-data", "")))
    except ValueError:
        raise Failed(_NONSENSE) from None
    more = f"at least {len(data)}" if status.get(f"{which}-truncated") is True else f"{len(data)}"
    if len(data) <= SHOWN_OF_OUTPUT:
        return decoded(data)
    return f"{decoded(data[:SHOWN_OF_OUTPUT])}\n[the first {SHOWN_OF_OUTPUT} of {more} bytes]"
