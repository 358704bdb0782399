"""What an operation is: name, permission, preconditions, audit, outcome (`design.md` 3).

The decorator registers; `run` does everything in one order: the arguments are read, the object is
found, permission and preconditions are asked, the attempt is recorded, the work is done, and how it
ended is recorded. Where the attempt cannot be recorded, the work does not run.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from ticrypt_tui.backend import permissions
from ticrypt_tui.backend.arguments import Argument, converted, read, recorded, usage
from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import (
    Ambiguous,
    AuditUnavailable,
    Failed,
    NotFound,
    Refused,
    TicryptError,
    WrongUse,
)

if TYPE_CHECKING:
    from sqlmodel.ext.asyncio.session import AsyncSession

    from ticrypt_tui.backend.enclave import Enclave


NAMES = ("login", "tag", "name")
"""The arguments that say what an object is called that is still to be made."""


class Log(Protocol):
    """Where the records of operations go (`backend.audit.log`)."""

    async def append(self, record: Record, session: AsyncSession | None = None) -> None:
        """Write one record, in the session's transaction if given; raises `AuditUnavailable`."""


@dataclass(frozen=True, slots=True)
class Target:
    """The object of an operation, as the records name it."""

    kind: str
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One audit record before it has its place in the chain.

    `outcome` is `attempted`, `done`, `failed` or `refused`.
    """

    operation: str
    operation_id: str
    outcome: str
    caller: Caller | None
    target: Target
    reason: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


Work = Callable[..., Awaitable[Any]]
Precondition = Callable[[Caller, Any, Mapping[str, Any]], str]
"""Gives the reason why an object, as its row says, does not admit the operation, or ''."""
Dangerous = Callable[[Any, Mapping[str, Any]], bool]
"""Whether it is so dangerous, for this row and these arguments, that the name is typed first."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be done, whoever asks: the screens, the palette or the command line.

    `typed_name` says that the object's name is typed before it runs: always, where the flag of
    that name is given, or where the function says so.
    """

    name: str
    says: str
    on: str
    arguments: tuple[Argument, ...]
    work: Work
    changes: bool = True
    typed_name: bool | str | Dangerous = False
    preconditions: tuple[Precondition, ...] = ()

    def why_not(self, caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
        """The first reason why the caller may not do this to this object now, or ''."""
        if self.changes and caller.read_only:
            return "This console is read-only ([session] read_only)."
        reason = permissions.why_not(caller, self.name, thing)
        reasons = (check(caller, thing, arguments) for check in self.preconditions)
        return reason or next((each for each in reasons if each), "")

    @property
    def usage(self) -> str:
        """One sentence with every argument."""
        return usage(self.arguments)

    def wants_name_typed(self, arguments: Mapping[str, Any], thing: Any = None) -> bool:
        """Whether the object's name is typed first; without the object, whether it may have to."""
        if isinstance(self.typed_name, str):
            return bool(arguments.get(self.typed_name))
        if isinstance(self.typed_name, bool):
            return self.typed_name
        return thing is None or self.typed_name(thing, arguments)

    def complaints(self, caller: Caller, thing: Any, given: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong with each of the arguments by itself, as far as that can be told at once.

        A form asks while it is filled in; what was left empty is not yet wrong.
        """
        found: dict[str, str] = {}
        for argument in self.arguments:
            if argument.name not in given:
                continue
            try:
                value = read(argument, given[argument.name])
            except ValueError as error:
                found[argument.name] = f"Expected {error}."
                continue
            alone = {} if value is None else {argument.name: value}
            checks = self.preconditions if thing is not None or not self.on else ()
            reasons = (check(caller, thing, alone) for check in checks)
            found[argument.name] = next((each for each in reasons if each), "")
        return {name: reason for name, reason in found.items() if reason}


REGISTRY: dict[str, Operation] = {}


def operation(
    name: str,
    *arguments: Argument,
    on: str = "",
    says: str,
    changes: bool = True,
    typed_name: bool | str | Dangerous = False,
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


@dataclass(slots=True)
class Call:
    """One run of one operation."""

    enclave: Enclave
    caller: Caller
    operation: Operation
    target: Target
    id: str
    detail: dict[str, str]
    attempted: bool = False
    recorded: bool = False

    def record(self, outcome: str, reason: str = "") -> Record:
        """A record of this call, as things stand."""
        return Record(
            self.operation.name,
            self.id,
            outcome,
            self.caller,
            self.target,
            reason,
            dict(self.detail),
        )

    async def begun(self) -> None:
        """Record the attempt of what only reads, and yet must not be done unrecorded."""
        await self.enclave.audit.append(self.record("attempted"))
        self.attempted = True

    def made(self, object_id: str) -> None:
        """Name the object that the operation has made, for its records."""
        self.target = replace(self.target, id=object_id)

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


async def run(enclave: Enclave, caller: Caller, name: str, given: Mapping[str, Any]) -> Any:
    """Run one operation; returns what its work returns.

    Raises a `TicryptError` with a sentence for people, whatever went wrong. Work that is done stays
    done where its outcome cannot be recorded: the audit log keeps the record and tells its fault.
    """
    operation = find(name)
    call = Call(enclave, caller, operation, Target(operation.on), uuid.uuid4().hex, {})
    try:
        result = await _run(call, given)
    except AuditUnavailable:
        raise  # the audit log itself records that it refused, as soon as it can
    except TicryptError as error:
        await _ended(call, _outcome(error), str(error))
        raise
    except asyncio.CancelledError:
        told = "cancelled; it may have taken effect" if call.attempted else "cancelled"
        await asyncio.shield(_ended(call, "failed", told))
        raise
    except Exception as error:
        await _ended(call, "failed", f"{type(error).__name__}: {error}")
        raise Failed(f"{name} failed unexpectedly: {type(error).__name__}: {error}") from error
    if not call.recorded:
        await asyncio.shield(_ended(call, "done", ""))
    return result


async def _run(call: Call, given: Mapping[str, Any]) -> Any:
    """Everything up to the outcome."""
    operation = call.operation
    arguments = converted(operation.name, operation.arguments, given)
    call.detail.update(recorded(operation.arguments, arguments))
    permissions.require(call.caller, operation.name)
    thing = await _thing(call, arguments)
    if reason := operation.why_not(call.caller, thing, arguments):
        raise Refused(reason)
    if operation.changes:
        await call.begun()
    return await operation.work(call, *([thing] if operation.on else []), **arguments)


async def _thing(call: Call, arguments: dict[str, Any]) -> Any:
    """Take the object that the operation is on out of the arguments, and find it."""
    operation = call.operation
    if not operation.on:
        named = next((arguments[each] for each in NAMES if each in arguments), "")
        call.target = Target(operation.name.partition(".")[0], "", str(named))
        return None
    reference = str(arguments.pop(operation.arguments[0].name))
    call.target = Target(operation.on, reference, reference)
    thing = await call.enclave.find(operation.on, reference)
    kind = getattr(thing, "target_kind", operation.on)
    call.target = Target(kind, thing.id, thing.name)
    return thing


def _outcome(error: TicryptError) -> str:
    return "refused" if isinstance(error, Refused | WrongUse) else "failed"


async def _ended(call: Call, outcome: str, reason: str) -> None:
    """Record how a call ended. It is too late to refuse: a fault is kept in the log's `fault`."""
    with suppress(AuditUnavailable):
        await call.enclave.audit.append(call.record(outcome, reason))


__all__ = [
    "REGISTRY", "Ambiguous", "Argument", "Call", "Log", "NotFound", "Operation", "Record", "Target",
    "find", "operation", "run",
]  # fmt: skip
