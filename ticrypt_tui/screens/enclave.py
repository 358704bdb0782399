"""What the screens need of the enclave: its face, as far as anything on screen asks for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from ticrypt_tui.screens.followed_log import FollowedLog
from ticrypt_tui.widgets.sections import Section


class Listing(Protocol):
    """A tab's rows at one moment, and the sentences that a reader must know about them."""

    @property
    def rows(self) -> Sequence[Any]: ...
    @property
    def taken(self) -> datetime: ...
    @property
    def notices(self) -> tuple[str, ...]: ...


class Detail(Protocol):
    """Everything that is known of one object."""

    @property
    def title(self) -> str: ...
    @property
    def sections(self) -> Sequence[Section]: ...


class Log(Protocol):
    """One log that can be opened."""

    @property
    def title(self) -> str: ...

    def follow(self) -> AsyncIterator[bytes]:
        """The last MiB, then what comes, until closed; raises `Failed` with the reason why not."""


class AuditRecord(Protocol):
    """One audit record, as the tail shows it."""

    @property
    def seq(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def operation(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def login(self) -> str: ...
    @property
    def target_kind(self) -> str: ...
    @property
    def target_id(self) -> str: ...
    @property
    def target_name(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def detail(self) -> Mapping[str, str]: ...
    @property
    def line(self) -> str:
        """The record as one line of JSON, as the log's file has it."""


class Proof(Protocol):
    """What shows that auditing works, each in a few words; `latency` is in seconds."""

    @property
    def verified(self) -> str: ...
    @property
    def signed(self) -> str: ...
    @property
    def forgeable(self) -> str: ...
    @property
    def heartbeat(self) -> str: ...
    @property
    def second_sink(self) -> str: ...
    @property
    def latency(self) -> float | None: ...
    @property
    def alarm(self) -> str: ...


class Status(Protocol):
    """The enclave in one line."""

    @property
    def realms(self) -> tuple[str, ...]: ...
    @property
    def hosts_up(self) -> int: ...
    @property
    def hosts_all(self) -> int: ...
    @property
    def chain(self) -> str: ...
    @property
    def audit_fault(self) -> str: ...
    @property
    def messages(self) -> tuple[str, ...]: ...
    @property
    def proof(self) -> Proof: ...


class Caller(Protocol):
    """Who uses this console."""

    @property
    def login(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def read_only(self) -> bool: ...


class PublicKeys(Protocol):
    """The public halves of somebody's keys."""

    @property
    def fingerprint(self) -> str: ...


class Keys(Protocol):
    """The operator's own key: locked until its passphrase is given, and again after a while."""

    @property
    def locked(self) -> bool: ...
    @property
    def public(self) -> PublicKeys:
        """Its public halves, locked or not; raises a `TicryptError` where there is no key."""

    async def unlock(self, passphrase: str) -> None:
        """Unlock it, which takes a second; raises a `Refused` that gives no hint."""


class Enclave(Protocol):
    """The one thing behind the screens."""

    @property
    def caller(self) -> Caller: ...
    @property
    def status(self) -> Status: ...
    @property
    def settings(self) -> Any: ...
    @property
    def keys(self) -> Keys: ...

    async def listing(self, tab: str) -> Listing:
        """A tab's rows; raises a `TicryptError` with a sentence for people."""

    async def count(self, tab: str) -> int:
        """How many rows a tab has; raises a `TicryptError`."""

    async def detail(self, tab: str, row_id: str) -> Detail:
        """What is known of one row."""

    def why_not(self, operation: str, row: Any, arguments: Mapping[str, Any] | None = None) -> str:
        """The reason why an operation cannot be run on a row now, or ''."""

    def complaints(
        self, operation: str, row: Any = None, arguments: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        """What is wrong with each argument of a form so far, by its name."""

    async def run(self, operation: str, arguments: Mapping[str, Any]) -> Any:
        """Run an operation; raises a `TicryptError`."""

    async def progress(self, config_id: str, since: datetime) -> Any:
        """How far the newest start from a configuration has come, or None where there is none since
        then; raises a `TicryptError`."""

    def subscribe(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Call back with the name of a tab whose rows changed; '' means all of them."""

    def refresh(self) -> None:
        """Have every host asked anew, rather than show what it last said."""

    async def records(self, after: int | None, last: int = 500) -> Sequence[AuditRecord]:
        """Audit records after a sequence number, or the last ones."""

    @property
    def followed(self) -> Sequence[FollowedLog]:
        """The log files that are followed beside the audit log; raises `Refused`."""

    async def close(self) -> None:
        """Give everything up, in bounded time."""
