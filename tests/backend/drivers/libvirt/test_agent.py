"""A guest's agent is asked and never trusted: it belongs to the guest."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from tests.backend.drivers.conftest import domain_xml
from ticrypt_tui.backend.drivers.base import GuestRun
from ticrypt_tui.backend.drivers.libvirt import agent
from ticrypt_tui.backend.drivers.libvirt.agent import SHOWN_OF_OUTPUT, Agents, NoAgent
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost
from ticrypt_tui.backend.errors import Failed, NotFound, Refused

HostAt = Callable[[str], LibvirtHost]


class Guest:
    """Stands in a line's place, and answers what a test has it answer."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.gate: asyncio.Event | None = None

    async def act(self, work: object, seconds: float, what: str) -> str:
        self.asked += 1
        if self.gate:
            await self.gate.wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def agents(guest: Guest) -> Agents:
    return Agents(guest)  # type: ignore[arg-type]


def returns(**values: Any) -> str:
    return json.dumps({"return": values})


def ended(**values: Any) -> Guest:
    return Guest(returns(pid=7), returns(exited=False), returns(exited=True, **values))


def encoded(data: bytes) -> str:
    return b64encode(data).decode()


async def test_a_program_ends_with_its_code_and_both_its_outputs() -> None:
    told = {"out-data": encoded(b"restarted\n"), "err-data": encoded(b"\xff")}
    ran = await agents(ended(exitcode=3, **told)).run("uuid", ["/bin/controller", "restart"], 5)
    assert ran == GuestRun(3, "restarted\n", r"\xff")


async def test_a_program_that_a_signal_ended_has_it_below_zero() -> None:
    assert await agents(ended(signal=9)).run("uuid", ["x"], 5) == GuestRun(-9, "", "")


async def test_a_long_output_is_cut_and_says_so() -> None:
    data = {"out-data": encoded(b"x" * (SHOWN_OF_OUTPUT + 1)), "out-truncated": True}
    ran = await agents(ended(exitcode=0, **data)).run("uuid", ["x"], 5)
    assert ran.output.startswith("x" * SHOWN_OF_OUTPUT)
    assert ran.output.endswith("[the first 65536 of at least 65537 bytes]")


async def test_a_program_that_does_not_end_is_left_and_said_to_run_on() -> None:
    never = Guest(returns(pid=7), returns(exited=False))
    with pytest.raises(Failed, match=r"/bin/x did not end within 0\.2 s\. It may still run"):
        await agents(never).run("uuid", ["/bin/x"], 0.2)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        "null",
        '{"return": 7}',
        '{"error": {}}',
        "[" * 100_000,
        returns(),
        returns(pid="7"),
        returns(pid=None),
    ],
)
async def test_an_answer_that_is_none_is_a_fault_in_words(answer: str) -> None:
    with pytest.raises(Failed, match="cannot be understood"):
        await agents(Guest(answer)).run("uuid", ["x"], 5)


@pytest.mark.parametrize(
    "values",
    [{}, {"exitcode": "0"}, {"signal": [9]}, {"exitcode": 0, "out-data": "é"}],
)
async def test_an_end_that_is_none_is_a_fault_in_words(values: dict[str, Any]) -> None:
    with pytest.raises(Failed, match="cannot be understood"):
        await agents(ended(**values)).run("uuid", ["x"], 5)


async def test_an_agent_that_answers_is_there_and_one_that_does_not_is_not() -> None:
    assert await agents(Guest(returns())).answers("uuid")
    assert not await agents(Guest(NoAgent("The guest has no agent."))).answers("uuid")


async def test_what_is_wrong_with_the_host_is_told() -> None:
    with pytest.raises(NotFound):
        await agents(Guest(NotFound("There is no such domain."))).answers("uuid")


async def test_an_agent_that_hangs_is_given_up_and_not_asked_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(agent, "ANSWERS_WITHIN", 0.1)
    guest = Guest(returns())
    guest.gate = asyncio.Event()
    asked = agents(guest)
    assert not await asked.answers("uuid")
    assert not await asked.answers("uuid")
    assert guest.asked == 1
    guest.gate.set()
    assert await asked.answers("uuid")


async def test_a_simulated_host_has_no_agents_and_says_so(
    host_at: HostAt, world: Callable[..., str]
) -> None:
    host = host_at(world(domain_xml("vm-1")))
    (seen,) = await host.domains()
    for asked in (host.agent_answers(seen.uuid), host.run_in_guest(seen.uuid, ["x"])):
        with pytest.raises(Refused, match="node1 is simulated and its VMs have no guest agents"):
            await asked
