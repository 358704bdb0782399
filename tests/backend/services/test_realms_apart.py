"""Realms never connect: nothing of one realm takes an object of another, whichever way round."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from tests.backend.play import PlayHost
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import NotFound, Refused
from ticrypt_tui.backend.store.tables.machines import HardwareSetup, VmImage

REALMS = {"lab": "Lab", "attic": "Attic"}
PAIRS = list(permutations(REALMS, 2))


@pytest.fixture(autouse=True)
async def both(enclave: Enclave, host: PlayHost) -> None:
    """An image and a setup in each realm, named after it."""
    for realm in REALMS:
        image = VmImage(realm_id=realm, name=f"image-{realm}", volume=f"{realm}.raw", os="linux")
        async with enclave.change() as session:
            session.add(image)
            await session.flush()
            session.add(
                HardwareSetup(
                    realm_id=realm, name=f"setup-{realm}", image_id=image.id, cores=1, memory_mib=64
                )
            )


def attempts(own: str, other: str) -> list[tuple[str, dict[str, Any]]]:
    """Every way in which something of one realm could take something of another."""
    image, setup = {"image": f"image-{own}"}, {"setup": f"setup-{own}"}
    volume = f"{other}/ticrypt-vm/{other}.raw"
    new = {"realm": own, "name": "new"}
    return [
        ("image.create", {**new, "volume": volume, "os": "linux"}),
        ("image.edit", {**image, "volume": volume}),
        ("image.edit", {**image, "realm": other}),
        ("image.clone", {**image, "name": "new", "volume": volume}),
        ("setup.create", {**new, "image": f"image-{other}", "cores": 1, "memory": 64}),
        ("setup.edit", {**setup, "image": f"image-{other}"}),
        ("setup.edit", {**setup, "realm": other}),
        ("setup.clone", {**setup, "name": "new", "image": f"image-{other}"}),
    ]


CASES = [(own, *attempt) for own, other in PAIRS for attempt in attempts(own, other)]


@pytest.mark.parametrize(("own", "operation", "arguments"), CASES)
async def test_what_is_of_another_realm_is_refused(
    enclave: Enclave, own: str, operation: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as refusal:
        await enclave.run(operation, arguments)
    assert not isinstance(refusal.value, NotFound)
    assert "realms never connect" in str(refusal.value).lower()
    assert REALMS[own] in str(refusal.value)
