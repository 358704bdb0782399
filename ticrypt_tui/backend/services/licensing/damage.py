"""Entries of the store that the console never wrote so: they let nothing through, and are told."""

from __future__ import annotations

from collections.abc import Iterable

from ticrypt_tui.backend.services.licensing.addresses import canonical
from ticrypt_tui.backend.services.licensing.resolving import unread
from ticrypt_tui.backend.services.licensing.rules import PROTOCOLS, Ports, port_ranges
from ticrypt_tui.backend.services.wording import listed
from ticrypt_tui.backend.store.tables.data import LicensingServer
from ticrypt_tui.text import shown


def damage_of(server: LicensingServer) -> str:
    """What is wrong with an entry as it is kept, or ''."""
    try:
        port_ranges(server.ports)
        same = canonical(server.address)
    except ValueError as error:
        return str(error)
    if same != server.address:
        return f"“{shown(server.address)}” would be kept as {same}."
    if server.protocol not in PROTOCOLS:
        return f"Protocols are {', '.join(PROTOCOLS)}, not “{shown(server.protocol)}”."
    if unread(server):
        return "What its name stood for cannot be read; a re-sync resolves it again."
    return ""


def ports_of(text: str) -> Ports:
    """The ports that an entry is kept with: none where they cannot be read."""
    try:
        return port_ranges(text)
    except ValueError:
        return ()


def told(damaged: Iterable[str]) -> tuple[str, ...]:
    """A sentence that names the entries which are damaged, if any are."""
    names = listed([*damaged])
    if not names:
        return ()
    help_ = "Their details say what is wrong: edit or delete them."
    return (f"Damaged in the database, so that VMs do not reach them: {names}. {help_}",)
