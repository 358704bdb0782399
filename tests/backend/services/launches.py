"""What tests of starts share: a start, more to start, and more hosts to start it on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import select

from tests.backend.conftest import give_room, host_of
from tests.backend.play import PlayHost
from ticrypt_tui.backend.enclave import Enclave


async def stored(enclave: Enclave, table: Any) -> list[Any]:
    async with enclave.database.read() as session:
        return list(await session.exec(select(table)))


async def start(enclave: Enclave, name: str = "tiny") -> str:
    vm_id: str = await enclave.run("config.start", {"config": name})
    return vm_id


async def another(enclave: Enclave, name: str, **more: Any) -> str:
    """One more configuration that is made like the first."""
    await enclave.run("config.create", {"name": name, "setup": "tiny", **more})
    return name


async def more_hosts(enclave: Enclave, names: Sequence[str], **room: object) -> list[PlayHost]:
    made = []
    for name in names:
        await enclave.run("host.create", {"realm": "lab", "name": name, "uri": f"play://{name}"})
        await enclave.settled()
        made.append(host_of(enclave, name))
        made[-1].give_pool()
        made[-1].give_volume("tiny.qcow2")
        await give_room(enclave, name, **room)
    return made
