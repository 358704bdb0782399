"""systemd on this machine: whether it is there, what it says of units, and restarting one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ticrypt_tui.backend.errors import Failed, NotFound
from ticrypt_tui.backend.units.bus import SystemBus
from ticrypt_tui.backend.units.faults import NO_SYSTEMD
from ticrypt_tui.backend.units.restarting import PACE, Pace, Restarted, restart
from ticrypt_tui.backend.units.state import UnitState, unit_state

BOOTED = Path("/run/systemd/system")
"""What is there on a machine that systemd started (sd_booted(3))."""
_TYPES = {".service": "Service", ".socket": "Socket"}


class Systemd:
    """Units of this machine; `changed` is called when one that was asked for is not as it was."""

    def __init__(
        self,
        address: str | None = None,
        *,
        booted: Path = BOOTED,
        changed: Callable[[], None] = lambda: None,
        pace: Pace = PACE,
    ) -> None:
        self._booted, self._changed, self._pace = booted, changed, pace
        self._bus = SystemBus(address, self._heard)
        self._paths: frozenset[str] = frozenset()

    @property
    def absent(self) -> str:
        """The reason why there is no systemd to ask here, or ''."""
        return "" if self._booted.is_dir() else NO_SYSTEMD.format(path=self._booted)

    async def states(self, names: Sequence[str]) -> tuple[UnitState, ...]:
        """How units are, in the order of their names; raises a `TicryptError`."""
        await self._bus.subscribe()
        listed = await self._listed(names)
        self._paths = frozenset(line[6] for line in listed)
        asked = zip(names, listed, strict=True)
        states = await asyncio.gather(*(self._state(name, line) for name, line in asked))
        return await self._only_up(states)

    async def state(self, name: str) -> UnitState:
        """How one unit is now; raises a `TicryptError`."""
        (line,) = await self._listed([name])
        return await self._state(name, line)

    async def restart(self, name: str) -> Restarted:
        """Restart a unit, and see that it stays up; raises a `TicryptError`."""
        return await restart(self._bus, self.state, name, self._pace)

    async def close(self) -> None:
        """Leave the system bus."""
        await self._bus.close()

    async def _listed(self, names: Iterable[str]) -> list[list[Any]]:
        if self.absent:
            raise Failed(self.absent)
        (listed,) = await self._bus.manager("ListUnitsByNames", "as", list(names))
        return list(listed)

    async def _state(self, asked: str, line: list[Any]) -> UnitState:
        """One unit in full; of one that systemd has not loaded, or not any more, its line alone."""
        unit: Mapping[str, Any] = {}
        own: Mapping[str, Any] = {}
        if line[2] == "loaded":
            with suppress(NotFound):
                unit = await self._bus.properties(line[6], "Unit")
                if kind := _TYPES.get(Path(line[0]).suffix):
                    own = await self._bus.properties(line[6], kind)
        return unit_state(asked, line, unit, own)

    async def _only_up(self, states: Sequence[UnitState]) -> tuple[UnitState, ...]:
        """Of the units that would be cut along, only those that are up now."""
        names = sorted({other for state in states for other in state.cut_along})
        if not names:
            return tuple(states)
        up = {line[0] for line in await self._listed(names) if line[3] in ("active", "activating")}
        return tuple(
            replace(state, cut_along=tuple(name for name in state.cut_along if name in up))
            for state in states
        )

    def _heard(self, path: str) -> None:
        if not path or path in self._paths:
            self._changed()
