"""Realms never connect: nothing of one realm takes an object of another, whichever way round."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from tests.backend.play import PlayHost
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import NotFound, Refused
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.infrastructure import (
    HardwareProfile,
    Host,
    HostState,
    StoragePool,
)
from ticrypt_tui.backend.store.tables.machines import (
    HardwareSetup,
    ServiceVm,
    VmConfiguration,
    VmImage,
)

REALMS = {"lab": "Lab", "attic": "Attic"}
URIS = {"lab": "play://new", "attic": "qemu:///new"}
PAIRS = list(permutations(REALMS, 2))


@pytest.fixture(autouse=True)
async def both(enclave: Enclave, host: PlayHost) -> None:
    """One of everything in each realm, named after it."""
    async with enclave.change() as session:
        for realm in REALMS:
            await add_one_of_everything(session, realm, enclave.caller.user_id)


async def add_one_of_everything(session: AsyncSession, realm: str, owner_id: str) -> None:
    """A profile, host, pool and drive; an image, its setup, a configuration, and a service VM."""
    of: dict[str, Any] = {"realm_id": realm}
    sized = of | {"cores": 1, "memory_mib": 64}
    image = VmImage(name=f"image-{realm}", volume=f"{realm}.raw", os="linux", **of)
    session.add_all([image, HardwareProfile(name=f"profile-{realm}", **sized)])
    await session.flush()
    setup = HardwareSetup(name=f"setup-{realm}", image_id=image.id, **sized)
    service = ServiceVm(name=f"service-{realm}", image_id=image.id, **sized)
    off = of | {"state": HostState.DISABLED}
    session.add_all([setup, service, Host(name=f"host-{realm}", uri=f"play://{realm}", **off)])
    pool = StoragePool(name=f"pool-{realm}", tier="flash", target=f"/srv/{realm}", **of)
    session.add(pool)
    await session.flush()
    kept: dict[str, Any] = {
        "pool_id": pool.id,
        "volume": f"{realm}.luks",
        "format": "EXT4",
        "state": "detached",
    }
    session.add(Drive(id=f"drv-{realm}", name=f"drive-{realm}", owner_id=owner_id, **kept, **of))
    made_of = of | {"setup_id": setup.id, "owner_id": owner_id}
    session.add(VmConfiguration(name=f"config-{realm}", **made_of))


def attempts(own: str, other: str) -> list[tuple[str, dict[str, Any]]]:
    """Every way in which something of one realm could take something of another."""
    image, setup = {"image": f"image-{own}"}, {"setup": f"setup-{own}"}
    host, service = {"host": f"host-{own}"}, {"service_vm": f"service-{own}"}
    volume = f"{other}/ticrypt-vm/{other}.raw"
    new = {"realm": own, "name": "new"}
    size = {"cores": 1, "memory": 64}
    return [
        ("host.create", {**new, "uri": URIS[own], "profile": f"profile-{other}"}),
        ("host.edit", {**host, "profile": f"profile-{other}"}),
        ("host.edit", {**host, "realm": other}),
        ("pool.create", {**new, "tier": "flash", "target": "/srv/new", "hosts": f"host-{other}"}),
        ("pool.edit", {"pool": f"pool-{own}", "hosts": f"host-{other}"}),
        ("pool.edit", {"pool": f"pool-{own}", "realm": other}),
        ("image.create", {**new, "volume": volume, "os": "linux"}),
        ("image.edit", {**image, "volume": volume}),
        ("image.edit", {**image, "realm": other}),
        ("image.clone", {**image, "name": "new", "volume": volume}),
        ("setup.create", {**new, **size, "image": f"image-{other}"}),
        ("setup.edit", {**setup, "image": f"image-{other}"}),
        ("setup.edit", {**setup, "realm": other}),
        ("setup.clone", {**setup, "name": "new", "image": f"image-{other}"}),
        ("config.edit", {"config": f"config-{own}", "setup": f"setup-{other}"}),
        ("config.edit", {"config": f"config-{own}", "drives": f"drive-{other}:ro"}),
        ("config.create", {"name": "new", **setup, "drives": f"drive-{other}"}),
        ("service_vm.create", {**new, **size, "image": f"image-{other}"}),
        ("service_vm.create", {**new, **size, "image": f"image-{own}", "host": f"host-{other}"}),
        ("service_vm.edit", {**service, "image": f"image-{other}"}),
        ("service_vm.edit", {**service, "host": f"host-{other}"}),
    ]


CASES = [(own, *attempt) for own, other in PAIRS for attempt in attempts(own, other)]


@pytest.mark.parametrize(("own", "operation", "arguments"), CASES)
async def test_what_is_of_another_realm_is_refused(
    enclave: Enclave, own: str, operation: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as refusal:
        await enclave.run(operation, arguments)
    assert not isinstance(refusal.value, NotFound)
    said = str(refusal.value)
    assert f"realm {REALMS[own]}" in said or f"realm, {REALMS[own]}" in said
