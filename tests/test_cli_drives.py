"""The passphrase of the operator's key on the command line: for what takes the key, and for that
alone."""

from __future__ import annotations

import os
import sys

import pexpect

from tests.said import Command
from tests.test_cli_keys import PASSPHRASE, command, fingerprint

__all__ = ["command", "fingerprint"]

CREATE = ("run", "drive.create", "--name", "mine", "--realm", "none", "--tier", "flash",
          "--size", "1 GiB", "--format", "EXT4")  # fmt: skip


def test_who_has_no_key_is_told_how_to_make_one(command: Command) -> None:
    said = command(*CREATE, passphrase=PASSPHRASE)

    assert (said.code, "ticrypt-tui keys new" in said.err) == (3, True)


def test_a_passphrase_that_does_not_fit_stops_it_before_it_begins(
    command: Command, fingerprint: str
) -> None:
    said = command(*CREATE, passphrase="not that one")

    assert (said.code, "realm" in said.err) == (3, False)


def test_one_that_fits_unlocks_the_key_and_the_operation_goes_on(
    command: Command, fingerprint: str
) -> None:
    said = command(*CREATE, passphrase=PASSPHRASE)

    assert (said.code, "There is no realm none" in said.err) == (3, True)


def test_what_takes_no_key_reads_no_passphrase(command: Command, fingerprint: str) -> None:
    said = command("run", "audit.verify", passphrase="not that one")

    assert said.code == 0, said.err


def test_on_a_terminal_it_is_asked_for_and_not_shown(command: Command, fingerprint: str) -> None:
    program = pexpect.spawn(
        sys.executable, ["-m", "ticrypt_tui", *CREATE], env=dict(os.environ), encoding="utf-8",
        timeout=180,
    )  # fmt: skip
    program.expect("Passphrase of your key: ")
    program.sendline(PASSPHRASE)
    program.expect(pexpect.EOF)
    program.close()

    shown = str(program.before)
    assert (program.exitstatus, "There is no realm none" in shown) == (3, True)
    assert PASSPHRASE not in shown
