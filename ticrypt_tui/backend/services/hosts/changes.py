"""Registering, changing and deleting hosts; the console contacts what it may, at once."""

from __future__ import annotations

from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.errors import NotFound, Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.checks import of_realm, proper_name, refuse_namesake
from ticrypt_tui.backend.services.editing import VERSION, as_read
from ticrypt_tui.backend.services.hosts.capacity import size_of, too_small
from ticrypt_tui.backend.services.hosts.hosts import HostRow
from ticrypt_tui.backend.services.hosts.probe import asked
from ticrypt_tui.backend.services.hosts.rules import (
    another_state,
    loses_sight,
    no_vm_on_it,
    proper_translation,
    proper_uri,
    refusal_for,
    stays_in_its_realm,
)
from ticrypt_tui.backend.services.hosts.usage import NOTHING, read_usage
from ticrypt_tui.backend.services.wording import listed, so_many
from ticrypt_tui.backend.store.tables.infrastructure import HardwareProfile, Host, HostState
from ticrypt_tui.backend.store.tables.machines import ServiceVm
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown

_STATES = tuple(HostState)
_PROPER = (proper_name, proper_uri, proper_translation)
_ANYWAY = Argument(
    "unanswered", "flag", required=False,
    says="save it untried; else it must answer, unless it is disabled",
)  # fmt: skip


@operation(
    "host.create",
    Argument("realm", "object", says="a realm's ID or name"),
    Argument("name"),
    Argument("uri", says="such as qemu+ssh://root@node03/system"),
    Argument("profile", "object", required=False, says="a hardware profile of that realm"),
    Argument("state", "choice", required=False, choices=_STATES, says="enabled if left out"),
    Argument("nat_address", required=False, says="an IPv4 address for static address translation"),
    Argument("nat_port_base", "number", required=False, says="the first port that is translated"),
    _ANYWAY,
    says="Register a host.",
    preconditions=_PROPER,
)
async def create(
    call: Call,
    *,
    realm: str,
    name: str,
    uri: str,
    profile: str = "",
    state: str = HostState.ENABLED,
    unanswered: bool = False,
    **translation: Any,
) -> str:
    """Register a host; returns its ID.

    It must answer first, unless it is disabled or the caller says otherwise: raises `Unanswered`.
    """
    where = call.enclave.realm(realm)
    async with call.enclave.database.read() as session:  # no need to try what cannot be saved
        await refuse_namesake(session, Host, "a host", where, name=name, uri=uri)
    await _tried(call, where, uri, state, unanswered)
    async with call.change() as session:
        await refuse_namesake(session, Host, "a host", where, name=name, uri=uri)
        profile_id = await _profile_id(session, where, profile)
        host = Host(
            realm_id=where.id, name=name, uri=uri, profile_id=profile_id, state=HostState(state),
            **translation,
        )  # fmt: skip
        session.add(host)
        call.made(host.id)
    await call.enclave.following.refollow()
    return host.id


@operation(
    "host.edit",
    Argument("host", "object", says="a host's ID or name"),
    Argument("realm", "object", required=False, says="its own: a host never moves to another"),
    Argument("name", required=False),
    Argument("uri", required=False),
    Argument("profile", "object", required=False, clears=True, says="empty: none"),
    Argument("state", "choice", required=False, choices=_STATES),
    Argument("nat_address", required=False, clears=True, says="empty: none"),
    Argument("nat_port_base", "number", required=False, clears=True, says="empty: none"),
    _ANYWAY,
    VERSION,
    on="host",
    says="Change what a host is called, where it is, and what may be used of it.",
    typed_name=loses_sight,
    preconditions=(*_PROPER, stays_in_its_realm),
)
async def edit(
    call: Call, host: HostRow, *, unanswered: bool = False, version: int = 0, **changes: Any
) -> None:
    """Change the host's fields that are given.

    A new URI must answer, as at `create`. Raises `Changed` where somebody else was quicker.
    """
    changes.pop("realm", None)
    where = call.enclave.realm(host.realm_id)
    if changes.get("uri", host.uri) != host.uri:
        await _tried(call, where, changes["uri"], changes.get("state", host.state), unanswered)
    async with call.change() as session:
        found = await as_read(session, Host, host.id, host.name, version or host.version)
        named = {key: changes[key] for key in ("name", "uri") if key in changes}
        differs = {key: value for key, value in named.items() if value != getattr(found, key)}
        await refuse_namesake(session, Host, "a host", where, **differs)
        if "profile" in changes:
            profile = changes.pop("profile")
            changes["profile_id"] = await _profile_id(session, where, profile)
            if changes["profile_id"] not in (None, found.profile_id):
                await _fitting(call, session, host, changes["profile_id"])
        if "state" in changes:
            changes["state"] = HostState(changes["state"])
        found.sqlmodel_update(changes)
        session.add(found)
    await call.enclave.following.refollow()


@operation(
    "host.change_state",
    Argument("host", "object", says="a host's ID or name"),
    Argument("state", "choice", choices=_STATES),
    on="host",
    says="Say whether VMs may be placed on a host, and whether it is contacted at all.",
    typed_name=loses_sight,
    preconditions=(another_state,),
)
async def change_state(call: Call, host: HostRow, *, state: str) -> str:
    """Enable a host, take it out of scheduling, or disable it: then it is not contacted any more.

    The VMs of a host that is disabled run on, out of sight; the audit record names them.
    """
    if loses_sight(host, {"state": state}):
        call.detail["out_of_sight"] = " ".join(host.vm_names)
    async with call.change() as session:
        found = await as_read(session, Host, host.id, host.name, host.version)
        found.state = HostState(state)
        session.add(found)
    await call.enclave.following.refollow()
    return f"{host.name} is {state}"


@operation(
    "host.delete",
    Argument("host", "object", says="a host's ID or name"),
    on="host",
    says="Forget a host that no VM is on; the machine itself is left as it is.",
    preconditions=(no_vm_on_it,),
)
async def delete(call: Call, host: HostRow) -> str:
    """Forget a host. Raises `Refused` with the names of the VMs that are on it by now, and of the
    service VMs that are to run there alone."""
    async with call.change() as session:
        found = await session.get(Host, host.id)
        if found is None:
            raise NotFound(f"{shown(host.name)} was deleted meanwhile.")
        usage = await read_usage(session, call.enclave.sightings())
        if reason := refusal_for(usage.get(host.id, NOTHING).names):
            raise Refused(reason)
        await _refuse_pinned(session, host)
        await session.delete(found)
    await call.enclave.following.refollow()
    return f"{host.name} is deleted"


async def _refuse_pinned(session: AsyncSession, host: HostRow) -> None:
    """A service VM is never let onto other hosts by the way."""
    pinned = select(ServiceVm.name).where(ServiceVm.host_id == host.id).order_by(ServiceVm.name)
    names = [*await session.exec(pinned)]
    if names:
        what = so_many(len(names), "service VM is", "service VMs are")
        raise Refused(
            f"{what} pinned to it: {listed(names)}.", "Pin them to another host, or to none."
        )


async def _tried(call: Call, realm: RealmSettings, uri: str, state: str, unanswered: bool) -> None:
    """See that a host answers before it is saved; one that may not be contacted is not asked."""
    call.enclave.drivers.at(realm.id, uri)
    if unanswered or realm.disabled or state == HostState.DISABLED:
        return
    call.detail["answer"] = (await asked(call.enclave, realm, uri)).sentence


async def _profile_id(
    session: AsyncSession, realm: RealmSettings, reference: str | None
) -> str | None:
    if not reference:
        return None
    return (await of_realm(session, HardwareProfile, "profile", reference, realm)).id


async def _fitting(call: Call, session: AsyncSession, host: HostRow, profile_id: str) -> None:
    """Refuse a profile that is smaller than what VMs hold of the host already."""
    profile = await session.get_one(HardwareProfile, profile_id)
    wanted = await size_of(session, profile)
    usage = await read_usage(session, call.enclave.sightings())
    if reason := too_small(host.name, usage.get(host.id, NOTHING), wanted):
        raise Refused(f"Profile {shown(profile.name)} is too small: {reason}.", about="profile")
