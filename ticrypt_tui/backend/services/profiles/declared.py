"""The hardware profiles that the configuration file declares, brought into the store."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.services.hosts.capacity import devices_of
from ticrypt_tui.backend.store.tables.infrastructure import HardwareProfile, Host
from ticrypt_tui.config.realm import ProfileSettings
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

_MIB = 2**20


async def declare_profiles(enclave: Enclave) -> None:
    """Let the store's profiles of every configured realm be as the file says, with a record each.

    A profile of the same name becomes the file's. One that the file declares no more is deleted,
    or is an ordinary one from then on where a host uses it. A console that may not change anything
    leaves this to the others; so does one whose store or audit log cannot be written.
    """
    if enclave.settings.session.read_only:
        return
    with suppress(TicryptError):
        async with enclave.database.read() as session:
            settled = not [each async for each in _differences(enclave, session)]
        if not settled:
            await _brought_in(enclave)


async def _brought_in(enclave: Enclave) -> None:
    async with enclave.change() as session:
        for operation, profile, wanted in [each async for each in _differences(enclave, session)]:
            await _made_so(session, operation, profile, wanted)
            target = Target("profile", profile.id, profile.name)
            reason = f"declared in {shown(enclave.settings.path)}"
            if wanted is None:
                reason = f"no longer {reason}"
            record = Record(operation, uuid.uuid4().hex, "done", None, target, reason)
            await enclave.audit.append(record, session)


Difference = tuple[str, HardwareProfile, ProfileSettings | None]


async def _differences(enclave: Enclave, session: AsyncSession) -> AsyncIterator[Difference]:
    """What is to be done to which profile, so that it is as the file says."""
    for realm in enclave.settings.realms:
        own = select(HardwareProfile).where(col(HardwareProfile.realm_id) == realm.id)
        there = {each.name: each for each in await session.exec(own)}
        for wanted in realm.profiles:
            if (found := there.pop(wanted.name, None)) is None:
                new = HardwareProfile(realm_id=realm.id, name=wanted.name, cores=1, memory_mib=1)
                yield "profile.create", new, wanted
            elif not await _is_so(session, found, wanted):
                yield "profile.edit", found, wanted
        for left in there.values():
            if left.declared:
                used = select(Host.id).where(col(Host.profile_id) == left.id)
                in_use = (await session.exec(used)).first() is not None
                yield "profile.edit" if in_use else "profile.delete", left, None


async def _is_so(session: AsyncSession, found: HardwareProfile, wanted: ProfileSettings) -> bool:
    is_now = (found.declared, found.cores, found.memory_mib, found.cost)
    devices = await devices_of(session, found.id)
    return (*is_now, devices) == (
        True, wanted.cores, wanted.memory // _MIB, wanted.cost, wanted.devices
    )  # fmt: skip


async def _made_so(
    session: AsyncSession, operation: str, profile: HardwareProfile, wanted: ProfileSettings | None
) -> None:
    if operation == "profile.delete":
        await session.delete(profile)
        return
    profile.declared = wanted is not None
    if wanted is not None:
        profile.cores, profile.memory_mib = wanted.cores, wanted.memory // _MIB
        profile.cost = wanted.cost
    session.add(profile)
    await session.flush()
    if wanted is not None:
        from ticrypt_tui.backend.services.profiles.changes import put_devices

        await put_devices(session, profile.id, wanted.devices)
