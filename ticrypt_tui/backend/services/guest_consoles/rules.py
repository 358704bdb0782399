"""Which guests have a serial console that may be opened, and what would help the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.services.guest_screens.guests import Found, Guest, run_of
from ticrypt_tui.backend.services.vms.past import PastVm
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.services.vms.simulation import real
from ticrypt_tui.backend.store.tables.machines import VmState
from ticrypt_tui.text import shown

_simulated = real("its VMs have no consoles")


def has_console(caller: Caller, thing: Guest | Found, arguments: Mapping[str, Any]) -> str:
    """Why the serial console of a guest cannot be opened now, or ''."""
    row = thing.row if isinstance(thing, Found) else thing
    if isinstance(row, PastVm):
        return f"It has ended already: {row.end}. Its logs have what its console said."
    run = run_of(row)
    if run is None:
        return "It is off: it has a serial console while it is on."
    return _simulated(caller, run, arguments) or _not_reached(run) or _without(run)


def _not_reached(run: RunningVm) -> str:
    if run.stale_since is not None:
        return f"Its host, {shown(run.host)}, does not answer or is not contacted."
    if run.state in (VmState.SCHEDULING, VmState.STARTING):
        return f"It is {run.state}: it has no serial console yet."
    return ""


def _without(run: RunningVm) -> str:
    """Whoever started a VM that is not in debug mode was told that nobody can look inside."""
    of = f", {shown(run.setup)}," if run.setup else ""
    if run.known and not run.service and not (run.debug and run.debug_pty):
        if run.debug_pty:
            return "Its setup had debug off when it was started: start it anew."
        return (
            f"Its setup{of} has no debug PTY. VMs of a setup with one have a serial console that "
            "an admin may open; what it says is in the logs of every VM."
        )
    if not run.has_console and not run.pending:
        return "Its host says that it has no serial console."
    return ""
