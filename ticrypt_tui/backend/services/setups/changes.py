"""Making, changing, copying and deleting hardware setups; what changes holds from a VM's next
start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.checks import (
    at_least_one,
    counts_of,
    of_realm,
    proper_counts,
    proper_name,
    refuse_namesake,
)
from ticrypt_tui.backend.services.editing import VERSION, as_read
from ticrypt_tui.backend.services.images.rules import stays_in_its_realm
from ticrypt_tui.backend.services.setups.rules import normal, not_used, proper_script, refuse_used
from ticrypt_tui.backend.services.setups.setups import SetupRow
from ticrypt_tui.backend.services.setups.warning import doubt
from ticrypt_tui.backend.store.tables.machines import HardwareSetup, SetupDevice, VmImage
from ticrypt_tui.config.devices import COUNT_EXAMPLE, DeviceCount
from ticrypt_tui.config.realm import RealmSettings

_MEMORY = "MiB, or with a unit, such as 4 GiB"
_DEVICES = f"kind:number, such as {COUNT_EXAMPLE}, separated by commas"
_VARIANTS = ("default", "beta")
_PROPER = (proper_name, at_least_one("cores", "memory"), proper_counts, proper_script)
_OPTIONS = (
    Argument("devices", "list", required=False, clears=True, says=f"{_DEVICES}; empty: none"),
    Argument("debug_pty", "flag", required=False, says="a serial console that an admin may open"),
    Argument("debug_console", "flag", required=False, says="a screen that an admin may open"),
    Argument("variant", "choice", required=False, choices=_VARIANTS),
    Argument(
        "startup_script", required=False, clears=True,
        says="run before the VM controller starts, by bash on Linux and PowerShell on Windows",
    ),
)  # fmt: skip
_OTHERWISE = (
    Argument("image", "object", required=False, says="an image of the same realm"),
    Argument("cores", "number", required=False),
    Argument("memory", "memory", required=False, says=_MEMORY),
    *_OPTIONS,
)


class Made(str):
    """The ID of a setup that was made, and what must be known of it."""

    warning = ""

    @property
    def sentence(self) -> str:
        """Both, for people."""
        return f"{self}\nWarning: {self.warning}" if self.warning else str(self)


@operation(
    "setup.create",
    Argument("realm", "object", says="a realm's ID or name"),
    Argument("name"),
    Argument("image", "object", says="an image of that realm"),
    Argument("cores", "number"),
    Argument("memory", "memory", says=_MEMORY),
    *_OPTIONS,
    says="Make a hardware setup.",
    preconditions=_PROPER,
)
async def create(call: Call, *, realm: str, **given: Any) -> Made:
    """Make a hardware setup; returns its ID, with a warning where no host could ever hold it."""
    return await _made(call, call.enclave.realm(realm), given)


@operation(
    "setup.clone",
    Argument("setup", "object", says="a hardware setup's ID or name"),
    Argument("name"),
    *_OTHERWISE,
    on="setup",
    says="Make a hardware setup like another one, but for what is given.",
    preconditions=_PROPER,
)
async def clone(call: Call, setup: SetupRow, **given: Any) -> Made:
    """Make a hardware setup like another one; returns its ID, with a warning as at `create`."""
    like = {
        "image": setup.image_id, "cores": setup.cores, "memory": setup.memory_mib,
        "devices": tuple(map(str, setup.devices)), "debug_pty": setup.debug_pty,
        "debug_console": setup.debug_console, "variant": setup.variant,
        "startup_script": setup.startup_script,
    }  # fmt: skip
    return await _made(call, call.enclave.realm(setup.realm_id), {**like, **given})


@operation(
    "setup.edit",
    Argument("setup", "object", says="a hardware setup's ID or name"),
    Argument("realm", "object", required=False, says="its own: a setup never moves to another"),
    Argument("name", required=False),
    *_OTHERWISE,
    VERSION,
    on="setup",
    says="Change a hardware setup; VMs that run are left as they are.",
    preconditions=(*_PROPER, stays_in_its_realm),
)
async def edit(call: Call, setup: SetupRow, *, version: int = 0, **changes: Any) -> str:
    """Change the fields that are given; gives the warning that no host could ever hold it, or ''.

    Raises `Changed` where somebody else was quicker.
    """
    changes.pop("realm", None)
    where = call.enclave.realm(setup.realm_id)
    asked = counts_of(changes["devices"]) if "devices" in changes else setup.devices
    cores, memory = changes.get("cores", setup.cores), changes.get("memory", setup.memory_mib)
    warning = await doubt(call.enclave, where, cores, memory, asked)
    _warned(call, warning)
    async with call.change() as session:
        found = await as_read(
            session, HardwareSetup, setup.id, setup.name, version or setup.version
        )
        if changes.get("name", found.name) != found.name:
            await refuse_namesake(session, HardwareSetup, "a setup", where, name=changes["name"])
        if "devices" in changes:
            await _put_devices(session, found.id, asked)
        found.sqlmodel_update(await _columns(session, where, changes))
        flag_modified(found, "cores")  # so that its version counts a change of its devices, too
        session.add(found)
    return f"Warning: {warning}" if warning else ""


@operation(
    "setup.delete",
    Argument("setup", "object", says="a hardware setup's ID or name"),
    on="setup",
    says="Delete a hardware setup that no configuration uses.",
    preconditions=(not_used,),
)
async def remove(call: Call, setup: SetupRow) -> str:
    """Delete a setup. Raises `Refused` with the names of the configurations that use it by now."""
    async with call.change() as session:
        found = await as_read(session, HardwareSetup, setup.id, setup.name, setup.version)
        await refuse_used(session, found.id)
        await session.delete(found)
    return f"{setup.name} is deleted"


async def _made(call: Call, realm: RealmSettings, given: Mapping[str, Any]) -> Made:
    asked = counts_of(given.get("devices"))
    warning = await doubt(call.enclave, realm, given["cores"], given["memory"], asked)
    _warned(call, warning)
    async with call.change() as session:
        await refuse_namesake(session, HardwareSetup, "a setup", realm, name=given["name"])
        setup = HardwareSetup(realm_id=realm.id, **await _columns(session, realm, given))
        session.add(setup)
        await session.flush()
        await _put_devices(session, setup.id, asked)
        call.made(setup.id)
    made = Made(setup.id)
    made.warning = warning
    return made


def _warned(call: Call, warning: str) -> None:
    if warning:
        call.detail["warning"] = warning


async def _columns(
    session: AsyncSession, realm: RealmSettings, given: Mapping[str, Any]
) -> dict[str, Any]:
    """What the arguments are in the table."""
    same = ("name", "cores", "debug_pty", "debug_console", "variant")
    columns = {key: given[key] for key in same if key in given}
    if "memory" in given:
        columns["memory_mib"] = given["memory"]
    if "startup_script" in given:
        columns["startup_script"] = normal(given["startup_script"] or "")
    if "image" in given:
        columns["image_id"] = (await of_realm(session, VmImage, "image", given["image"], realm)).id
    return columns


async def _put_devices(session: AsyncSession, setup_id: str, asked: Sequence[DeviceCount]) -> None:
    """Let a setup ask for these devices and no others."""
    await session.exec(delete(SetupDevice).where(col(SetupDevice.setup_id) == setup_id))
    session.add_all(
        SetupDevice(setup_id=setup_id, kind=each.kind, count=each.count) for each in asked
    )
