"""Fix VMs from its key to the store and back: the screen on a real enclave with played hosts."""

from __future__ import annotations

import pytest

from tests.backend.conftest import Opener, host_of
from tests.backend.services.fixing_play import (
    look_twice_at_once,
    runs,
    vanish,
    vm_of,
)
from tests.screens.driving import opened, said, until
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.store.tables.machines import VmEnd, VmState
from ticrypt_tui.screens.dialogs.fix_plan import FixPlan


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    look_twice_at_once(monkeypatch)


async def test_what_is_safe_and_what_got_a_yes_is_put_right_in_the_store(
    open_enclave: Opener,
) -> None:
    there: dict[str, str] = {}

    async def opener() -> Enclave:
        """A console on a VM that is said to be paused, and on one that is gone."""
        enclave = await open_enclave()
        await enclave.run("host.create", {"realm": "lab", "name": "node01", "uri": "play://node01"})
        await enclave.settled()
        host = host_of(enclave)
        there["paused"] = await runs(enclave, host, state=VmState.PAUSED)
        there["lost"] = await runs(enclave, host)
        vanish(host, there["lost"])
        return enclave

    app = TicryptApp(opener)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, "realms")
        screen.table.select("lab")
        await pilot.press("f")
        await until(pilot, lambda: "2 differences · 2 VMs checked" in said(pilot))
        view, enclave = app.screen, app.console_state.enclave
        assert isinstance(view, FixPlan)
        assert isinstance(enclave, Enclave)
        await pilot.press("down", "end", "space", "tab", "tab", "enter")
        await until(pilot, lambda: "2 done." in said(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: screen.by_id["lab"].last_vms is not None, "the realm's row")
        assert screen.by_id["lab"].last_vms.by == "mara"
        assert (await vm_of(enclave, there["paused"])).state is VmState.RUNNING
        assert (await vm_of(enclave, there["lost"])).end is VmEnd.LOST
