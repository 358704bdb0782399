"""The command line: the same operations, checks and records, with exit codes and JSON."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.said import Command, Said
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.machines import Vm, VmEvent
from ticrypt_tui.cli import main
from ticrypt_tui.config import locations

CONFIGURATION = """
[database]
url = "sqlite+aiosqlite:///{folder}/console.db"

[audit]
file = "{folder}/audit.jsonl"
heartbeat = "off"

[[realms]]
id = "lab"
name = "Lab"
"""
WORLD = """
<node>
  <domain type='test'><name>alpha</name><memory unit='MiB'>64</memory><os><type>hvm</type></os>
  </domain>
  <domain type='test'><name>beta</name><memory unit='MiB'>64</memory><os><type>hvm</type></os>
    <title>be&#xa0;[bold]ta</title></domain>
</node>
"""


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs commands on a configuration of their own, which is not made ready yet."""
    file = tmp_path / "mine.toml"
    file.write_text(CONFIGURATION.format(folder=tmp_path))
    monkeypatch.setenv(locations.VARIABLE, str(file))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def run(*words: str) -> Said:
        capsys.readouterr()
        code = main(words)
        printed = capsys.readouterr()
        return Said(code, printed.out, printed.err)

    return run


@pytest.fixture
def ready(command: Command) -> Command:
    assert command("init").code == 0
    return command


@pytest.fixture
def host(ready: Command, tmp_path: Path) -> str:
    """The URI of a play host with the domains alpha and beta, registered as `play`."""
    world = tmp_path / "world.xml"
    world.write_text(WORLD)
    uri = f"test://{world}"
    made = ready("run", "host.create", "--realm", "lab", "--name", "play", "--uri", uri)
    assert made.code == 0, made.err
    return uri


# Which configuration


def test_init_makes_the_database_and_the_first_super_admin(command: Command) -> None:
    said = command("init")
    assert said.code == 0
    assert "the first super-admin" in said.out
    assert command("list", "realms").code == 0


def test_a_second_init_changes_nothing(ready: Command) -> None:
    said = ready("init")
    assert (said.code, "super-admin" in said.out) == (0, False)


def test_init_writes_a_commented_configuration_that_works(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    said = command("init", "--config", str(file), "--data", str(tmp_path / "data"))
    assert said.code == 0, said.err
    assert file.read_text().startswith("# The configuration of ticrypt-tui")
    assert command("list", "realms", "--config", str(file)).code == 0


def test_the_first_super_admin_is_in_the_audit_log(ready: Command) -> None:
    assert "user.create  done  system" in ready("audit", "tail", "--once").out


@pytest.mark.parametrize("before", [True, False])
def test_the_configuration_may_be_named_before_or_after_the_command(
    ready: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    monkeypatch.delenv(locations.VARIABLE)
    named = ("--config", str(tmp_path / "mine.toml"))
    words = (*named, "list", "realms") if before else ("list", "realms", *named)
    assert ready(*words).code == 0


def test_the_demo_that_was_never_made_says_what_makes_it(ready: Command) -> None:
    said = ready("--demo", "list", "realms")
    assert (said.code, said.err) == (2, "There is no demo yet. `ticrypt-tui demo` makes it.\n")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[database]\nurl = 3\n", "database.url"),
        ("[datebase]\n", "datebase"),
        ("this is no TOML", "it is not TOML"),
    ],
)
def test_a_broken_configuration_names_the_file_and_the_key(
    ready: Command, tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "mine.toml").write_text(text)
    said = ready("list", "realms")
    assert said.code == 2
    assert said.err.startswith(f"{tmp_path}/mine.toml: ")
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_a_database_that_is_not_there_points_at_init(command: Command) -> None:
    said = command("list", "realms")
    assert (said.code, "`ticrypt-tui init` makes it" in said.err) == (1, True)


def test_a_database_that_is_newer_than_the_program_is_refused(
    ready: Command, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "console.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    said = ready("list", "realms")
    assert (said.code, "is newer (revision 9999)" in said.err) == (1, True)


# Listing


def test_a_tab_is_printed_in_the_columns_of_its_screen(ready: Command, host: str) -> None:
    lines = ready("list", "running").out.splitlines()
    assert lines[0].startswith("NAME ")
    assert lines[1].startswith("alpha ")
    assert lines[2].startswith("be\u00a0[bold]ta ")


def test_a_tab_is_printed_as_json(ready: Command, host: str) -> None:
    said = ready("list", "running", "--json").json
    assert [row["name"] for row in said["rows"]] == ["alpha", "be\u00a0[bold]ta"]
    assert said["rows"][0]["known"] is False


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("alpha", ["alpha"]),
        ("!alpha", ["be\u00a0[bold]ta"]),
        ("host:play name:bold", ["be\u00a0[bold]ta"]),
    ],
)
def test_a_tab_is_filtered_as_on_the_screen(
    ready: Command, host: str, wanted: str, names: list[str]
) -> None:
    rows = ready("list", "running", "--filter", wanted, "--json").json["rows"]
    assert [row["name"] for row in rows] == names


def test_a_filter_that_cannot_be_understood_is_wrong_use(ready: Command, host: str) -> None:
    said = ready("list", "running", "--filter", "colour:red")
    assert (said.code, "There is no column colour" in said.err) == (2, True)


def test_a_tab_without_a_screen_is_printed_with_all_its_fields(ready: Command, host: str) -> None:
    out = ready("list", "hosts").out
    assert "URI" in out
    assert host in out


def test_a_tab_that_does_not_exist_is_wrong_use(ready: Command) -> None:
    assert ready("list", "frobs").code == 2


def test_hostile_text_is_printed_harmlessly(ready: Command) -> None:
    said = ready("list", "\x1b[2J")
    assert "\x1b" not in said.err
    assert "\\u{1b}[2J" in said.err


# Running operations


def test_run_alone_lists_the_operations_with_their_arguments(ready: Command) -> None:
    out = ready("run").out
    assert "vm.shutdown" in out
    assert "--vm [--force]" in out


def test_the_operations_are_listed_as_json(ready: Command) -> None:
    every = {each["name"]: each for each in ready("run", "--json").json}
    assert [each["name"] for each in every["vm.shutdown"]["arguments"]] == ["vm", "force"]


def test_an_operation_runs_and_prints_what_it_gives_back(ready: Command) -> None:
    said = ready("run", "realm.view_config", "--realm", "lab")
    assert said.code == 0
    assert 'name = "Lab"' in said.out


def test_its_object_may_stand_without_the_arguments_name(ready: Command, host: str) -> None:
    said = ready("run", "vm.shutdown", "alpha")
    assert said.code == 0
    assert said.out.startswith("alpha ended: gone from its host")


def test_an_operations_own_argument_config_is_not_the_configuration(ready: Command) -> None:
    said = ready("run", "config.start", "--config", "tiny")
    assert (said.code, said.err) == (3, "There is no VM configuration tiny.\n")


def test_licensing_servers_are_printed_as_the_csv_that_their_tab_writes(ready: Command) -> None:
    given = ("--address", "192.0.2.10", "--ports", "1717", "--protocol", "tcp")
    assert ready("run", "license.create", "--name", "=1", *given).code == 0
    heading, row = ready("run", "license.export").out.removesuffix("\n").split("\n")
    assert heading.startswith("NAME,ADDRESS,PORTS")
    assert row.startswith("'=1,192.0.2.10,1717,tcp,active,no host")


def test_a_result_is_printed_as_json(ready: Command) -> None:
    assert ready("run", "audit.verify", "--json").json["result"]["first_bad"] == 0


async def add_past_vm(url: str) -> None:
    """A VM that has ended, on a host that is gone."""
    database = await Database.open(url)
    async with database.write() as session:
        session.add(Vm(id="vm-1", realm_id="lab", name="it", cores=1, memory_mib=64, ended=now()))
        await session.flush()
        session.add(VmEvent(vm_id="vm-1", what="placed", detail="node\x1b[2J"))
    await database.close()


def test_logs_are_printed_with_their_titles_and_why_not(ready: Command, tmp_path: Path) -> None:
    asyncio.run(add_past_vm(f"sqlite+aiosqlite:///{tmp_path}/console.db"))
    said = ready("run", "vm.logs", "--vm", "it")
    titles = [line for line in said.out.splitlines() if line.startswith("== ")]
    assert titles == ["== events", "== serial console", "== qemu"]
    assert "placed: node\\u{1b}[2J" in said.out
    assert "(The host is not contacted. No copy was kept on this machine.)" in said.out


def test_a_dangerous_operation_asks_for_the_name(ready: Command, host: str) -> None:
    said = ready("run", "vm.shutdown", "--vm", "alpha", "--force")
    assert said.code == 2
    assert said.err == "vm.shutdown asks for the object's name. Give --yes to go without.\n"
    assert ready("run", "vm.shutdown", "--vm", "alpha", "--force", "--yes").code == 0


def test_a_dangerous_operation_goes_on_only_with_the_right_name(
    ready: Command, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        os.write(ours, b"beta\n")
        said = ready("run", "vm.shutdown", "--vm", "alpha", "--force")
        assert (said.code, "That is not its name; nothing was done." in said.err) == (3, True)
        os.write(ours, b"alpha\n")
        assert ready("run", "vm.shutdown", "--vm", "alpha", "--force").code == 0
    os.close(ours)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("run", "host.explode"), 2, "There is no operation host.explode."),
        (("run", "profile.create", "--realm", "lab"), 2, "profile.create needs the argument name."),
        (("run", "audit.verify", "--colour", "red"), 2, "audit.verify takes no argument --colour."),
        (("run", "audit.verify", "red"), 2, "red stands without an argument's name."),
        (("run", "vm.shutdown", "--vm"), 2, "--vm needs a value."),
        (("run", "vm.shutdown", "--vm", "ghost"), 3, "There is no VM ghost."),
        (("frob",), 2, "No such command 'frob'."),
        (("list",), 2, "Missing argument 'TAB'."),
    ],
)
def test_what_cannot_be_done_has_its_sentence_and_its_exit_code(
    ready: Command, words: tuple[str, ...], code: int, sentence: str
) -> None:
    said = ready(*words)
    assert (said.code, said.err.startswith(sentence)) == (code, True), said.err
    assert said.out == ""


def test_with_json_errors_are_json_on_standard_error(ready: Command) -> None:
    said = ready("run", "vm.shutdown", "--vm", "ghost", "--json")
    assert json.loads(said.err) == {
        "error": "NotFound", "sentence": "There is no VM ghost.", "remedy": "", "exit_code": 3,
    }  # fmt: skip


def test_work_that_fails_ends_with_1(ready: Command, tmp_path: Path) -> None:
    text = (tmp_path / "audit.jsonl").read_text()
    (tmp_path / "audit.jsonl").write_text(text.replace("user.create", "user.erased"))
    said = ready("audit", "verify")
    assert (said.code, said.err.startswith("The audit log is broken at record 1")) == (1, True)


# The audit log


def test_the_audit_log_is_verified(ready: Command) -> None:
    said = ready("audit", "verify")
    assert (said.code, said.out) == (0, "Records 1 to 1 are unbroken, and the file has the same.\n")


def test_the_tail_prints_records_as_json_lines(ready: Command) -> None:
    out = ready("audit", "tail", "--once", "--json").out
    assert json.loads(out)["action"] == "user.create"


def test_the_export_is_the_file(ready: Command, tmp_path: Path) -> None:
    before = (tmp_path / "audit.jsonl").read_text()
    assert ready("audit", "export").out.startswith(before)


def test_the_export_as_csv_has_a_heading(ready: Command) -> None:
    assert ready("audit", "export", "--format", "csv").out.startswith("seq,at,operation,")


# The doctor


def test_the_doctor_finds_all_well(ready: Command, host: str) -> None:
    said = ready("doctor")
    assert said.code == 0
    subjects = [line.removeprefix("ok").strip().split(":")[0] for line in said.out.splitlines()]
    wanted = ["configuration", "database", "caller", "host play", "audit log", "key"]
    assert subjects == wanted


def test_the_doctor_says_which_host_does_not_answer(
    ready: Command, host: str, tmp_path: Path
) -> None:
    (tmp_path / "world.xml").unlink()
    fresh = [sys.executable, "-m", "ticrypt_tui", "doctor"]  # a process that has no world yet
    said = subprocess.run(fresh, capture_output=True, text=True, timeout=180, check=False)
    assert said.returncode == 1
    assert "FAULT  host play: unreachable." in said.stdout


def test_the_doctor_says_what_is_wrong_with_the_database(command: Command) -> None:
    said = command("doctor", "--json")
    assert said.code == 1
    last = said.json[-1]
    assert (last["subject"], last["remedy"]) == ("database", "`ticrypt-tui init` makes it.")


def test_the_doctor_says_what_is_wrong_with_the_configuration(
    ready: Command, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text("[database]\nurl = 3\n")
    said = ready("doctor")
    assert (said.code, said.out.startswith("FAULT  configuration: ")) == (1, True)
