"""What a host must be like, and what may be done with it as it stands (domain.md 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Any

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.services.hosts.hosts import HostRow
from ticrypt_tui.backend.services.wording import listed, so_many
from ticrypt_tui.backend.store.tables.infrastructure import HostState
from ticrypt_tui.text import shown

LONGEST_URI = 1000
HIGHEST_PORT = 65535


def proper_uri(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A URI has 1 to 1000 printable characters and no space; the realm's driver reads the rest."""
    uri = arguments.get("uri")
    if uri is None or (uri.isprintable() and " " not in uri and 1 <= len(uri) <= LONGEST_URI):
        return ""
    return f"A URI has 1 to {LONGEST_URI} printable characters and no space."


def proper_translation(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A NAT address is IPv4, and a port base leaves room for ports."""
    port = arguments.get("nat_port_base")
    if port is not None and not 1 <= port <= HIGHEST_PORT:
        return f"The first port is 1 to {HIGHEST_PORT}, not {port}."
    address = arguments.get("nat_address")
    if address is None:
        return ""
    try:
        IPv4Address(address)
    except ValueError:
        return f"{shown(address)} is no IPv4 address, such as 192.0.2.10."
    return ""


def stays_in_its_realm(caller: Caller, thing: HostRow, arguments: Mapping[str, Any]) -> str:
    """A host never moves to another realm."""
    if arguments.get("realm", thing.realm_id) in (thing.realm_id, thing.realm):
        return ""
    return f"A host stays in its realm, {shown(thing.realm)}: delete it, and register it anew."


def another_state(caller: Caller, thing: HostRow, arguments: Mapping[str, Any]) -> str:
    """Only a state that the host has not got is a change."""
    return f"It is {thing.state} already." if arguments.get("state") == thing.state else ""


def no_vm_on_it(caller: Caller, thing: HostRow, arguments: Mapping[str, Any]) -> str:
    """A host goes only when it is empty (domain.md 10, choice 6)."""
    return refusal_for(thing.vm_names)


def refusal_for(names: tuple[str, ...]) -> str:
    """Why a host with these VMs is not deleted, or ''."""
    if not names:
        return ""
    what = so_many(len(names), "VM is", "VMs are")
    return f"{what} on it: {listed(names)}."


def loses_sight(thing: HostRow, arguments: Mapping[str, Any]) -> bool:
    """Whether the console would lose sight of VMs: on a disabled host it neither sees nor stops
    them."""
    return arguments.get("state") == HostState.DISABLED and bool(thing.vm_names)
