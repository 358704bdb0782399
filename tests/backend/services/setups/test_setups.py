"""Hardware setups: what they ask for, what they must not hold, and who uses them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.backend.conftest import Opener, add_user
from tests.backend.play import PlayHost
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Changed, NotFound, Refused, WrongUse

LAB = {"realm": "lab"}
SETUP = {**LAB, "name": "small", "image": "tiny", "cores": 2, "memory": "2 GiB"}
SCRIPT = "#!/bin/bash\nset -e\n\tmount /data\n"
CARDS = "A100@42:00.0,A100@0000:41:00.0"


@pytest.fixture(autouse=True)
async def tiny(enclave: Enclave, host: PlayHost) -> str:
    """The ID of an image that setups may have."""
    wanted = {**LAB, "name": "tiny", "volume": "tiny.qcow2", "os": "linux"}
    made: str = await enclave.run("image.create", wanted)
    return made


@pytest.fixture
async def room(enclave: Enclave) -> None:
    """A host with 8 cores, 16 GiB and two A100."""
    wanted = {**LAB, "name": "gpu", "cores": 8, "memory": "16 GiB", "devices": CARDS}
    await enclave.run("profile.create", wanted)
    await enclave.run("host.edit", {"host": "node01", "profile": "gpu"})


async def setup(enclave: Enclave, name: str = "small") -> Any:
    return await enclave.find("setup", name)


async def made(enclave: Enclave, **changes: Any) -> Any:
    await enclave.run("setup.create", {**SETUP, **changes})
    return await setup(enclave, changes.get("name", "small"))


async def test_it_holds_what_it_was_given(enclave: Enclave) -> None:
    row = await made(
        enclave, devices="T4:1,A100:2", debug_pty="yes", variant="beta", startup_script=SCRIPT
    )
    assert (row.cores, row.memory_mib, row.variant) == (2, 2048, "beta")
    assert [str(each) for each in row.devices] == ["A100:2", "T4:1"]
    assert (row.debug_pty, row.debug_console, row.debug) == (True, False, True)
    assert (row.startup_script, row.script_kind) == (SCRIPT, "bash")


async def test_the_kind_of_its_script_follows_its_image(enclave: Enclave, host: PlayHost) -> None:
    host.give_volume("win11")
    await enclave.run("image.create", {**LAB, "name": "w", "volume": "win11"})
    assert (await made(enclave, image="w")).script_kind == "PowerShell"


async def test_debug_is_off_unless_it_is_asked_for(enclave: Enclave) -> None:
    assert not (await made(enclave)).debug


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"cores": 0}, "cores must be at least 1, not 0."),
        ({"cores": 2**31}, "cores must be at most 2147483647."),
        ({"memory": "0"}, "memory must be at least 1, not 0."),
        ({"memory": "9000 TiB"}, "memory must be at most 2147483647."),
        ({"devices": "A100:0"}, "a kind and how many, 1 to 999, such as A100:2"),
        ({"devices": "A100:1,A100:2"}, "each kind once; A100 is there twice"),
        ({"devices": "A\x1b:1"}, "a kind such as A100"),
        ({"variant": "old"}, "variant is one of default, beta, not 'old'."),
        ({"name": "x" * 300}, "A name has 1 to 200 printable characters"),
        ({"name": "a\x00"}, "A name has 1 to 200 printable characters"),
        ({"image": "ghost"}, "There is no VM image ghost."),
        ({"startup_script": "echo\n\x1b[2J"}, "Line 2 has the control character U+001B"),
        ({"startup_script": "a\x00"}, "Line 1 has the control character U+0000"),
        ({"startup_script": "a \u202e b"}, "Line 1 has the control character U+202E"),
        ({"startup_script": "a\rb"}, "Line 1 has the control character U+000D"),
        ({"startup_script": "x" * 65537}, "has at most 65,536 characters, not 65,537."),
    ],
)
@pytest.mark.parametrize("operation", ["setup.create", "setup.edit", "setup.clone"])
async def test_what_does_not_fit_is_refused_in_plain_words(
    enclave: Enclave, operation: str, changes: dict[str, Any], sentence: str
) -> None:
    await made(enclave)
    given: dict[str, Any] = {"setup": "small", "name": "other"}
    if operation == "setup.create":
        given = {**SETUP, "name": "other"}
    with pytest.raises((Refused, WrongUse)) as refusal:
        await enclave.run(operation, {**given, **changes})
    assert sentence in str(refusal.value)
    assert [row.name for row in (await enclave.listing("setups")).rows] == ["small"]


async def test_lines_that_end_as_on_windows_are_taken(enclave: Enclave) -> None:
    assert (await made(enclave, startup_script="a\r\nb")).startup_script == "a\nb"


# Too large for any host


async def test_what_no_host_could_ever_hold_is_saved_with_a_warning(
    enclave: Enclave, room: None
) -> None:
    said = await enclave.run("setup.create", {**SETUP, "memory": 10**9, "devices": "A100:4"})
    assert "No host of the realm could ever hold it: node01:" in said.warning
    assert said.sentence.startswith(f"{said}\nWarning: ")
    record = [each for each in await enclave.records() if each.operation == "setup.create"][-1]
    assert record.detail["warning"] == said.warning
    row = await setup(enclave)
    assert row.memory_mib == 10**9
    sections = (await enclave.detail("setups", row.id)).sections
    assert said.warning in {line for each in sections for line in each.lines}


async def test_an_edit_warns_too(enclave: Enclave, room: None) -> None:
    assert (await enclave.run("setup.create", SETUP)).warning == ""
    assert await enclave.run("setup.edit", {"setup": "small", "cores": 8}) == ""
    assert "No host of the realm could ever" in await enclave.run(
        "setup.edit", {"setup": "small", "cores": 9}
    )


async def test_it_is_said_before_it_is_saved(enclave: Enclave, room: None) -> None:
    fits = {**LAB, "cores": 8, "memory": "16 GiB", "devices": "A100:2"}
    assert (await enclave.run("setup.test", fits)).doubt == ""
    answer = await enclave.run("setup.test", {**fits, "devices": "V100:1"})
    assert "No host of the realm could ever hold it" in answer.doubt
    nothing = await enclave.run("setup.test", {**fits, "realm": "attic"})
    assert nothing.doubt == "No host of the realm could hold it: it has no hosts."


# Editing, copying, deleting


async def test_an_edit_changes_what_it_is_given_and_nothing_else(enclave: Enclave) -> None:
    await made(enclave, devices="A100:2", startup_script=SCRIPT, debug_console="yes")
    await enclave.run("setup.edit", {"setup": "small", "cores": 4, "name": "large"})
    row = await setup(enclave, "large")
    assert (row.cores, row.memory_mib, row.startup_script) == (4, 2048, SCRIPT)
    assert (len(row.devices), row.debug_console) == (1, True)


async def test_an_empty_value_takes_away_devices_and_script(enclave: Enclave) -> None:
    await made(enclave, devices="A100:2", startup_script=SCRIPT)
    await enclave.run("setup.edit", {"setup": "small", "devices": "", "startup_script": ""})
    row = await setup(enclave)
    assert (row.devices, row.startup_script) == ((), "")


async def test_a_change_of_devices_alone_is_a_change_that_others_are_told_of(
    enclave: Enclave, open_enclave: Opener
) -> None:
    read = await made(enclave)
    other = await open_enclave()
    await other.run("setup.edit", {"setup": "small", "devices": "A100:1"})
    with pytest.raises(Changed):
        await enclave.run("setup.edit", {"setup": read.id, "cores": 3, "version": read.version})


async def test_a_copy_is_the_same_but_for_what_is_given(enclave: Enclave) -> None:
    await made(enclave, devices="A100:2", startup_script=SCRIPT, debug_pty="yes")
    wanted = {"setup": "small", "name": "copy", "cores": 5, "debug_pty": "no"}
    await enclave.run("setup.clone", wanted)
    row = await setup(enclave, "copy")
    assert (row.cores, row.memory_mib, row.startup_script, row.debug) == (5, 2048, SCRIPT, False)
    assert [str(each) for each in row.devices] == ["A100:2"]
    assert (await setup(enclave)).cores == 2


async def test_a_copy_has_a_name_of_its_own(enclave: Enclave) -> None:
    await made(enclave)
    with pytest.raises(Refused, match="Realm Lab has a setup with the name small already"):
        await enclave.run("setup.clone", {"setup": "small", "name": "small"})


async def test_a_setup_that_a_configuration_uses_is_not_deleted_and_that_is_named(
    enclave: Enclave,
) -> None:
    await made(enclave)
    await enclave.run("config.create", {"name": "genome-7", "setup": "small"})
    row = await setup(enclave)
    assert row.configs == ("genome-7",)
    assert enclave.why_not("setup.delete", row) == "1 configuration uses it: genome-7."
    with pytest.raises(Refused, match="1 configuration uses it: genome-7"):
        await enclave.run("setup.delete", {"setup": "small"})


async def test_a_setup_that_nothing_uses_is_deleted(enclave: Enclave) -> None:
    await made(enclave, devices="A100:2")
    await enclave.run("setup.delete", {"setup": "small"})
    with pytest.raises(NotFound):
        await setup(enclave)


async def test_a_setup_is_not_deleted_under_a_configuration_that_is_made_at_the_same_moment(
    enclave: Enclave, open_enclave: Opener
) -> None:
    row = await made(enclave)
    other = await open_enclave()
    await asyncio.gather(
        enclave.run("setup.delete", {"setup": row.id}),
        other.run("config.create", {"name": "genome-7", "setup": row.id}),
        return_exceptions=True,
    )
    setups, configs = [(await enclave.listing(tab)).rows for tab in ("setups", "configs")]
    assert len(setups) == len(configs)


async def test_two_setups_with_one_name_at_the_same_moment_are_one(
    enclave: Enclave, open_enclave: Opener
) -> None:
    other = await open_enclave()
    said = await asyncio.gather(
        enclave.run("setup.create", SETUP), other.run("setup.create", SETUP),
        return_exceptions=True,
    )  # fmt: skip
    assert [isinstance(each, Refused) for each in said].count(True) == 1
    assert len((await enclave.listing("setups")).rows) == 1


async def test_below_an_admin_nobody_sees_or_makes_one(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await made(enclave)
    await add_user(enclave.database, "ulla", Role.SUB_ADMIN)
    ulla = await open_enclave("ulla")
    for tab in ("setups", "images"):
        with pytest.raises(Refused, match="needs the role admin; you are sub-admin"):
            await ulla.listing(tab)
    for operation in ("setup.delete", "setup.edit", "setup.simulate"):
        with pytest.raises(Refused, match="needs the role admin; you are sub-admin"):
            await ulla.run(operation, {"setup": "small"})
