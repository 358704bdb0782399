"""`ticrypt-tui sync`: Fix VMs and Fix drives for every realm, once or for ever."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import aclosing, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from ticrypt_tui.backend.errors import Refused, TicryptError, WrongUse
from ticrypt_tui.commands.printing import plain, print_lines
from ticrypt_tui.commands.session import Choices, configured, finished, opened
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave
    from ticrypt_tui.backend.services.fixing.result import FixResult

OPERATIONS = ("realm.fix_vms", "realm.fix_drives")
FAILED = 1


@click.command("sync")
@configured
@click.option("--every", help="Go on until told to end, with a round in each such time: 1h, 30m.")
@click.option("--json", "as_json", is_flag=True, help="Print each round as a line of JSON.")
def command(choices: Choices, every: str | None, as_json: bool) -> int:
    """Compare every realm with libvirt, and repair what is safe; the rest is printed."""
    if every is None:
        return finished(_once(choices, as_json))
    return finished(_until_told(choices, _time(every), as_json))


def _time(every: str) -> timedelta:
    from ticrypt_tui.config.measures import duration

    try:
        return duration(every)
    except ValueError:
        raise WrongUse(f"--every {shown(every)} is not a time.", "Write it as 1h or 30m.") from None


async def _once(choices: Choices, as_json: bool) -> int:
    """One round over each realm that is in use; the exit code is that of the worst."""
    codes = [0]
    async with opened(choices) as enclave:
        _refuse_others(enclave)
        for realm in enclave.settings.realms:
            for operation in () if realm.disabled else OPERATIONS:
                try:
                    result = await enclave.run(operation, {"realm": realm.id})
                except TicryptError as error:
                    _complained(error, as_json)
                    codes.append(error.exit_code)
                else:
                    _printed(result, as_json)
                    codes.append(_code(result))
    return max(codes)


async def _until_told(choices: Choices, every: timedelta, as_json: bool) -> int:
    """Rounds as they become due, until SIGTERM or SIGINT, which is a good end."""
    told = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, told.set)
    async with opened(choices) as enclave:
        _refuse_others(enclave)
        work = asyncio.create_task(_rounds(enclave, every, as_json))
        end = asyncio.create_task(told.wait())
        await asyncio.wait({work, end}, return_when=asyncio.FIRST_COMPLETED)
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
    return 0


async def _rounds(enclave: Enclave, every: timedelta, as_json: bool) -> None:
    async with aclosing(enclave.rounds.follow(every)) as results:
        async for result in results:
            if isinstance(result, TicryptError):
                _complained(result, as_json)
            else:
                _printed(result, as_json)


def _refuse_others(enclave: Enclave) -> None:
    """Raise `Refused` for an account that may not do by hand what this does by itself."""
    for operation in OPERATIONS:
        if reason := enclave.why_not(operation):
            raise Refused(reason, "The account of the sync service needs the role admin.")


def _printed(result: FixResult, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(plain(result)))
    else:
        print_lines(result.sentence)


def _complained(error: TicryptError, as_json: bool) -> None:
    said = {"error": type(error).__name__, "sentence": error.sentence, "remedy": error.remedy}
    click.echo(json.dumps(said) if as_json else shown(error), err=True)


def _code(result: FixResult) -> int:
    from ticrypt_tui.backend.services.fixing.result import Outcome

    return FAILED if result.counts[Outcome.FAILED] else 0
