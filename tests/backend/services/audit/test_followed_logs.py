"""Which log files are beside the audit log, and for whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backend.conftest import Opener, add_user
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.audit.followed_logs import followed_logs
from ticrypt_tui.config.settings import Settings


def titles(*paths: str) -> list[str]:
    return [log.title for log in followed_logs([Path(path) for path in paths], lambda: "")]


def test_a_file_has_its_own_name() -> None:
    assert titles("/var/log/ticrypt/audit.log", "/var/log/kern.log") == ["audit.log", "kern.log"]


def test_files_of_one_name_have_their_folders_name_too() -> None:
    found = titles("/var/log/ticrypt/audit.log", "/var/log/audit/audit.log", "/var/log/kern.log")
    assert found == ["ticrypt/audit.log", "audit/audit.log", "kern.log"]


def test_a_file_that_is_named_twice_is_there_once() -> None:
    assert titles("/var/log/kern.log", "/var/log/kern.log") == ["kern.log"]


async def test_who_may_not_see_the_audit_log_reads_and_searches_nothing(tmp_path: Path) -> None:
    (log,) = followed_logs([tmp_path / "kern.log"], lambda: "list audit needs the role admin.")
    with pytest.raises(Refused, match="list audit needs the role admin"):
        await anext(log.readings())
    with pytest.raises(Refused, match="list audit needs the role admin"):
        log.search()


async def test_who_loses_his_role_meanwhile_reads_no_more(tmp_path: Path) -> None:
    path, reason = tmp_path / "kern.log", ""
    path.write_text("one\n")
    (log,) = followed_logs([path], lambda: reason)
    readings = log.readings()
    assert (await anext(readings)).data == b"one\n"
    reason = "You are user."
    with pytest.raises(Refused):
        await anext(readings)
    await readings.aclose()


async def test_the_files_that_the_configuration_names_are_an_admins(
    settings: Settings, open_enclave: Opener, tmp_path: Path
) -> None:
    audit = settings.audit.model_copy(update={"follow": (tmp_path / "kern.log",)})
    enclave = await open_enclave(audit=audit)
    assert [log.title for log in enclave.followed] == ["kern.log"]
    await add_user(enclave.database, "ulla", Role.USER)
    with pytest.raises(Refused, match="list audit needs the role admin"):
        _ = (await open_enclave("ulla", audit=audit)).followed
