"""System services as the console has them: on a private bus, with a systemd that is played."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.backend.conftest import Opener, add_user
from tests.backend.units.play_bus import Play, daemon, played
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, NotFound, Refused, UnitFailed, WrongUse
from ticrypt_tui.backend.services.units import last_messages
from ticrypt_tui.backend.services.units.units import SystemServices
from ticrypt_tui.backend.units.restarting import Pace
from ticrypt_tui.backend.units.systemd import Systemd
from ticrypt_tui.config.settings import ServicesSettings

VM = "ticrypt-vm.service"
ENTRY = {"MESSAGE": "no disk left", "PRIORITY": "3", "SYSLOG_IDENTIFIER": "java", "__CURSOR": "c"}


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first listing waits for the last messages as long as a busy machine may take."""
    monkeypatch.setattr(last_messages, "PATIENCE", 60.0)


@pytest.fixture
def play() -> Play:
    return Play()


@pytest.fixture
def services(tmp_path: Path) -> ServicesSettings:
    (tmp_path / "vm.log").write_text("begun\nno memory left\n")
    return ServicesSettings(units=(VM,), logs={"old.service": tmp_path / "vm.log"})


@pytest.fixture
async def console(
    open_enclave: Opener, play: Play, services: ServicesSettings, tmp_path: Path
) -> AsyncIterator[Enclave]:
    """A console whose machine has that systemd, and a journal of one entry."""
    bus = daemon(tmp_path)
    opened = await open_enclave(services=services)
    script = f"import sys; print({json.dumps(ENTRY)!r})"
    async with played(bus.address, play):
        tab = tab_of(opened)
        tab.systemd = Systemd(bus.address, booted=tmp_path, pace=Pace(60, 0.01))
        tab.journalctl = (sys.executable, "-c", script)
        yield opened
        await tab.close()
    bus.die()


@pytest.fixture
async def bare(open_enclave: Opener, services: ServicesSettings, tmp_path: Path) -> Enclave:
    """A console whose machine has no systemd."""
    opened = await open_enclave(services=services)
    tab_of(opened).systemd = Systemd(booted=tmp_path / "nothing")
    return opened


def tab_of(enclave: Enclave) -> SystemServices:
    tab = enclave.services["services"]
    assert isinstance(tab, SystemServices)
    return tab


async def row(enclave: Enclave, name: str = VM) -> Any:
    return next(row for row in (await enclave.listing("services")).rows if row.name == name)


async def test_the_units_of_the_configuration_are_listed_and_no_other(console: Enclave) -> None:
    listing = await console.listing("services")
    assert [each.name for each in listing.rows] == [VM, "old.service"]
    assert listing.notices == ()


async def test_a_row_has_the_last_message_of_its_journal(console: Enclave) -> None:
    assert (await row(console)).last_message == "no disk left"


async def test_a_restart_that_succeeded_says_how_it_is_and_is_recorded(console: Enclave) -> None:
    said = await console.run("unit.restart", {"unit": VM})
    assert said.startswith(f"{VM} was restarted in ")
    assert said.endswith(": active (running).")
    attempted, done = (await console.records())[-2:]
    assert (attempted.outcome, done.outcome) == ("attempted", "done")
    assert (done.operation, done.target_name) == ("unit.restart", VM)


async def test_a_restart_that_failed_has_the_end_of_the_log(console: Enclave, play: Play) -> None:
    play.result = "failed"
    with pytest.raises(UnitFailed) as told:
        await console.run("unit.restart", {"unit": VM})
    assert told.value.lines == ("-  error    java: no disk left",)
    assert (await console.records())[-1].outcome == "failed"


async def test_a_refusal_by_polkit_is_recorded_as_one(console: Enclave, play: Play) -> None:
    play.refuses = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
    with pytest.raises(Refused, match="polkit"):
        await console.run("unit.restart", {"unit": VM})
    assert (await console.records())[-1].outcome == "refused"


async def test_a_unit_that_only_has_a_log_is_not_restarted(console: Enclave) -> None:
    with pytest.raises(Refused, match=r"not among \[services\] units"):
        await console.run("unit.restart", {"unit": "old.service"})


@pytest.mark.parametrize("name", ["sshd.service", "../x", "*", "--root=/", f"{VM};id", "\x1b[31m"])
async def test_what_the_configuration_does_not_name_is_not_even_asked_about(
    console: Enclave, play: Play, name: str
) -> None:
    for operation in ("unit.restart", "unit.logs"):
        with pytest.raises(NotFound, match="There is no system service"):
            await console.run(operation, {"unit": name})
    assert not [asked for asked in play.asked if asked.startswith("RestartUnit")]


async def test_another_name_of_a_unit_that_is_not_allowed_is_refused(
    console: Enclave, play: Play
) -> None:
    play.own_name = "ssh.service"
    with pytest.raises(Refused) as told:
        await console.run("unit.restart", {"unit": VM})
    assert str(told.value) == (
        f"{VM} is another name of ssh.service, which is not among [services] units."
    )


@pytest.mark.parametrize(
    ("load", "told"), [("not-found", "systemd knows no unit"), ("masked", "it is masked")]
)
async def test_a_unit_that_systemd_does_not_have_is_refused(
    console: Enclave, play: Play, load: str, told: str
) -> None:
    play.load = load
    assert (await row(console)).state == load
    with pytest.raises(Refused, match=told):
        await console.run("unit.restart", {"unit": VM})


@pytest.mark.parametrize("role", [Role.USER, Role.SUB_ADMIN, Role.ADMIN])
async def test_nobody_below_a_super_admin_sees_or_restarts_anything(
    console: Enclave, open_enclave: Opener, role: Role
) -> None:
    await add_user(console.database, "bob", role)
    bob = await open_enclave("bob")
    for attempt in (
        bob.listing("services"),
        bob.run("unit.restart", {"unit": VM}),
        bob.run("unit.logs", {"unit": VM}),
    ):
        with pytest.raises(Refused, match="needs the role super-admin"):
            await attempt


async def test_its_logs_are_the_journal_by_level(console: Enclave) -> None:
    logs = await console.run("unit.logs", {"unit": VM})
    assert [log.title for log in logs] == ["journal", "notices", "warnings", "errors"]
    assert [log.in_another for log in logs] == [False, True, True, True]
    assert await logs[0].last(1 << 20) == b"-  error    java: no disk left\n"


async def test_who_opens_its_logs_is_on_record(console: Enclave) -> None:
    await console.run("unit.logs", {"unit": VM})
    (record,) = (await console.records())[-1:]
    assert (record.operation, record.outcome) == ("unit.logs", "done")
    assert (record.login, record.target_name) == ("mara", VM)


async def test_of_one_level_there_is_one_log(console: Enclave) -> None:
    (log,) = await console.run("unit.logs", {"unit": VM, "level": "error", "since": "2h"})
    assert log.title == "error and worse"
    assert log.journal.since is not None


@pytest.mark.parametrize("since", ["yesterday", "-1h", "0s", "--since", "2026-13-01", "99999999d"])
async def test_a_moment_that_is_none_is_refused(console: Enclave, since: str) -> None:
    with pytest.raises(WrongUse, match="is not a moment"):
        await console.run("unit.logs", {"unit": VM, "since": since})


async def test_without_systemd_the_tab_says_why_and_lists_what_is_configured(
    bare: Enclave, tmp_path: Path
) -> None:
    listing = await bare.listing("services")
    assert (await row(bare)).state == (await row(bare, "old.service")).state == "not known"
    assert listing.notices == (
        f"This machine was not started by systemd: there is no {tmp_path}/nothing. "
        "There is no journal; 1 of 2 have a log file.",
    )


async def test_without_systemd_nothing_is_restarted(bare: Enclave) -> None:
    with pytest.raises(Refused, match="was not started by systemd"):
        await bare.run("unit.restart", {"unit": VM})


async def test_without_systemd_log_files_are_read_and_followed(
    bare: Enclave, tmp_path: Path
) -> None:
    (log,) = await bare.run("unit.logs", {"unit": "old.service"})
    assert (await row(bare, "old.service")).last_message == "no memory left"
    follow = log.follow()
    assert await anext(follow) == b"begun\nno memory left\n"
    with (tmp_path / "vm.log").open("a") as file:
        file.write("more\n")
    assert await anext(follow) == b"more\n"
    await follow.aclose()


@pytest.mark.parametrize(
    "moment",
    ["2026-11-23 11:48:31.074+0000: ", "2026-11-23T11:48:31Z ", "[2026-11-23 11:48:31,074] ", ""],
)
async def test_the_last_line_of_a_log_file_is_shown_without_its_moment(
    bare: Enclave, tmp_path: Path, moment: str
) -> None:
    (tmp_path / "vm.log").write_text(f"{moment}no memory since 2026-11-23 11:00:00 here\n")
    said = (await row(bare, "old.service")).last_message
    assert said == "no memory since 2026-11-23 11:00:00 here"


async def test_without_systemd_and_a_log_file_there_is_nothing_to_open(bare: Enclave) -> None:
    with pytest.raises(Refused, match="It has no file in"):
        await bare.run("unit.logs", {"unit": VM})


async def test_a_log_file_that_is_not_there_is_told(bare: Enclave, tmp_path: Path) -> None:
    (log,) = await bare.run("unit.logs", {"unit": "old.service"})
    (tmp_path / "vm.log").unlink()
    with pytest.raises(Failed, match=r"There is no .*vm\.log"):
        await log.last(10)


async def test_where_the_bus_is_not_there_the_journal_still_is(
    console: Enclave, tmp_path: Path
) -> None:
    tab_of(console).systemd = Systemd(f"unix:path={tmp_path}/gone", booted=tmp_path)
    (notice,) = (await console.listing("services")).notices
    assert notice == (
        "The system bus of this machine cannot be reached: No such file or directory. "
        "Their journals can be read; 1 of 2 have a log file."
    )
    assert len(await console.run("unit.logs", {"unit": VM})) == 4
