"""Making, changing and deleting licensing servers; what is saved reaches every host at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.checks import LONGEST_NAME, proper_name
from ticrypt_tui.backend.services.editing import VERSION, as_read
from ticrypt_tui.backend.services.licensing.addresses import canonical, too_wide
from ticrypt_tui.backend.services.licensing.licenses import LicenseRow
from ticrypt_tui.backend.services.licensing.overlaps import (
    also_let_through,
    read_others,
    refuse_the_same,
)
from ticrypt_tui.backend.services.licensing.resolving import Answer, Resolution, answered
from ticrypt_tui.backend.services.licensing.rules import (
    PROTOCOLS,
    moment_of,
    port_ranges,
    proper_addresses,
    proper_deactivation,
    proper_group,
    proper_ports,
    written_ports,
)
from ticrypt_tui.backend.services.licensing.states import applied, effects
from ticrypt_tui.backend.services.wording import listed
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import LicensingServer
from ticrypt_tui.text import shown

_ADDRESS = "an IP address, a network such as 192.0.2.0/28, or a host name"
_PORTS = "ports and ranges, such as 1717,27000-27009"
_GROUP = "a word to sort and filter by"
_UNTIL = "when it stops: a day or moment in ISO 8601, local if unsaid; empty: never"
_WIDE = "yes: let through a network wider than /24, or /64 of IPv6, all the same"
_PROPER = (proper_name, proper_addresses, proper_ports, proper_group, proper_deactivation)


@dataclass(frozen=True, slots=True)
class Made:
    """The entries that were made, by ID; and what came of it, host by host."""

    ids: tuple[str, ...]
    sentence: str


@operation(
    "license.create",
    Argument("name", required=False, says="what it is called; the server's address if unsaid"),
    Argument("address", "list", says=f"{_ADDRESS}; several: one entry for each"),
    Argument("ports", says=_PORTS),
    Argument("protocol", "choice", choices=PROTOCOLS),
    Argument("group", required=False, says=_GROUP),
    Argument("deactivate_at", required=False, says=_UNTIL),
    Argument("wide", "flag", required=False, says=_WIDE),
    says="Let every running VM reach a server, or several.",
    preconditions=_PROPER,
)
async def create(
    call: Call, *, address: Sequence[str], ports: str, protocol: str, name: str = "",
    group: str = "", deactivate_at: str = "", wide: bool = False,
) -> Made:  # fmt: skip
    """Make an entry for each server, all of them or none. Raises `Refused` for one that there is
    already, a network that is too wide, or a name that does not resolve."""
    addresses = [canonical(each) for each in address]
    _refuse_wide(addresses, wide)
    answers = await answered(addresses)
    same: dict[str, Any] = {
        "ports": written_ports(port_ranges(ports)), "protocol": protocol, "group": group,
        "deactivate_at": moment_of(deactivate_at) if deactivate_at else None,
        "created_by": call.caller.user_id,
    }  # fmt: skip
    made = [
        LicensingServer(
            name=_named(name, each, len(addresses)), address=each,
            resolved=_first(answers[each]).written if each in answers else "", **same,
        )
        for each in addresses
    ]  # fmt: skip
    async with call.enclave.change() as session:
        notes = await _fitting(session, made)
        session.add_all(made)
    call.made(made[0].id)
    call.detail["made"] = " ".join(each.id for each in made)
    return Made(tuple(each.id for each in made), await _in_force(call, notes))


@operation(
    "license.edit",
    Argument("license", "object", says="a licensing server's ID or name"),
    Argument("name", required=False),
    Argument("address", required=False, says=_ADDRESS),
    Argument("ports", required=False, says=_PORTS),
    Argument("protocol", "choice", required=False, choices=PROTOCOLS),
    Argument("group", required=False, clears=True, says=f"{_GROUP}; empty: none"),
    Argument("deactivate_at", required=False, clears=True, says=_UNTIL),
    Argument("wide", "flag", required=False, says=_WIDE),
    VERSION,
    on="license",
    says="Change a licensing server's entry.",
    preconditions=_PROPER,
)
async def edit(
    call: Call, license: LicenseRow, *, version: int = 0, wide: bool = False, **given: Any
) -> str:
    """Change the fields that are given; says what came of it on the hosts. Raises `Changed` where
    somebody else was quicker, and what making it anew would raise."""
    changes = _as_kept(given)
    address = changes.get("address", license.address)
    if address != license.address:
        _refuse_wide([address], wide)
        answers = await answered([address])
        changes["resolved"] = _first(answers[address]).written if answers else ""
    async with call.enclave.change() as session:
        read = version or license.version
        found = await as_read(session, LicensingServer, license.id, license.name, read)
        found.sqlmodel_update(changes)
        notes = await _fitting(session, [found])
        session.add(found)
    return await _in_force(call, notes)


@operation(
    "license.delete",
    Argument("license", "object", says="a licensing server's ID or name"),
    on="license",
    says="Delete a licensing server's entry: VMs reach it no more.",
)
async def delete(call: Call, license: LicenseRow) -> str:
    """Delete an entry; says what came of it on the hosts."""
    async with call.enclave.change() as session:
        found = await as_read(session, LicensingServer, license.id, license.name, license.version)
        await session.delete(found)
    return await _in_force(call, [f"{shown(license.name)} is deleted"])


def _refuse_wide(addresses: Iterable[str], accepted: bool) -> None:
    doubts = [reason for each in addresses if (reason := too_wide(each))]
    if doubts and not accepted:
        raise Refused(doubts[0], "If it must be, say so: wide.", about="address")


def _first(answer: Answer) -> Resolution:
    return Resolution(answer.addresses, answer.addresses, now())


def _named(name: str, address: str, number: int) -> str:
    """What an entry is called: each of several has its address after the name."""
    said = f"{name} {address}" if name and number > 1 else name or address
    return said if len(said) <= LONGEST_NAME else address[:LONGEST_NAME]


def _as_kept(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an edit as the columns hold them."""
    kept = dict(given)
    if "address" in kept:
        kept["address"] = canonical(kept["address"])
    if "ports" in kept:
        kept["ports"] = written_ports(port_ranges(kept["ports"]))
    if "group" in kept:
        kept["group"] = kept["group"] or ""
    if kept.get("deactivate_at"):
        kept["deactivate_at"] = moment_of(kept["deactivate_at"])
    return kept


async def _fitting(session: AsyncSession, entries: Sequence[LicensingServer]) -> list[str]:
    """What of the entries another one lets through already, too; raises `Refused` for the same."""
    notes = []
    for entry in entries:
        with session.no_autoflush:
            others = await read_others(session, entry.id)
        wanted = (entry.address, entry.ports, entry.protocol)
        refuse_the_same(others, *wanted)
        if names := also_let_through(others, *wanted):
            notes.append(f"{entry.address} is let through by {shown(listed(names))}, too")
    return notes


async def _in_force(call: Call, notes: Sequence[str]) -> str:
    """Have every host follow the list; says how each of them did, which is put on record, too."""
    hosts = await applied(call.enclave)
    call.detail["hosts"] = "; ".join(map(str, hosts))
    return ". ".join([*notes, effects(hosts)])
