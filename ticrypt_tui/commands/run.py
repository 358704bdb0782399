"""`ticrypt-tui run OPERATION`: one operation, with the same checks and records as on screen."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ticrypt_tui.backend.errors import Failed, Refused, TicryptError, WrongUse
from ticrypt_tui.commands.printing import plain, print_json, print_lines, print_table
from ticrypt_tui.commands.session import Choices, configured, finished, opened
from ticrypt_tui.text import decoded, shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave
    from ticrypt_tui.backend.operations import Operation

_LOG_BYTES = 64 * 1024
_PASSPHRASE_FD = "Read the passphrase of your key from this open file descriptor."


@dataclass
class Wanted:
    """What the words after the operation's name ask for."""

    arguments: dict[str, Any] = field(default_factory=dict)
    as_json: bool = False
    yes: bool = False
    passphrase_fd: int | None = None


@click.command(
    "run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@configured
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--yes", is_flag=True, help="Do not ask for the object's name to be typed.")
@click.option("--passphrase-fd", type=int, help=_PASSPHRASE_FD)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def command(
    choices: Choices, as_json: bool, yes: bool, passphrase_fd: int | None, words: tuple[str, ...]
) -> None:
    """Run one operation: OPERATION --argument value … Without one, list them all."""
    from ticrypt_tui.backend.services import catalogue

    if not words:
        _list_operations(as_json)
        return
    operation = catalogue.find(words[0])
    wanted = read(operation, words[1:], choices, Wanted({}, as_json, yes, passphrase_fd))
    finished(_run(choices, operation, wanted))


def read(operation: Operation, words: Sequence[str], choices: Choices, wanted: Wanted) -> Wanted:
    """Take the words apart; an operation's own argument goes before an option of the same name.

    The object may stand without its argument's name; a flag needs no value. Raises `WrongUse`.
    """
    kinds = {argument.name: argument.kind for argument in operation.arguments}
    left = list(words)
    while left:
        word = left.pop(0)
        name, equals, value = word.removeprefix("--").partition("=")
        name = name.replace("-", "_")
        if not word.startswith("--"):
            name, equals, value = _object(operation, wanted, word), "=", word
        if name in kinds:
            _add(
                wanted.arguments,
                kinds[name],
                name,
                value if equals else _value(left, kinds[name], word),
            )
        elif name in ("json", "yes", "demo", "config", "passphrase_fd"):
            _option(choices, wanted, name, left, value)
        else:
            raise WrongUse(f"{operation.name} takes no argument {shown(word)}.", operation.usage)
    return wanted


def _object(operation: Operation, wanted: Wanted, word: str) -> str:
    """The argument that a word without a name is: the object that the operation is on."""
    if not operation.on or operation.arguments[0].name in wanted.arguments:
        raise WrongUse(f"{shown(word)} stands without an argument's name.", operation.usage)
    return operation.arguments[0].name


def _value(left: list[str], kind: str, word: str) -> str:
    if kind == "flag" and (not left or left[0].startswith("--")):
        return "yes"
    if not left:
        raise WrongUse(f"{word} needs a value.")
    return left.pop(0)


def _add(arguments: dict[str, Any], kind: str, name: str, value: str) -> None:
    if kind == "list" and name in arguments:
        value = f"{arguments[name]},{value}"
    arguments[name] = value


def _option(choices: Choices, wanted: Wanted, name: str, left: list[str], value: str) -> None:
    if name == "config":
        choices.config = Path(value or _value(left, "text", "--config"))
    elif name == "demo":
        choices.demo = True
    elif name == "passphrase_fd":
        wanted.passphrase_fd = _descriptor(value or _value(left, "number", "--passphrase-fd"))
    elif name == "json":
        wanted.as_json = True
    else:
        wanted.yes = True


def _descriptor(value: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise WrongUse(f"--passphrase-fd is the number of an open file, not {shown(value)}.")
    return int(value)


async def _run(choices: Choices, operation: Operation, wanted: Wanted) -> None:
    async with opened(choices) as enclave:
        if operation.wants_name_typed(wanted.arguments) and not wanted.yes:
            await _name_typed(enclave, operation, wanted.arguments)
        await _key_unlocked(enclave, operation, wanted)
        await _printed(await _done(enclave, operation, wanted.arguments), wanted.as_json)


async def _name_typed(enclave: Enclave, operation: Operation, arguments: Mapping[str, Any]) -> None:
    """Ask for the name of an object that is in danger.

    Raises `Refused` where another is typed, `WrongUse` where nobody can type.
    """
    thing = await enclave.find(operation.on, str(arguments.get(operation.arguments[0].name, "")))
    if not operation.wants_name_typed(arguments, thing):
        return
    if not sys.stdin.isatty():
        raise WrongUse(f"{operation.name} asks for the object's name.", "Give --yes to go without.")
    click.echo(f"{operation.says} Type {shown(thing.name)} to go on: ", nl=False, err=True)
    if sys.stdin.readline().rstrip("\n") != thing.name:
        raise Refused("That is not its name; nothing was done.")


async def _key_unlocked(enclave: Enclave, operation: Operation, wanted: Wanted) -> None:
    """Unlock the operator's key for what takes it, as the tabs declare; raises `Refused`.

    Where nobody can type its passphrase, the operation itself says whether it takes the key.
    """
    from ticrypt_tui.backend.arguments import converted
    from ticrypt_tui.commands.passphrase import own_passphrase
    from ticrypt_tui.screens.tabs import TABS

    can_type = wanted.passphrase_fd is not None or sys.stdin.isatty()
    if not can_type or not any(tab.takes_key(operation.name) for tab in TABS):
        return
    thing = None
    if operation.on:
        reference = str(wanted.arguments.get(operation.arguments[0].name, ""))
        thing = await enclave.find(operation.on, reference)
    given = converted(operation.name, operation.arguments, wanted.arguments)
    if any(tab.needs_key(operation.name, thing, given) for tab in TABS):
        _ = enclave.keys.public  # who has no key is told so, and not asked for its passphrase
        await enclave.keys.unlock(own_passphrase(wanted.passphrase_fd))


async def _done(enclave: Enclave, operation: Operation, arguments: Mapping[str, Any]) -> Any:
    from ticrypt_tui.backend.drives.key_ring import KeyLocked

    try:
        return await enclave.run(operation.name, arguments)
    except KeyLocked as error:
        raise KeyLocked(error.sentence, "Give its passphrase by --passphrase-fd.") from error


async def _printed(result: Any, as_json: bool) -> None:
    if isinstance(result, AsyncIterator):
        async for line in result:
            click.echo(line)
    elif isinstance(result, tuple):
        await _logs_printed(result, as_json)
    elif as_json:
        print_json({"result": plain(result)})
    elif result is not None:
        print_lines(str(getattr(result, "sentence", result)))


async def _logs_printed(logs: Sequence[Any], as_json: bool) -> None:
    whole = [log for log in logs if not getattr(log, "in_another", False)]
    texts = [(log.title, await _text(log)) for log in whole]
    if as_json:
        print_json({"result": [{"title": title, "text": text} for title, text in texts]})
        return
    for title, text in texts:
        click.echo(f"== {shown(title)}")
        print_lines(text)


async def _text(log: Any) -> str:
    try:
        return decoded(await log.last(_LOG_BYTES)).rstrip("\n")
    except (Failed, TicryptError) as error:
        return f"({error})"


def _list_operations(as_json: bool) -> None:
    from ticrypt_tui.backend.arguments import words_of
    from ticrypt_tui.backend.services import catalogue

    registered = catalogue.every_operation()
    every = [registered[name] for name in sorted(registered)]
    if as_json:
        print_json([{"name": o.name, "says": o.says, "arguments": o.arguments} for o in every])
        return
    print_table(
        ("OPERATION", "DOES", "ARGUMENTS"),
        [(each.name, each.says, " ".join(words_of(each.arguments))) for each in every],
        set(),
    )
