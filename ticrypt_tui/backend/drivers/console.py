"""A way to a VM's serial console, as a driver opens it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Printed:
    """What a guest printed; `left_out` bytes came just before it, more than could be kept."""

    data: bytes
    left_out: int = 0


class Console(Protocol):
    """An open serial console: its bytes both ways, until it is closed or ends by itself."""

    async def read(self) -> Printed | None:
        """What was printed since, as soon as there is something; None once there is an end to it.

        Of what nobody reads in time, only the newest is kept.
        """

    async def write(self, data: bytes) -> None:
        """Type bytes at the guest. Raises `Failed`, or `HostUnreachable`."""

    @property
    def fault(self) -> str:
        """Why it ended by itself, as a sentence; '' where nobody says: the VM has ended, or another
        took the console over."""

    async def close(self) -> None:
        """Give it back, so that another may open it; never waits for a host."""
