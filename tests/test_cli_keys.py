"""`ticrypt-tui keys`, as people type it."""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

import pexpect
import pytest

from tests.said import Command, Said
from ticrypt_tui.backend.drives import key_file
from ticrypt_tui.backend.drives.key_ring import KeyRing
from ticrypt_tui.cli import main
from ticrypt_tui.config import locations

PASSPHRASE = "correct horse battery"
QUICK = 4


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs commands in a home of their own, whose keys take no second to open."""
    monkeypatch.setenv(locations.VARIABLE, str(tmp_path / "ticrypt-tui.toml"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(KeyRing.create, "__defaults__", (QUICK,))

    def run(*words: str, passphrase: str | None = None) -> Said:
        reading, writing = os.pipe()
        os.write(writing, f"{passphrase}\n".encode())
        os.close(writing)
        more = () if passphrase is None else ("--passphrase-fd", str(reading))
        capsys.readouterr()
        try:
            code = main([*words, *more])
        finally:
            os.close(reading)
        printed = capsys.readouterr()
        return Said(code, printed.out, printed.err)

    assert run("init", "--data", str(tmp_path / "data")).code == 0
    return run


@pytest.fixture
def fingerprint(command: Command) -> str:
    """The one of the caller's key, which is made and registered."""
    made = command("keys", "new", passphrase=PASSPHRASE)
    assert made.code == 0, made.err
    return str(command("keys", "show", "--json").json["fingerprint"])


def test_without_a_key_it_says_how_to_make_one(command: Command) -> None:
    said = command("keys", "show")

    assert (said.code, "ticrypt-tui keys new" in said.err) == (3, True)
    assert "key: you have none" in command("doctor").out


def test_a_new_key_is_registered_and_shown(command: Command, fingerprint: str) -> None:
    said = command("keys", "show", "--json").json

    assert said["state"] == "registered"
    assert said["age_recipient"].startswith("age1pq1")
    assert f"key: {fingerprint}, registered" in command("doctor").out


def test_a_second_new_one_is_refused(command: Command, fingerprint: str) -> None:
    said = command("keys", "new", passphrase=PASSPHRASE)

    assert (said.code, fingerprint in said.err) == (3, True)


def test_a_key_takes_another_s_place_where_that_is_said(
    command: Command, fingerprint: str, tmp_path: Path
) -> None:
    said = command("keys", "new", "--replace", passphrase=PASSPHRASE)

    assert (said.code, fingerprint in said.out) == (0, True)
    assert command("keys", "show", "--json").json["fingerprint"] != fingerprint
    assert len(list((tmp_path / "home/ticrypt-tui/keys").glob("*.age"))) == 2


def test_a_short_passphrase_leaves_everything_as_it_is(command: Command, fingerprint: str) -> None:
    said = command("keys", "new", "--replace", passphrase="short")

    assert (said.code, "at least 8" in said.err) == (3, True)
    assert command("keys", "show", "--json").json["fingerprint"] == fingerprint


def test_a_key_whose_registration_failed_is_registered_by_the_same_command(
    command: Command, fingerprint: str, tmp_path: Path
) -> None:
    """Such as where the database did not answer any more: no second key is made."""
    said = command("init", "--data", str(tmp_path / "elsewhere"))
    configuration = tmp_path / "ticrypt-tui.toml"
    configuration.write_text(
        configuration.read_text().replace(str(tmp_path / "data"), str(tmp_path / "elsewhere"))
    )
    assert command("init").code == said.code == 0

    assert "not registered" in command("keys", "show").out
    assert command("keys", "new").code == 0
    assert command("keys", "show", "--json").json["fingerprint"] == fingerprint


def test_a_lost_key_file_is_told_before_a_new_one_is_made(
    command: Command, fingerprint: str, tmp_path: Path
) -> None:
    (tmp_path / "home/ticrypt-tui/keys/identity.age").unlink()

    said = command("keys", "new", passphrase=PASSPHRASE)

    assert (said.code, f"{fingerprint} is registered for you" in said.err) == (3, True)
    assert command("keys", "new", "--replace", passphrase=PASSPHRASE).code == 0


def test_everyone_s_fingerprints_are_listed_and_compared(
    command: Command, fingerprint: str
) -> None:
    (mine,) = command("keys", "list", "--json").json

    assert (mine["fingerprint"], mine["trust"]) == (fingerprint, "verified")
    assert fingerprint in command("keys", "list").out
    assert command("keys", "verify", mine["login"], "X7QK-2M9D").code == 3
    assert command("keys", "verify", mine["login"], fingerprint).code == 0
    assert command("keys", "verify", mine["login"]).code == 2
    assert command("keys", "verify").code == 2


def test_a_lost_pin_file_is_told_until_a_person_begins_it_anew(
    command: Command, fingerprint: str, tmp_path: Path
) -> None:
    assert command("keys", "verify", "--anew").code == 3
    (tmp_path / "home/ticrypt-tui/keys/pins.json").unlink()

    assert "pins.json is missing" in command("doctor").out
    listed = command("keys", "list")
    assert (listed.code, fingerprint in listed.out) == (3, True)
    assert command("keys", "verify", "--anew").code == 0
    assert command("keys", "list").code == 0


def test_nothing_secret_is_in_what_it_leaves_behind(
    command: Command, fingerprint: str, tmp_path: Path
) -> None:
    identity = key_file.read(tmp_path / "home/ticrypt-tui/keys/identity.age", PASSPHRASE)
    command("keys", "new", "--replace", passphrase=PASSPHRASE)
    command("run", "user.register_key", "--public_key", PASSPHRASE[:7])
    command("doctor")
    seed = bytes(identity._seed)
    forms = (seed, seed.hex().encode(), base64.b64encode(seed)[:-2], bytes(identity.written),
             PASSPHRASE.encode())  # fmt: skip

    left = [each for each in tmp_path.rglob("*") if each.is_file()]

    assert len(left) > 8
    assert [each for each in left if any(form in each.read_bytes() for form in forms)] == []


def test_without_a_terminal_it_says_how_a_passphrase_gets_in(command: Command) -> None:
    said = command("keys", "new")

    assert (said.code, "--passphrase-fd" in said.err) == (2, True)


def test_a_descriptor_that_is_not_open_is_told(command: Command) -> None:
    said = command("keys", "new", "--passphrase-fd", "123")

    assert (said.code, "Descriptor 123 gives no passphrase" in said.err) == (2, True)


@pytest.mark.slow(seconds=6)
def test_a_passphrase_is_typed_twice_and_never_shown(command: Command) -> None:
    console = pexpect.spawn(
        sys.executable, ["-m", "ticrypt_tui", "keys", "new"], encoding="utf-8", timeout=180
    )
    console.expect("New passphrase: ")
    console.sendline(PASSPHRASE)
    console.expect("The same again: ")
    console.sendline(PASSPHRASE)
    console.expect(pexpect.EOF)
    console.close()

    assert (console.exitstatus, PASSPHRASE in str(console.before)) == (0, False)
    assert command("keys", "show", "--json").json["state"] == "registered"


def test_two_passphrases_that_differ_make_nothing(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter(["correct horse", "correct house"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))

    said = command("keys", "new")

    assert (said.code, "not the same" in said.err) == (2, True)
    assert command("keys", "show").code == 3
