"""Objects by their IDs or names, of whatever kind."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend.errors import NotFound
from ticrypt_tui.backend.services import catalogue
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


async def find(enclave: Enclave, kind: str, reference: str) -> Any:
    """The row of an object; raises `NotFound` or `Ambiguous`.

    A VM is looked for among the running ones first, then the past ones. A guest is a VM or a
    service VM.
    """
    if kind == "guest":
        from ticrypt_tui.backend.services.guest_screens.guests import find_guest

        return await find_guest(enclave, reference)
    if kind == "vm":
        for tab in ("running", "past"):
            with suppress(NotFound):
                return await _on(enclave, tab, reference)
        raise NotFound(f"There is no VM {shown(reference)}.")
    return await _on(enclave, catalogue.TABS[kind], reference)


async def _on(enclave: Enclave, tab: str, reference: str) -> Any:
    return await (await enclave.services.imported(tab)).find(enclave.caller, reference)
