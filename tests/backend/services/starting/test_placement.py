"""What no host of a realm could ever hold, told before it is saved."""

from __future__ import annotations

import pytest

from tests.backend.play import PlayHost
from tests.backend.services.launches import more_hosts, start
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.scheduling.model import Demand
from ticrypt_tui.backend.services.starting.placement import never_fits


@pytest.mark.parametrize(
    ("demand", "said"),
    [
        (Demand(65, 1), "node01: cores short by 1"),
        (Demand(1, 10**9), "node01: memory short by 999934464 MiB"),
        (Demand(1, 1, {"A100": 2}), "node01: A100: 0 free, 2 needed"),
    ],
)
async def test_what_no_host_could_ever_hold_is_told_with_the_numbers(
    enclave: Enclave, config: str, demand: Demand, said: str
) -> None:
    told = await never_fits(enclave, "lab", demand)
    assert told.startswith("No host of the realm could ever hold it: node01: ")
    assert said.split(": ", 1)[1] in told


async def test_what_one_host_could_hold_is_no_doubt_whatever_is_on_it_now(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await enclave.run("profile.edit", {"profile": "of node01", "cores": 1})
    await more_hosts(enclave, ["node02"], cores=1, memory="128 MiB")
    await start(enclave)
    host.fall()
    assert await never_fits(enclave, "lab", Demand(1, 192)) == ""


async def test_a_realm_without_hosts_or_profiles_holds_nothing(
    enclave: Enclave, host: PlayHost
) -> None:
    nothing = "No host of the realm could hold it: "
    assert await never_fits(enclave, "attic", Demand(1, 1)) == f"{nothing}it has no hosts."
    assert await never_fits(enclave, "lab", Demand(1, 1)) == (
        f"{nothing}none of its hosts has a hardware profile."
    )
