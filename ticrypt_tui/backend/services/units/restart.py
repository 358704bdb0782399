"""Restarting a system service, and its last lines where it does not come up."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import TicryptError, UnitFailed
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.units.units import SystemServices, UnitRow
from ticrypt_tui.text import decoded, shown

LINES = 20
"""How much of its log is shown of a service that did not come up."""
_BYTES = 16 * 1024


def restartable(caller: Caller, thing: UnitRow, arguments: Mapping[str, Any]) -> str:
    """systemd has it, and the configuration allows it by its own name."""
    return thing.why_not


@operation(
    "unit.restart",
    Argument("unit", "object", says="a system service's name, as in [services] units"),
    on="unit",
    says="Restart a system service, and see that it stays up.",
    typed_name=True,
    preconditions=(restartable,),
)
async def restart(call: Call, unit: UnitRow) -> str:
    """Restart a unit by its own name; returns how it is, in a sentence.

    Raises `UnitFailed` with the end of its log where it is not up afterwards, `Refused` where
    polkit does not let the caller.
    """
    services = call.enclave.services[SystemServices.tab]
    assert isinstance(services, SystemServices)
    call.detail |= {"own_name": unit.primary, "cut_along": " ".join(unit.cut_along)}
    try:
        restarted = await services.systemd.restart(unit.primary)
    except UnitFailed as error:
        lines = await _last_lines(services, unit)
        raise UnitFailed(error.sentence, error.remedy, lines) from error
    finally:
        call.enclave.news.tell(SystemServices.tab)
    state = restarted.state
    call.detail |= {"state": state.words, "seconds": f"{restarted.seconds:.1f}"}
    process = f", main PID {state.main_pid}" if state.main_pid else ""
    return f"{shown(unit.name)} was restarted in {restarted.seconds:.1f} s: {state.words}{process}."


async def _last_lines(services: SystemServices, unit: UnitRow) -> tuple[str, ...]:
    """The end of its journal, else of its log file, as far as either can be read."""
    journal, file = services.journal(unit.primary), services.log_file(unit.name)
    with suppress(TicryptError):
        if journal and (entries := await journal.newest(LINES)):
            return tuple(line for each in entries for line in each.text.split("\n"))[-LINES:]
    with suppress(TicryptError):
        if file:
            return tuple(decoded(await file.last(_BYTES)).rstrip("\n").split("\n"))[-LINES:]
    return ()
