"""How hosts that the console does not contact stand with the list of licensing servers."""

from __future__ import annotations

from tests.backend.play import PlayHost
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.services.licensing.states import states_of, summary


async def test_a_disabled_host_does_not_have_the_list_and_is_told_why(
    enclave: Enclave, host: PlayHost
) -> None:
    await enclave.run("host.change_state", {"host": "node01", "state": "disabled"})
    await enclave.settled()
    (state,) = await states_of(enclave)
    assert (state.name, summary([state])) == ("node01", "not applied")
    assert state.why.startswith("It is not contacted")


async def test_a_simulated_host_that_is_not_contacted_is_left_out_as_any_simulated_one(
    enclave: Enclave,
) -> None:
    enclave.drivers["lab"] = driver("libvirt")
    played = {"realm": "lab", "name": "played", "uri": "test:///default", "state": "disabled"}
    await enclave.run("host.create", played)
    await enclave.settled()
    assert await states_of(enclave) == ()
