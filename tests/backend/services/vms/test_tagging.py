"""Setting a running VM's project: only upward, and with both paths where that is refused."""

from __future__ import annotations

import asyncio

import pytest

from tests.backend.conftest import Opener
from tests.backend.play import PlayHost, domain
from tests.backend.services.belonging import populate
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import NotFound, Refused
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.store.tables.people import Project, ProjectMember


@pytest.fixture
async def vm(enclave: Enclave, host: PlayHost, config: str) -> str:
    """The ID of a running VM without a project, in an enclave with projects."""
    await populate(enclave)
    started: str = await enclave.run("config.start", {"config": config})
    return started


async def tag(enclave: Enclave, vm: str, project: str | None, owner: str | None = None) -> None:
    """Let a VM be in a project, however it came there."""
    async with enclave.change() as session:
        row = await session.get_one(Vm, vm)
        row.project_id = f"project-{project}" if project else None
        row.owner_id = owner or row.owner_id
        session.add(row)


async def row_of(enclave: Enclave, vm: str) -> RunningVm:
    found = await enclave.find("vm", vm)
    assert isinstance(found, RunningVm)
    return found


@pytest.mark.parametrize("project", ["genomics", "trial-7", "arm-b", "imaging"])
async def test_an_untagged_vm_may_go_to_any_project(
    enclave: Enclave, vm: str, project: str
) -> None:
    await enclave.run("vm.set_project", {"vm": vm, "project": project})
    assert (await row_of(enclave, vm)).project.endswith(project)


@pytest.mark.parametrize(
    ("present", "wanted", "allowed"),
    [
        ("trial-7", "genomics", True),
        ("arm-b", "trial-7", True),
        ("arm-b", "genomics", True),
        ("genomics", "trial-7", False),
        ("trial-7", "arm-b", False),
        ("trial-7", "imaging", False),
        ("arm-b", "imaging", False),
    ],
)
async def test_it_is_allowed_if_and_only_if_the_present_one_is_below_the_new_one(
    enclave: Enclave, vm: str, present: str, wanted: str, allowed: bool
) -> None:
    await tag(enclave, vm, present)
    run = enclave.run("vm.set_project", {"vm": vm, "project": wanted})
    if allowed:
        await run
        assert (await row_of(enclave, vm)).project_id == f"project-{wanted}"
    else:
        with pytest.raises(Refused):
            await run
        assert (await row_of(enclave, vm)).project_id == f"project-{present}"


async def test_a_refusal_shows_both_paths_and_where_it_may_go(enclave: Enclave, vm: str) -> None:
    await tag(enclave, vm, "arm-b")
    with pytest.raises(Refused) as refusal:
        await enclave.run("vm.set_project", {"vm": vm, "project": "imaging"})
    assert refusal.value.sentence == "genomics/trial-7/arm-b is not below imaging."
    assert refusal.value.remedy == "A VM can only move up: to genomics/trial-7, genomics."


async def test_the_same_project_again_is_no_change(enclave: Enclave, vm: str) -> None:
    await tag(enclave, vm, "trial-7")
    with pytest.raises(Refused, match="It is in genomics/trial-7 already"):
        await enclave.run("vm.set_project", {"vm": vm, "project": "trial-7"})


async def test_a_project_is_not_cleared(enclave: Enclave, vm: str) -> None:
    await tag(enclave, vm, "trial-7")
    with pytest.raises(Refused, match="A VM's project is not cleared here"):
        await enclave.run("vm.set_project", {"vm": vm, "project": ""})


async def test_from_the_top_there_is_nowhere_to_go(enclave: Enclave, vm: str) -> None:
    await tag(enclave, vm, "imaging")
    row = await row_of(enclave, vm)
    assert "imaging is at the top" in enclave.why_not("vm.set_project", row)


async def test_a_circle_of_parents_is_survived(enclave: Enclave, vm: str) -> None:
    async with enclave.change() as session:
        top = await session.get_one(Project, "project-genomics")
        top.parent_id = "project-trial-7"
        session.add(top)
    await tag(enclave, vm, "trial-7")
    await enclave.run("vm.set_project", {"vm": vm, "project": "genomics"})
    assert (await row_of(enclave, vm)).project_id == "project-genomics"


async def test_a_project_that_is_not_there_is_said_so(enclave: Enclave, vm: str) -> None:
    with pytest.raises(NotFound, match="There is no project ghost"):
        await enclave.run("vm.set_project", {"vm": vm, "project": "ghost"})


async def test_the_record_and_the_vms_events_say_from_where_to_where(
    enclave: Enclave, vm: str
) -> None:
    await tag(enclave, vm, "trial-7")
    said = await enclave.run("vm.set_project", {"vm": vm, "project": "genomics"})
    assert said == "tiny is in genomics now, was in genomics/trial-7"
    attempted, done = (await enclave.records())[-2:]
    assert (attempted.outcome, done.outcome) == ("attempted", "done")
    assert (done.detail["was"], done.detail["now"]) == ("genomics/trial-7", "genomics")
    events = (await enclave.detail("running", vm)).sections[-1].lines
    assert events[-1].endswith("project set: genomics/trial-7 → genomics, by mara")


async def test_its_configuration_keeps_its_own_project(
    enclave: Enclave, vm: str, config: str
) -> None:
    await enclave.run("vm.set_project", {"vm": vm, "project": "genomics"})
    assert (await enclave.find("config", config)).project == "Unlocked"


async def test_a_vm_that_has_ended_keeps_its_project(enclave: Enclave, vm: str) -> None:
    await enclave.run("vm.shutdown", {"vm": vm})
    with pytest.raises(Refused, match="It has ended already: shut down by admin"):
        await enclave.run("vm.set_project", {"vm": vm, "project": "genomics"})


async def test_what_the_store_does_not_know_has_no_project(
    enclave: Enclave, host: PlayHost, vm: str
) -> None:
    stranger = "1b1c52b5-0000-4000-8000-000000000001"
    host.show(domain(stranger))

    async def seen() -> bool:
        return any(row.id == stranger for row in (await enclave.listing("running")).rows)

    assert await enclave.until(seen, 60)
    with pytest.raises(Refused, match="It is unknown to the store"):
        await enclave.run("vm.set_project", {"vm": stranger, "project": "genomics"})


async def test_below_an_admin_one_moves_ones_own_into_ones_own_projects(
    enclave: Enclave, open_enclave: Opener, vm: str
) -> None:
    bob = await open_enclave("bob")
    with pytest.raises(Refused, match="It is not yours; you are user"):
        await bob.run("vm.set_project", {"vm": vm, "project": "imaging"})
    await tag(enclave, vm, "trial-7", owner="user-bob")
    with pytest.raises(Refused, match="You are not in project genomics"):
        await bob.run("vm.set_project", {"vm": vm, "project": "genomics"})
    async with enclave.change() as session:
        session.add(ProjectMember(project_id="project-genomics", user_id="user-bob"))
    await bob.run("vm.set_project", {"vm": vm, "project": "genomics"})
    assert (await row_of(enclave, vm)).project == "genomics"


async def test_of_two_who_set_it_at_once_the_second_is_held_to_what_it_is_by_then(
    enclave: Enclave, open_enclave: Opener, vm: str
) -> None:
    other = await open_enclave()
    results = await asyncio.gather(
        enclave.run("vm.set_project", {"vm": vm, "project": "imaging"}),
        other.run("vm.set_project", {"vm": vm, "project": "trial-7"}),
        return_exceptions=True,
    )
    refused = [each for each in results if isinstance(each, Refused)]
    assert len(refused) == 1
    assert "is not below" in str(refused[0])


async def test_also_from_the_top_a_refusal_shows_both_paths(enclave: Enclave, vm: str) -> None:
    await tag(enclave, vm, "imaging")
    with pytest.raises(Refused, match=r"imaging is not below genomics/trial-7\. Nothing is above"):
        await enclave.run("vm.set_project", {"vm": vm, "project": "trial-7"})
    with pytest.raises(Refused, match="It is in imaging already"):
        await enclave.run("vm.set_project", {"vm": vm, "project": "imaging"})


async def test_a_project_may_be_named_by_its_path(enclave: Enclave, vm: str) -> None:
    await tag(enclave, vm, "arm-b")
    await enclave.run("vm.set_project", {"vm": vm, "project": "genomics/trial-7"})
    assert (await row_of(enclave, vm)).project_id == "project-trial-7"
