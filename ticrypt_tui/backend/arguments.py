"""Arguments of operations, however they arrive: typed on a command line, or as values of a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ticrypt_tui.backend.errors import WrongUse
from ticrypt_tui.config.measures import size

_YES = frozenset({"yes", "true", "on", "1"})
_NO = frozenset({"no", "false", "off", "0"})
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of an operation.

    `kind` is `text`, `number`, `flag`, `memory` (MiB), `choice`, `list` or `object`. Of one that
    `clears`, an empty value is None, and takes away what the object has; else it is as left out.
    """

    name: str
    kind: str = "text"
    required: bool = True
    secret: bool = False
    choices: tuple[str, ...] = ()
    says: str = ""
    clears: bool = False


_EMPTY: tuple[Any, ...] = (None, "", [], ())


def converted(
    operation: str, arguments: Sequence[Argument], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments as the operation wants them; what was left out, or left empty, is not in it.

    Raises `WrongUse` for one that is unknown, missing, or cannot be understood.
    """
    known = {argument.name: argument for argument in arguments}
    if unknown := sorted(given.keys() - known.keys()):
        raise WrongUse(f"{operation} takes no argument {unknown[0]}.", usage(arguments))
    present = {
        name: value for name, value in given.items() if value not in _EMPTY or known[name].clears
    }
    for argument in arguments:
        if argument.required and argument.name not in present:
            raise WrongUse(f"{operation} needs the argument {argument.name}.", usage(arguments))
    return {name: _converted(operation, known[name], value) for name, value in present.items()}


def usage(arguments: Sequence[Argument]) -> str:
    """One sentence with every argument, those that may be left out in brackets."""
    words = words_of(arguments)
    return f"It takes: {' '.join(words)}." if words else "It takes no arguments."


def words_of(arguments: Sequence[Argument]) -> list[str]:
    """The arguments as a command line has them."""
    return [f"--{a.name}" if a.required else f"[--{a.name}]" for a in arguments]


def recorded(arguments: Sequence[Argument], given: Mapping[str, Any]) -> dict[str, str]:
    """The arguments as an audit record keeps them: secret ones only as `hidden`."""
    secret = {argument.name for argument in arguments if argument.secret}
    return {name: "hidden" if name in secret else _as_text(value) for name, value in given.items()}


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _converted(operation: str, argument: Argument, value: Any) -> Any:
    try:
        return read(argument, value)
    except ValueError as error:
        said = f"{operation}: {argument.name} is {error}, not {value!r}."
        raise WrongUse(said, about=argument.name) from error


def read(argument: Argument, value: Any) -> Any:
    """One value as the operation wants it; raises `ValueError` with what was expected."""
    return None if value in _EMPTY else _READERS[argument.kind](argument, value)


def _text(argument: Argument, value: Any) -> str:
    return str(value)


def _number(argument: Argument, value: Any) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise ValueError("a whole number") from None


def _flag(argument: Argument, value: Any) -> bool:
    word = str(value).lower()
    if word not in _YES | _NO:
        raise ValueError("yes or no")
    return word in _YES


def _memory(argument: Argument, value: Any) -> int:
    if str(value).isascii() and str(value).isdigit():
        return int(str(value))
    try:
        return size(str(value)) // _MIB
    except ValueError:
        raise ValueError("MiB, or an amount with its unit such as 4 GiB") from None


def _choice(argument: Argument, value: Any) -> str:
    if str(value) not in argument.choices:
        raise ValueError(f"one of {', '.join(argument.choices)}")
    return str(value)


def _list(argument: Argument, value: Any) -> list[str]:
    words = value.split(",") if isinstance(value, str) else value
    return [word for word in (str(each).strip() for each in words) if word]


_READERS: Mapping[str, Callable[[Argument, Any], Any]] = {
    "text": _text,
    "object": _text,
    "number": _number,
    "flag": _flag,
    "memory": _memory,
    "choice": _choice,
    "list": _list,
}
