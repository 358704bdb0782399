"""`ticrypt-tui demo`: the embedded enclave, opened, checked, made anew, or stopped."""

from __future__ import annotations

import sys

import click

from ticrypt_tui.backend.errors import WrongUse
from ticrypt_tui.commands.session import Choices, configured, finished
from ticrypt_tui.terminal import terminal_fault
from ticrypt_tui.text import shown


@click.command("demo")
@configured
@click.option("--check", is_flag=True, help="Test every part of it, without a terminal.")
@click.option("--reset", is_flag=True, help="Start it anew.")
@click.option("--stop", is_flag=True, help="End what it started.")
def command(choices: Choices, check: bool, reset: bool, stop: bool) -> int:
    """Make, if need be, and open an enclave on this machine."""
    if stop:
        from ticrypt_tui.demo.enclave import stop_demo

        finished(stop_demo(_say))
        return 0
    if check:
        from ticrypt_tui.demo.check import check as checked

        return 0 if finished(checked(_say, reset)) else 1
    return _opened(reset)


def _opened(reset: bool) -> int:
    if fault := terminal_fault():
        raise WrongUse(fault)
    from ticrypt_tui.console import open_console

    return open_console(demo=True, reset=reset)


def _say(sentence: str) -> None:
    click.echo(shown(sentence))
    sys.stdout.flush()
