"""What happens around the work of every operation: permission, preconditions, records, outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.backend.conftest import Opener, add_user
from ticrypt_tui.backend import operations, permissions
from ticrypt_tui.backend.caller import Caller, Role
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import (
    Ambiguous,
    AuditUnavailable,
    Failed,
    NotFound,
    Refused,
    WrongUse,
)
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.catalogue import every_operation
from ticrypt_tui.backend.store.tables.machines import VmImage


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Operations of these tests alone, and the list of what their work did."""
    did: list[str] = []
    registry = dict(every_operation())
    monkeypatch.setattr(operations, "REGISTRY", registry)

    def ready(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
        return "It is not ready." if arguments.get("word") == "unready" else ""

    @operation("test.work", Argument("word", required=False), says="Work.", preconditions=(ready,))
    async def work(call: Call, word: str = "") -> str:
        did.append(word)
        if word == "refuse":
            raise Refused("It will not have it.")
        if word == "fail":
            raise Failed("The disk is full.", "Free some space.")
        if word == "crash":
            raise ZeroDivisionError("by zero")
        if word == "hang":
            await asyncio.sleep(60)
        return f"did {word}"

    @operation("test.read", says="Read.", changes=False)
    async def read(call: Call) -> str:
        return "read"

    @operation("test.make", Argument("name"), says="Make an image.")
    async def make(call: Call, name: str) -> str:
        async with call.change() as session:
            image = VmImage(realm_id="lab", name=name, volume=name, os="linux")
            session.add(image)
            call.made(image.id)
        return image.id

    @operation("test.image", Argument("image", "object"), on="image", says="On an image.")
    async def on_image(call: Call, image: Any) -> str:
        return str(image.id)

    table = {**permissions.TABLE, **dict.fromkeys(registry.keys(), permissions.Need.ADMIN)}
    monkeypatch.setattr(permissions, "TABLE", table)
    return did


async def records(enclave: Enclave) -> list[tuple[str, str, str]]:
    """The records of this test's operations: what, how it ended, why."""
    every = await enclave.records()
    return [(r.operation, r.outcome, r.reason) for r in every if r.operation.startswith("test.")]


async def test_work_stands_between_the_record_of_its_attempt_and_of_its_outcome(
    enclave: Enclave, done: list[str]
) -> None:
    assert await enclave.run("test.work", {"word": "well"}) == "did well"
    assert await records(enclave) == [
        ("test.work", "attempted", ""),
        ("test.work", "done", ""),
    ]


async def test_both_records_bear_the_same_operation_id_and_the_arguments(
    enclave: Enclave, done: list[str]
) -> None:
    await enclave.run("test.work", {"word": "well"})
    first, second = (await enclave.records())[-2:]
    assert first.operation_id == second.operation_id
    assert first.detail == second.detail == {"word": "well"}


async def test_a_role_that_is_too_low_is_refused_and_recorded(
    open_enclave: Opener, enclave: Enclave, done: list[str]
) -> None:
    await add_user(enclave.database, "ulla", Role.USER)
    ulla = await open_enclave("ulla")
    with pytest.raises(Refused, match="needs the role admin; you are user"):
        await ulla.run("test.work", {})
    assert done == []
    assert [outcome for _, outcome, _ in await records(enclave)] == ["refused"]


async def test_a_precondition_that_does_not_hold_is_refused_and_recorded(
    enclave: Enclave, done: list[str]
) -> None:
    with pytest.raises(Refused, match="not ready"):
        await enclave.run("test.work", {"word": "unready"})
    assert done == []
    assert await records(enclave) == [("test.work", "refused", "It is not ready.")]


@pytest.mark.parametrize(
    ("word", "error", "outcome", "reason"),
    [
        ("refuse", Refused, "refused", "It will not have it."),
        ("fail", Failed, "failed", "The disk is full. Free some space."),
        ("crash", Failed, "failed", "ZeroDivisionError: by zero"),
    ],
)
async def test_work_that_does_not_succeed_leaves_its_reason(
    enclave: Enclave, done: list[str], word: str, error: type[Exception], outcome: str, reason: str
) -> None:
    with pytest.raises(error):
        await enclave.run("test.work", {"word": word})
    assert (await records(enclave))[-1] == ("test.work", outcome, reason)


async def test_an_error_that_nobody_foresaw_becomes_a_sentence(
    enclave: Enclave, done: list[str]
) -> None:
    with pytest.raises(Failed, match=r"test\.work failed unexpectedly: ZeroDivisionError"):
        await enclave.run("test.work", {"word": "crash"})


async def test_work_that_is_cancelled_leaves_an_outcome(enclave: Enclave, done: list[str]) -> None:
    running = asyncio.create_task(enclave.run("test.work", {"word": "hang"}))
    assert await enclave.until(lambda: _has_begun(done), 60)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await records(enclave))[-1][1:] == ("failed", "cancelled; it may have taken effect")


async def _has_begun(done: list[str]) -> bool:
    return bool(done)


async def test_a_console_that_closes_leaves_the_outcome_of_what_ran(
    open_enclave: Opener, enclave: Enclave, done: list[str]
) -> None:
    other = await open_enclave()
    running = asyncio.create_task(other.run("test.work", {"word": "hang"}))
    assert await other.until(lambda: _has_begun(done), 60)
    await other.close()
    assert (await records(enclave))[-1][1:] == ("failed", "cancelled; it may have taken effect")
    assert running.done()


async def test_reading_leaves_only_its_outcome(enclave: Enclave, done: list[str]) -> None:
    await enclave.run("test.read", {})
    assert await records(enclave) == [("test.read", "done", "")]


async def test_an_object_that_is_not_there_is_refused_and_recorded(
    enclave: Enclave, done: list[str]
) -> None:
    with pytest.raises(NotFound, match="There is no VM image ubuntu"):
        await enclave.run("test.image", {"image": "ubuntu"})
    assert await records(enclave) == [("test.image", "refused", "There is no VM image ubuntu.")]


async def test_a_name_that_several_bear_is_refused_with_their_ids(
    enclave: Enclave, done: list[str]
) -> None:
    async with enclave.change() as session:
        for realm in ("lab", "attic"):
            session.add(
                VmImage(id=f"image-{realm}", realm_id=realm, name="tiny", volume="v", os="linux")
            )
    with pytest.raises(Ambiguous, match="2 VM images are named tiny: image-attic, image-lab"):
        await enclave.run("test.image", {"image": "tiny"})
    assert (await records(enclave))[-1][1] == "refused"
    assert await enclave.run("test.image", {"image": "image-lab"}) == "image-lab"


async def test_what_changes_something_does_not_run_where_it_cannot_be_recorded(
    enclave: Enclave, done: list[str]
) -> None:
    enclave.settings.audit.file.unlink()
    enclave.settings.audit.file.mkdir()
    with pytest.raises(AuditUnavailable, match="Nothing was changed"):
        await enclave.run("test.work", {"word": "well"})
    assert done == []
    assert enclave.status.audit_fault


async def test_reading_goes_on_where_nothing_can_be_recorded(
    enclave: Enclave, done: list[str]
) -> None:
    enclave.settings.audit.file.unlink()
    enclave.settings.audit.file.mkdir()
    assert await enclave.run("test.read", {}) == "read"
    assert enclave.status.audit_fault


async def test_work_is_not_lost_where_its_outcome_cannot_be_recorded(
    enclave: Enclave, done: list[str]
) -> None:
    file = enclave.settings.audit.file

    @operation("test.breaks_the_log", says="Break the log.")
    async def breaks(call: Call) -> str:
        file.rename(file.with_suffix(".aside"))
        file.mkdir()
        return "broken"

    permissions.TABLE["test.breaks_the_log"] = permissions.Need.ADMIN
    assert await enclave.run("test.breaks_the_log", {}) == "broken"
    assert "audit" in enclave.status.audit_fault
    file.rmdir()
    file.with_suffix(".aside").rename(file)
    assert await enclave.audit.probe() == ""
    assert (await records(enclave))[-1][1] == "done"


async def test_a_last_change_commits_together_with_its_record(
    enclave: Enclave, done: list[str]
) -> None:
    made = await enclave.run("test.make", {"name": "tiny"})
    assert [row.id for row in (await enclave.listing("images")).rows] == [made]
    last = (await enclave.records())[-1]
    assert (last.outcome, last.target_id, last.target_name) == ("done", made, "tiny")


async def test_a_last_change_that_is_refused_leaves_nothing_but_the_refusal(
    enclave: Enclave, done: list[str]
) -> None:
    await enclave.run("test.make", {"name": "tiny"})
    with pytest.raises(Refused):
        await enclave.run("test.make", {"name": "tiny"})
    assert len((await enclave.listing("images")).rows) == 1
    outcomes = [outcome for _, outcome, _ in await records(enclave)]
    assert outcomes == ["attempted", "done", "attempted", "refused"]


async def test_a_read_only_console_changes_nothing_and_reads_everything(
    open_enclave: Opener, enclave: Enclave, done: list[str]
) -> None:
    session = enclave.settings.session.model_copy(update={"read_only": True})
    console = await open_enclave(session=session)
    assert await console.run("test.read", {}) == "read"
    with pytest.raises(Refused, match="read-only"):
        await console.run("test.work", {})
    assert done == []


async def test_a_role_that_was_taken_away_counts_at_once(
    open_enclave: Opener, enclave: Enclave, done: list[str]
) -> None:
    user_id = await add_user(enclave.database, "adam", Role.ADMIN)
    adam = await open_enclave("adam")
    await adam.run("test.work", {"word": "well"})
    async with enclave.change() as session:
        from ticrypt_tui.backend.store.tables.people import User

        user = await session.get_one(User, user_id)
        user.role = Role.USER
        session.add(user)
    with pytest.raises(Refused):
        await adam.run("test.work", {"word": "again"})
    assert done == ["well"]


async def test_an_operation_that_does_not_exist_is_wrong_use(enclave: Enclave) -> None:
    with pytest.raises(WrongUse, match=r"There is no operation host\.explode"):
        await enclave.run("host.explode", {})


def test_a_name_is_registered_once(done: list[str]) -> None:
    with pytest.raises(ValueError, match="registered twice"):
        operation("test.work", says="Again.")(lambda call: asyncio.sleep(0))
