"""What cannot be done with VMs that libvirt's own `test` driver only plays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.operations import Precondition
from ticrypt_tui.text import shown


def real(lacks: str) -> Precondition:
    """A precondition: the VM is a real one. `lacks` is what a simulated host cannot do."""

    def check(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
        if not getattr(thing, "simulated", False):
            return ""
        return f"It is simulated: its host, {shown(thing.host)}, is played by libvirt and {lacks}."

    return check
