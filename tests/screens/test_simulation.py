"""Simulating an allocation by keys: copies, reasons, filter, export, and thousands of hosts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.screens.driving import opened, said, saved_to, until
from tests.screens.fake_images import NOW, places, simulation
from tests.screens.fakes import FakeEnclave
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.scheduling.model import Demand
from ticrypt_tui.backend.scheduling.placement import simulate
from ticrypt_tui.backend.services.setups.simulating import SetupSimulation
from ticrypt_tui.screens.dialogs.simulation import SimulationView
from ticrypt_tui.screens.verdicts import rows_of

SIZE = (120, 30)
RUN = ("setup.simulate", {"setup": "setup-gpu"})


async def simulated(pilot: Pilot[Any]) -> SimulationView:
    """Simulate the first setup of the tab; the view once its hosts are there."""
    await opened(pilot, "setups")
    await pilot.press("m")
    await until(pilot, lambda: isinstance(pilot.app.screen, SimulationView), "the simulation")
    view = pilot.app.screen
    assert isinstance(view, SimulationView)
    await until(pilot, lambda: view.table.counts.total, "its hosts")
    return view


def account(view: SimulationView) -> str:
    return str(view.query_one("#account", Static).render())


async def test_every_host_is_there_once_those_that_fit_first(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await simulated(pilot)
        assert [(row.name, row.rank) for row in view.table.rows] == [
            ("node03", 1), ("node01", 2), ("fleet-01", 0), ("node02", 0), ("node04", 0),
            ("node05", 0),
        ]  # fmt: skip
        sentences = {row.name: row.sentence for row in view.table.rows}
        assert sentences["node03"] == "chosen"
        assert sentences["node01"].startswith("fits; 0.26 dearer: cores")
        assert sentences["fleet-01"] == "is simulated"
        assert "cores short by 12 · memory short by 96 GiB · A100: 0 free" in sentences["node02"]
        assert sentences["node04"] == "state is no scheduler"
        assert "Simulate gpu-large ×1 in realm local" in said(pilot)
        assert "16 cores · 128 GiB · 1× A100 each · as of 14:05:31" in said(pilot)
        assert "1 more of these would fit now." in account(view)
        assert enclave.ran[-1] == RUN


async def test_plus_and_minus_place_another_number_of_copies(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await simulated(pilot)
        await pilot.press("plus")
        await until(pilot, lambda: "2 of 2 placed: node03, node01." in account(view))
        await pilot.press("plus")
        await until(pilot, lambda: "2 of 3 placed" in account(view))
        assert "What would make the next one fit:" in account(view)
        await pilot.press("minus", "minus", "minus", "minus")
        await until(pilot, lambda: "1 of 1 placed: node03." in account(view))
        assert enclave.ran[-1] == (RUN[0], {**RUN[1], "count": 1})


async def test_a_number_of_copies_is_typed(enclave: FakeEnclave, console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await simulated(pilot)
        await pilot.press("c", *"10001", "enter")
        await until(pilot, lambda: "Expected a number, 1 to 10,000." in said(pilot))
        view.query_one(Input).value = "250"
        await pilot.press("enter")
        await until(pilot, lambda: "2 of 250 placed" in account(view))
        assert "Simulate gpu-large ×250" in said(pilot)


async def test_while_one_is_under_way_only_the_last_number_that_was_asked_counts(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await simulated(pilot)
        gate = enclave.gates["setup.simulate"] = asyncio.Event()
        await pilot.press("plus")
        await until(pilot, lambda: "placing 2 in thought …" in said(pilot))
        await pilot.press(*["plus"] * 7)
        gate.set()
        await until(pilot, lambda: "2 of 9 placed" in account(view))
        asked = [given.get("count", 1) for name, given in enclave.ran if name == RUN[0]]
        assert asked == [1, 2, 9]


async def test_enter_tells_everything_of_one_host(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await simulated(pilot)
        await pilot.press("down", "down", "down", "enter")
        await until(pilot, lambda: "gpu-large on node02" in said(pilot))
        for line in (
            "60/64 used, 16 asked for", "480/512 GiB used, 128 GiB asked for",
            "2/2 used, 1 asked for", "cores short by 12", "memory short by 96 GiB",
            "A100: 0 free, 1 needed",
        ):  # fmt: skip
            assert line in said(pilot)


async def test_the_table_is_filtered_and_what_is_shown_exported(
    enclave: FakeEnclave, console: TicryptApp, tmp_path: Path
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await simulated(pilot)
        await pilot.press("slash", *"short", "enter")
        await until(pilot, lambda: view.table.counts.shown == 2)
        await pilot.press("x")
        await until(pilot, lambda: "Save to a file" in said(pilot))
        pilot.app.screen.query_one(Input).value = str(tmp_path / "it.csv")
        await pilot.press("enter")
        await saved_to(pilot, tmp_path / "it.csv")
        head, first, second = (tmp_path / "it.csv").read_text().splitlines()
        assert head == "#,HOST,STATE,CORES,MEM GiB,A100,TERMS,COST,VERDICT"
        assert first.startswith('–,node02,enabled,60/64,480/512,2/2,–,–,"cores short by 12 ·')
        assert second.startswith("–,node05,disabled,0/–,0/–,0/0,–,–,")
        await pilot.press("escape")
        assert view.table.counts.shown == 6
        await pilot.press("escape")
        assert not isinstance(pilot.app.screen, SimulationView)


async def test_what_goes_wrong_is_said_and_the_account_before_stays(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await simulated(pilot)
        enclave.answers["setup.simulate"] = Failed("The database is locked.")
        await pilot.press("plus")
        await until(pilot, lambda: "The database is locked." in said(pilot))
        await pilot.press("escape")
        assert view.table.counts.total == 6
        assert "Simulate gpu-large ×1" in said(pilot)
        enclave.answers["setup.simulate"] = simulation
        await pilot.press("plus")
        await until(pilot, lambda: "2 of 2 placed" in account(view))


async def test_what_forbids_a_start_whatever_the_hosts_have_is_told(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    notice = "Service VM ubuntu-keeper writes the volume: nothing would start."
    enclave.answers["setup.simulate"] = replace(simulation({}), notices=(notice,))
    async with console.run_test(size=SIZE) as pilot:
        view = await simulated(pilot)
        assert f"! {notice}" in account(view)


def large(arguments: Mapping[str, Any]) -> SetupSimulation:
    """An account of 5,000 hosts."""
    some = places()
    many = [
        replace(some[number % 6], id=f"host-{number}", name=f"node{number:04}")
        for number in range(5_000)
    ]
    found = simulate(Demand(16, 131072, {"A100": 1}), many, int(arguments.get("count", 1)))
    return SetupSimulation("gpu-large", "local", NOW, found, {})


async def test_thousands_of_hosts_are_ranked_and_moved_through(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    enclave.answers["setup.simulate"] = large
    async with console.run_test(size=SIZE) as pilot:
        view = await simulated(pilot)
        await until(pilot, lambda: view.table.counts.shown == 5_000)
        await pilot.press("end")
        await until(pilot, lambda: view.table.cursor_row and view.table.cursor_row.rank == 0)
        assert [row.rank for row in view.table.rows[:3]] == [1, 2, 3]


@pytest.mark.parametrize("name", ["\x1b[31mred", "[bold]", "a\nb"])
async def test_a_hostile_host_name_is_shown_harmless(
    enclave: FakeEnclave, console: TicryptApp, name: str
) -> None:
    hosts = [replace(places()[0], name=name)]
    found = simulate(Demand(16, 131072, {"A100": 1}), hosts, 1)
    enclave.answers["setup.simulate"] = SetupSimulation("g", "local", NOW, found, {})
    async with console.run_test(size=SIZE) as pilot:
        view = await simulated(pilot)
        assert "1 of 1 placed" in account(view)
        assert "\x1b" not in account(view)
        await pilot.press("enter")
        await until(pilot, lambda: "g on " in said(pilot))


def test_hosts_that_cost_the_same_keep_the_order_of_the_account() -> None:
    found = simulation({}).simulation
    assert [row.id for row in rows_of(found, {})] == [each.place.id for each in found.verdicts]
