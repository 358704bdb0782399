"""A service VM on the image that the configuration `tiny` has, too; and a drive."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost
from tests.backend.services.drive_play import GENOME, give_flash, give_key
from ticrypt_tui.backend.enclave import Enclave

KEEPER = {"service_vm": "keeper"}
WANTED = {"realm": "lab", "name": "keeper", "image": "tiny", "cores": 1, "memory": "192 MiB"}


@pytest.fixture
async def keeper(enclave: Enclave, config: str) -> str:
    """The ID of the service VM `keeper`, which is off."""
    made: str = await enclave.run("service_vm.create", WANTED)
    return made


@pytest.fixture
async def keeper_on(enclave: Enclave, keeper: str) -> str:
    """The ID of the VM that `keeper` is: it is on."""
    await enclave.run("service_vm.power_up", KEEPER)
    vm_id: str = (await keeper_row(enclave)).run.id
    return vm_id


@pytest.fixture
async def other(open_enclave: Opener, keeper: str) -> Enclave:
    """Another console, whose host has the same volume."""
    return await other_console(open_enclave)


@pytest.fixture
async def flash(enclave: Enclave, host: PlayHost) -> PlayHost:
    """The host, with a pool of the tier `flash`; the super-admin has a key, which is unlocked."""
    await give_flash(enclave)
    host.give_pool("fast")
    await give_key(enclave)
    return host


@pytest.fixture
async def genome(enclave: Enclave, flash: PlayHost) -> str:
    """The ID of the super-admin's drive `genome`."""
    made: str = await enclave.run("drive.create", GENOME)
    return made


async def keeper_row(enclave: Enclave) -> Any:
    """The row of the service VM."""
    return next(row for row in (await enclave.listing("service")).rows if row.name == "keeper")


async def other_console(open_enclave: Opener, login: str = "") -> Enclave:
    """Another console, whose host has the same volume."""
    opened = await (open_enclave(login) if login else open_enclave())
    await opened.settled()
    host_of(opened).give_volume("tiny.qcow2")
    host_of(opened).give_pool()
    return opened
