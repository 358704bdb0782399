"""What the fields of a form hold: of a row, as arguments of an operation, and as words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ticrypt_tui.screens.declaration import Field, Kind
from ticrypt_tui.screens.showing import NONE, gib
from ticrypt_tui.widgets.picker import Option

EMPTY = (None, "", (), False)
LISTS = (Kind.DEVICES, Kind.COUNTS, Kind.OBJECTS)
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that somebody else changed: as it was read, as it is now, and as it is wanted."""

    field: Field
    was: Any
    theirs: Any
    mine: Any

    @property
    def clashes(self) -> bool:
        """Whether both changed it, and not alike."""
        return self.mine not in (self.was, self.theirs)


def held(field: Field, row: Any) -> Any:
    """What a row has in a field, as its editor holds it."""
    value = field.holds(row) if field.holds else getattr(row, field.argument)
    if field.kind is Kind.MEMORY and value is not None:
        return f"{gib(value)} GiB" if value % 1024 == 0 else f"{value} MiB"
    if field.kind is Kind.OBJECTS:
        return tuple(sorted(value))
    if field.kind in LISTS:
        return tuple(map(str, value))
    if field.kind is Kind.FLAG:
        return bool(value)
    return "" if value is None else str(value)


def blank(field: Field, options: Sequence[Option]) -> Any:
    """What a field of a new object holds at first: what is obvious, else nothing."""
    if field.kind is Kind.CHOICE:
        return field.choices[0] if field.required else ""
    if field.kind is Kind.OBJECT and field.required and not field.within and len(options) == 1:
        return options[0].id
    if field.kind is Kind.FLAG:
        return False
    return () if field.kind in LISTS else ""


def meant(field: Field, value: Any) -> Any:
    """A field's value as the operation takes it."""
    if field.kind is Kind.MEMORY and (number := value.strip()) and _bare(number):
        return f"{number} GiB"
    if field.kind in LISTS:
        return list(value)
    if field.kind is Kind.LINES:
        return value if value.strip() else ""
    return value.strip() if isinstance(value, str) else value


def filled_in(fields: Iterable[Field], values: Mapping[str, Any]) -> Values:
    """The arguments of everything that was filled in."""
    return {
        field.argument: meant(field, values[field.argument])
        for field in fields
        if values[field.argument] not in EMPTY
    }


def changed(
    fields: Iterable[Field], before: Mapping[str, Any], values: Mapping[str, Any]
) -> Values:
    """The arguments of what is not as it was, emptied ones too."""
    return {
        field.argument: meant(field, values[field.argument])
        for field in fields
        if not field.fixed and values[field.argument] != before[field.argument]
    }


def copied(fields: Iterable[Field], values: Mapping[str, Any]) -> Values:
    """The arguments of all that a copy has, whatever becomes of the original meanwhile."""
    return {
        field.argument: meant(field, values[field.argument]) for field in fields if not field.fixed
    }


def differences(
    fields: Iterable[Field],
    was: Mapping[str, Any],
    theirs: Mapping[str, Any],
    mine: Mapping[str, Any],
) -> list[Difference]:
    """What somebody else changed since it was read, field by field."""
    every = (
        Difference(field, was[field.argument], theirs[field.argument], mine[field.argument])
        for field in fields
    )
    return [each for each in every if each.was != each.theirs]


def face(field: Field, value: Any, options: Sequence[Option] = ()) -> str:
    """A value in words."""
    if value in EMPTY:
        return "no" if value is False else field.unset if field.kind is Kind.CHOICE else NONE
    if field.kind is Kind.OBJECT:
        return next((each.name for each in options if each.id == value), str(value))
    if field.kind is Kind.OBJECTS:
        names = {each.id: each.name for each in options}
        return ", ".join(sorted(names.get(each, each) for each in value))
    if field.kind in LISTS:
        return ", ".join(value)
    if field.kind is Kind.LINES:
        return " ⏎ ".join(value.split("\n"))
    return "yes" if value is True else str(value)


def _bare(number: str) -> bool:
    """Whether a size has no unit."""
    return number.replace(".", "", 1).isascii() and number.replace(".", "", 1).isdigit()
