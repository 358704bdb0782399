"""The kinds of value that the configuration holds, and the words for what each expects."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
)

from ticrypt_tui.config import measures
from ticrypt_tui.config.cost import EXAMPLE, READY_MADE, cost_terms
from ticrypt_tui.config.devices import Device, devices
from ticrypt_tui.config.unit_names import unit_name


def _absolute(path: Path) -> Path:
    path = path.expanduser()
    if not path.is_absolute():
        raise ValueError("is not an absolute path")
    return path


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError("is not an IP address") from None


def _devices(value: object) -> tuple[Device, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ValueError("is not a list of devices")
    return devices(value)


def _cost(text: str) -> str:
    try:
        cost_terms(text)
    except ValueError as error:
        raise ValueError(f"is not {error}") from None
    return text


Cost = Annotated[str, AfterValidator(_cost)]
Devices = Annotated[
    tuple[Device, ...],
    BeforeValidator(_devices),
    PlainSerializer(lambda own: [str(each) for each in own], when_used="json"),
]
_DURATION_WRITTEN = PlainSerializer(measures.written_duration, when_used="json")
_SIZE_WRITTEN = PlainSerializer(measures.written_size, when_used="json")
Duration = Annotated[timedelta, BeforeValidator(measures.duration), _DURATION_WRITTEN]
DurationOrOff = Annotated[
    timedelta | None, BeforeValidator(measures.duration_or_off), _DURATION_WRITTEN
]
Size = Annotated[int, BeforeValidator(measures.size), _SIZE_WRITTEN]
SizeOrOff = Annotated[int | None, BeforeValidator(measures.size_or_off), _SIZE_WRITTEN]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
Address = Annotated[str, AfterValidator(_address)]
Flag = Annotated[bool, Strict()]
Count = Annotated[int, Strict(), Field(ge=1)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
UnitName = Annotated[str, BeforeValidator(unit_name)]
Network = Annotated[str, Field(max_length=200)]
System = Literal["linux", "windows"]

A_PATH = "an absolute path"
A_DURATION = 'a duration such as "90s", "5m" or "1h30m"'
OR_OFF = f'{A_DURATION}, or "off"'
A_SIZE = 'a size such as "512 MiB" or "16 TiB"'
SIZE_OR_OFF = f'{A_SIZE}, or "off"'
A_NAME = "a name of 1 to 200 characters"
A_NETWORK = 'the name of a network, or "" for QEMU\'s own user network'
A_COST = f'one of {", ".join(READY_MADE)}, or a sum such as "{EXAMPLE}"'
A_UNIT = 'the exact name of a service, socket or timer, such as "ticrypt-vm.service"'
A_COUNT = "a whole number above zero"


class Part(BaseModel):
    """A table of the file; it cannot be changed, and holds no key that the program ignores."""

    model_config = ConfigDict(frozen=True, extra="forbid")
