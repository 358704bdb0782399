"""What an operation is: name, permission, preconditions, audit, outcome (`design.md` 3).

The decorator registers; `run` does everything in one order: the arguments are read, the object is
found, permission and preconditions are asked, the attempt is recorded, the work is done, and how it
ended is recorded. Where the attempt cannot be recorded, the work does not run.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ticrypt_tui.backend import permissions
from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import Failed, NotFound, Refused, TicryptError, WrongUse

if TYPE_CHECKING:
    from sqlmodel.ext.asyncio.session import AsyncSession


class Log(Protocol):
    """Where the records of operations go (`backend.audit.log`)."""

    async def append(self, record: Record, session: AsyncSession | None = None) -> None:
        """Write one record; raises `AuditUnavailable`. With a session, as part of its transaction."""


@dataclass(frozen=True, slots=True)
class Target:
    """The object of an operation, as the records name it."""

    kind: str
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One audit record before it has its place in the chain."""

    operation: str
    operation_id: str
    outcome: str
    caller: Caller | None
    target: Target
    reason: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of an operation: `kind` is `text`, `number`, `flag`, `choice` or `object`."""

    name: str
    kind: str = "text"
    required: bool = True
    secret: bool = False
    choices: tuple[str, ...] = ()
    says: str = ""


Work = Callable[..., Awaitable[Any]]
Precondition = Callable[[Caller, Any, Mapping[str, Any]], str]
"""Gives the reason why an object, as its row says, does not admit the operation, or ''."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be done, whoever asks for it: the screens, the palette or the command line."""

    name: str
    says: str
    on: str
    arguments: tuple[Argument, ...]
    work: Work
    changes: bool = True
    typed_name: bool = False
    preconditions: tuple[Precondition, ...] = ()

    def why_not(self, caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
        """The first reason why the caller may not do this to this object now, or ''."""
        if self.changes and caller.read_only:
            return "This console is read-only ([session] read_only)."
        reason = permissions.why_not(caller, self.name, thing)
        reasons = (check(caller, thing, arguments) for check in self.preconditions)
        return reason or next((each for each in reasons if each), "")


REGISTRY: dict[str, Operation] = {}


def operation(
    name: str,
    *arguments: Argument,
    on: str = "",
    says: str,
    changes: bool = True,
    typed_name: bool = False,
    preconditions: tuple[Precondition, ...] = (),
) -> Callable[[Work], Work]:
    """Register an async function as an operation.

    `on` is the kind of object that the first argument names ("" where there is none yet);
    the function gets the `Call`, that object's row, then the other arguments by name.
    """

    def register(work: Work) -> Work:
        if name in REGISTRY:
            raise ValueError(f"{name} is registered twice")
        REGISTRY[name] = Operation(
            name, says, on, arguments, work, changes, typed_name, preconditions
        )
        return work

    return register


class Surroundings(Protocol):
    """What an operation may use: the enclave, as the operations see it."""

    @property
    def audit(self) -> Log: ...

    async def find(self, kind: str, reference: str) -> Any:
        """The row of an object named by its ID or name; raises `NotFound` or `Ambiguous`."""

    def change(self) -> Any:
        """A write transaction of the store, as an async context manager."""


@dataclass(slots=True)
class Call:
    """One run of one operation."""

    enclave: Any
    caller: Caller
    operation: Operation
    target: Target
    id: str
    detail: dict[str, str]
    recorded: bool = False

    def record(self, outcome: str, reason: str = "") -> Record:
        """A record of this call, as things stand."""
        return Record(
            self.operation.name, self.id, outcome, self.caller, self.target, reason, dict(self.detail)
        )

    @asynccontextmanager
    async def change(self) -> AsyncIterator[AsyncSession]:
        """The last write transaction of the work: it commits together with the record `done`."""
        async with self.enclave.change() as session:
            yield session
            await self.enclave.audit.append(self.record("done"), session)
        self.recorded = True


def find(name: str) -> Operation:
    """The operation of that name; raises `WrongUse`."""
    if name not in REGISTRY:
        raise WrongUse(f"There is no operation {name}.", "`ticrypt-tui run` alone lists them.")
    return REGISTRY[name]


def _checked(operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    known = {argument.name: argument for argument in operation.arguments}
    if unknown := sorted(given.keys() - known.keys()):
        raise WrongUse(f"{operation.name} takes no argument {unknown[0]}.", _usage(operation))
    for argument in operation.arguments:
        if argument.required and given.get(argument.name) in (None, ""):
            raise WrongUse(f"{operation.name} needs the argument {argument.name}.", _usage(operation))
    return dict(given)


def _usage(operation: Operation) -> str:
    words = (f"--{a.name}" if a.required else f"[--{a.name}]" for a in operation.arguments)
    return f"It takes: {' '.join(words)}."


def _detail(operation: Operation, given: Mapping[str, Any]) -> dict[str, str]:
    secret = {argument.name for argument in operation.arguments if argument.secret}
    return {k: "hidden" if k in secret else str(v) for k, v in given.items() if v is not None}


async def run(enclave: Any, caller: Caller, name: str, given: Mapping[str, Any]) -> Any:
    """Run one operation; returns what its work returns.

    Raises a `TicryptError` with a sentence for people, whatever went wrong.
    """
    operation = find(name)
    arguments = _checked(operation, given)
    call = Call(enclave, caller, operation, Target(operation.on), uuid.uuid4().hex, {})
    call.detail = _detail(operation, arguments)
    try:
        thing = await _thing(call, arguments)
        if reason := operation.why_not(caller, thing, arguments):
            raise Refused(reason)
    except Refused as refusal:
        await enclave.audit.append(call.record("refused", refusal.sentence))
        raise
    if operation.changes:
        await enclave.audit.append(call.record("attempted"))
    return await _work(call, thing, arguments)


async def _thing(call: Call, arguments: dict[str, Any]) -> Any:
    """Take the object that the operation is on out of the arguments, and find it."""
    if not call.operation.on:
        return None
    reference = str(arguments.pop(call.operation.arguments[0].name))
    call.target = Target(call.operation.on, reference, reference)
    thing = await call.enclave.find(call.operation.on, reference)
    call.target = Target(call.operation.on, thing.id, thing.name)
    return thing


async def _work(call: Call, thing: Any, arguments: Mapping[str, Any]) -> Any:
    subject = () if not call.operation.on else (thing,)
    try:
        result = await call.operation.work(call, *subject, **arguments)
    except TicryptError as error:
        await _ended(call, "refused" if isinstance(error, Refused) else "failed", str(error))
        raise
    except asyncio.CancelledError:
        await asyncio.shield(_ended(call, "failed", "cancelled; it may have taken effect"))
        raise
    except Exception as error:
        await _ended(call, "failed", f"{type(error).__name__}: {error}")
        raise Failed(f"{call.operation.name} failed unexpectedly: {error}") from error
    if not call.recorded:
        await _ended(call, "done", "")
    return result


async def _ended(call: Call, outcome: str, reason: str) -> None:
    await call.enclave.audit.append(call.record(outcome, reason))


__all__ = [
    "REGISTRY", "Argument", "Call", "Log", "NotFound", "Operation", "Record", "Surroundings",
    "Target", "find", "operation", "run",
]  # fmt: skip
