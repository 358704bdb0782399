"""Making, changing and deleting hardware profiles; those of the configuration file stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import Refused, WrongUse
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.scheduling.costs import cost_function
from ticrypt_tui.backend.services.checks import at_least_one, proper_name, refuse_namesake
from ticrypt_tui.backend.services.editing import VERSION, as_read
from ticrypt_tui.backend.services.hosts.capacity import Capacity, devices_of, too_small
from ticrypt_tui.backend.services.hosts.usage import NOTHING, read_usage
from ticrypt_tui.backend.services.profiles.profiles import ProfileRow
from ticrypt_tui.backend.services.wording import listed, so_many
from ticrypt_tui.backend.store.tables.infrastructure import HardwareProfile, Host, ProfileDevice
from ticrypt_tui.config.cost import EXAMPLE as EXAMPLE_COST
from ticrypt_tui.config.cost import READY_MADE
from ticrypt_tui.config.devices import EXAMPLE, Device, devices


def proper_devices(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """Devices are written as a kind and a PCI address, each address once."""
    try:
        devices(arguments.get("devices") or ())
    except ValueError as error:
        return f"Expected {error}."
    return ""


def proper_cost(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A cost function is one that scheduling can read."""
    try:
        cost_function(arguments.get("cost") or "")
    except ValueError as error:
        return f"Expected {error}."
    return ""


def not_declared(caller: Caller, thing: ProfileRow, arguments: Mapping[str, Any]) -> str:
    """What the configuration file declares, it alone changes."""
    return "The configuration file declares it: change it there." if thing.declared else ""


def not_used(caller: Caller, thing: ProfileRow, arguments: Mapping[str, Any]) -> str:
    """A profile goes only when no host uses it."""
    return _refusal_for(thing.hosts)


def not_below_use(caller: Caller, thing: ProfileRow, arguments: Mapping[str, Any]) -> str:
    """A profile is never smaller than what VMs hold of a host that has it."""
    wanted = Capacity(
        arguments.get("cores", thing.cores),
        arguments.get("memory", thing.memory_mib),
        _given(arguments, thing.devices),
    )
    reasons = (too_small(each.host, each.usage, wanted) for each in thing.taken)
    first = next((each for each in reasons if each), "")
    return f"It would be too small: {first}." if first else ""


def _given(arguments: Mapping[str, Any], otherwise: tuple[Device, ...]) -> tuple[Device, ...]:
    """The devices that are given, none where they are emptied, else those that there are."""
    try:
        return devices(arguments["devices"] or ()) if "devices" in arguments else otherwise
    except ValueError:
        return otherwise


def _refusal_for(hosts: Sequence[str]) -> str:
    if not hosts:
        return ""
    return f"{so_many(len(hosts), 'host uses', 'hosts use')} it: {listed(hosts)}."


_CORES = "how many cores VMs may have of a host in all"
_MEMORY = "MiB, or with a unit, such as 64 GiB"
_DEVICES = f"kind@PCI address, such as {EXAMPLE}, separated by commas"
_COST = f"{', '.join(READY_MADE)}, or a sum of terms such as {EXAMPLE_COST}"
_PROPER = (proper_name, at_least_one("cores", "memory"), proper_devices, proper_cost)


@operation(
    "profile.create",
    Argument("realm", "object", says="a realm's ID or name"),
    Argument("name"),
    Argument("cores", "number", says=_CORES),
    Argument("memory", "memory", says=_MEMORY),
    Argument("devices", "list", required=False, says=_DEVICES),
    Argument("cost", required=False, says=f"{_COST}; spread if left out"),
    says="Make a hardware profile.",
    preconditions=_PROPER,
)
async def create(
    call: Call,
    *,
    realm: str,
    name: str,
    cores: int,
    memory: int,
    devices: Sequence[str] = (),
    cost: str = "spread",
) -> str:
    """Make a hardware profile; returns its ID."""
    where = call.enclave.realm(realm)
    async with call.change() as session:
        await refuse_namesake(session, HardwareProfile, "a profile", where, name=name)
        made = HardwareProfile(
            realm_id=where.id, name=name, cores=cores, memory_mib=memory, cost=cost
        )
        session.add(made)
        await session.flush()
        await put_devices(session, made.id, _read(devices))
        call.made(made.id)
    return made.id


@operation(
    "profile.edit",
    Argument("profile", "object", says="a hardware profile's ID or name"),
    Argument("name", required=False),
    Argument("cores", "number", required=False, says=_CORES),
    Argument("memory", "memory", required=False, says=_MEMORY),
    Argument("devices", "list", required=False, clears=True, says=f"{_DEVICES}; empty: none"),
    Argument("cost", required=False, says=_COST),
    VERSION,
    on="profile",
    says="Change a hardware profile; never below what VMs already use.",
    preconditions=(not_declared, *_PROPER, not_below_use),
)
async def edit(call: Call, profile: ProfileRow, *, version: int = 0, **changes: Any) -> None:
    """Change the profile's fields that are given. Raises `Changed` where somebody else was quicker,
    and `Refused` with the numbers where it would be below what is used by now."""
    where = call.enclave.realm(profile.realm_id)
    async with call.change() as session:
        found = await as_read(
            session, HardwareProfile, profile.id, profile.name, version or profile.version
        )
        if changes.get("name", found.name) != found.name:
            await refuse_namesake(
                session, HardwareProfile, "a profile", where, name=changes["name"]
            )
        if "memory" in changes:
            changes["memory_mib"] = changes.pop("memory")
        if "devices" in changes:
            await put_devices(session, found.id, _read(changes.pop("devices") or ()))
        found.sqlmodel_update(changes)
        flag_modified(found, "cores")  # so that its version counts a change of its devices, too
        session.add(found)
        await session.flush()
        await _refuse_below_use(call, session, found)


@operation(
    "profile.delete",
    Argument("profile", "object", says="a hardware profile's ID or name"),
    on="profile",
    says="Delete a hardware profile that no host uses.",
    preconditions=(not_declared, not_used),
)
async def remove(call: Call, profile: ProfileRow) -> str:
    """Delete a profile. Raises `Refused` with the names of the hosts that use it by now."""
    async with call.change() as session:
        found = await as_read(session, HardwareProfile, profile.id, profile.name, profile.version)
        users = select(Host.name).where(Host.profile_id == found.id).order_by(col(Host.name))
        if reason := _refusal_for(list(await session.exec(users))):
            raise Refused(reason)
        await session.delete(found)
    return f"{profile.name} is deleted"


async def put_devices(session: AsyncSession, profile_id: str, units: Sequence[Device]) -> None:
    """Let a profile have these device units and no others."""
    await session.exec(delete(ProfileDevice).where(col(ProfileDevice.profile_id) == profile_id))
    session.add_all(
        ProfileDevice(profile_id=profile_id, pci_address=each.address, kind=each.kind)
        for each in units
    )


def _read(texts: Sequence[str]) -> tuple[Device, ...]:
    try:
        return devices(texts)
    except ValueError as error:
        raise WrongUse(f"Expected {error}.", about="devices") from error


async def _refuse_below_use(call: Call, session: AsyncSession, profile: HardwareProfile) -> None:
    """The same as `not_below_use`, in the transaction that saves it."""
    wanted = Capacity(profile.cores, profile.memory_mib, await devices_of(session, profile.id))
    usage = await read_usage(session, call.enclave.sightings())
    hosts = await session.exec(select(Host).where(Host.profile_id == profile.id))
    for host in hosts:
        if reason := too_small(host.name, usage.get(host.id, NOTHING), wanted):
            raise Refused(f"It would be too small: {reason}.")
