"""What is wrong with a configuration, in one line: the key path, the fault, what was expected."""

from __future__ import annotations

import difflib
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ticrypt_tui.text import shown

Model = type[BaseModel]
Location = tuple[int | str, ...]


def complaint(model: Model, error: ValidationError) -> str:
    """The first fault that pydantic found in the data of a model, as a sentence for people.

    A key that is unknown goes first: a mistyped key is also a key that is missing.
    """
    faults = error.errors(include_url=False)
    fault = min(faults, key=lambda fault: fault["type"] != "extra_forbidden")
    path = _path(fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{path} is not a key that the program knows; {_known(model, fault['loc'])}"
    field, _ = _walk(model, fault["loc"])
    expected = field.description if field and field.description else "another value"
    wrong = "is missing" if fault["type"] == "missing" else _wrong(fault)
    return f"{path} {wrong}; expected {expected}."


def _known(model: Model, location: Location) -> str:
    _, holder = _walk(model, location[:-1])
    known = list(holder.model_fields) if holder else []
    meant = difflib.get_close_matches(str(location[-1]), known, n=1)
    question = f" Did you mean {meant[0]}?" if meant else ""
    return f"expected one of {', '.join(known)}.{question}"


def _wrong(fault: ErrorDetails) -> str:
    cause = fault.get("ctx", {}).get("error")
    given = fault["input"]
    if cause and isinstance(given, dict | list | tuple):
        return shown(cause)
    value = f'"{shown(given)}"' if isinstance(given, str) else shown(repr(given))
    cut = value if len(value) <= 100 else f"{value[:99]}…"
    return f"is {cut}, which {shown(cause)}" if cause else f"is {cut}"


def _walk(model: Model, location: Location) -> tuple[FieldInfo | None, Model | None]:
    """The last field on the way to a location, and the model there, if it is one."""
    field: FieldInfo | None = None
    holder: Model | None = model
    for step in location:
        if isinstance(step, str) and holder:
            field = holder.model_fields.get(step)
            holder = _model_in(field)
    return field, holder


def _model_in(field: FieldInfo | None) -> Model | None:
    """The model inside a field's type: of `A` or of `tuple[A, ...]`."""
    kind = field.annotation if field else None
    for each in (kind, *get_args(kind)):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None


def _path(location: Location) -> str:
    """The key path as it can be searched for: `realms[0].drives.min_size`."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in location]
    return shown("".join(step for step in steps if step != ".[key]").removeprefix("."))
