"""The store's VMs are read again after a commit, and what did not change keeps its row."""

from __future__ import annotations

import asyncio

import pytest
from sqlmodel import col, update

from tests.backend.conftest import Opener
from tests.backend.play import PlayHost, domain
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.store.tables.machines import Vm, VmState


@pytest.fixture
async def vms(enclave: Enclave, host: PlayHost) -> list[str]:
    """The IDs of two running VMs that no configuration made."""
    made = [
        Vm(realm_id="lab", name=name, cores=1, memory_mib=64, state=VmState.RUNNING)
        for name in ("first", "second")
    ]
    async with enclave.database.write() as session:
        session.add_all(made)
    return [vm.id for vm in made]


async def rename(enclave: Enclave, vm_id: str, name: str) -> None:
    async with enclave.database.write() as session:
        await session.exec(update(Vm).where(col(Vm.id) == vm_id).values(name=name))


async def test_a_commit_of_something_else_leaves_all_as_it_was(
    enclave: Enclave, vms: list[str]
) -> None:
    rows = await enclave.stored_vms.rows()
    assert list(rows) == vms
    other = {"realm": "lab", "name": "half", "cores": 1, "memory": "1 GiB"}
    await enclave.run("profile.create", other)
    assert await enclave.stored_vms.rows() is rows
    assert await enclave.stored_vms.rows(anew=True) is rows


async def test_the_store_is_not_asked_again_without_a_commit(
    enclave: Enclave, vms: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def quiet() -> bool:
        version = enclave.database.version
        await asyncio.sleep(0.6)
        return version == enclave.database.version

    assert await enclave.until(quiet, 60)
    rows = await enclave.stored_vms.rows()
    monkeypatch.setattr(enclave.database, "read", None)
    assert await enclave.stored_vms.rows() is rows


async def test_after_a_commit_only_what_changed_has_another_row(
    enclave: Enclave, vms: list[str]
) -> None:
    before = await enclave.stored_vms.rows()
    await rename(enclave, vms[1], "renamed")
    after = await enclave.stored_vms.rows()
    assert after[vms[0]] is before[vms[0]]
    assert (before[vms[1]].name, after[vms[1]].name) == ("second", "renamed")


async def test_a_vm_that_ended_is_gone(enclave: Enclave, vms: list[str]) -> None:
    await enclave.stored_vms.rows()
    async with enclave.database.write() as session:
        await session.exec(update(Vm).where(col(Vm.id) == vms[0]).values(ended=col(Vm.created)))
    assert list(await enclave.stored_vms.rows()) == vms[1:]


async def test_another_consoles_commit_is_shown_once_it_is_heard_of(
    enclave: Enclave, vms: list[str], open_enclave: Opener
) -> None:
    await enclave.listing("running")
    await rename(await open_enclave(), vms[0], "renamed")

    async def shown() -> bool:
        names = {row.name for row in (await enclave.listing("running")).rows}
        return "renamed" in names

    assert await enclave.until(shown, 60)


async def test_an_operation_finds_a_vm_as_it_is_though_no_word_of_it_came(
    enclave: Enclave, vms: list[str], open_enclave: Opener
) -> None:
    await enclave.listing("running")
    await rename(await open_enclave(), vms[0], "renamed")
    assert (await enclave.find("vm", "renamed")).id == vms[0]


async def test_a_domain_that_the_store_knows_since_a_moment_is_not_told_as_unknown(
    enclave: Enclave, host: PlayHost, open_enclave: Opener
) -> None:
    await enclave.listing("running")
    other = await open_enclave()
    vm = Vm(realm_id="lab", name="new", cores=1, memory_mib=64, state=VmState.RUNNING)
    async with other.database.write() as session:
        session.add(vm)
    host.show(domain(vm.id))

    async def seen() -> bool:
        return bool(enclave.sightings()[host.address.host_id].domains)

    assert await enclave.until(seen, 60)
    assert [row.known for row in await enclave.services["running"].current()] == [True]
