"""A realm as the configuration declares it: realms come from that file alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from ticrypt_tui.config.devices import EXAMPLE
from ticrypt_tui.config.fields import (
    A_COST,
    A_COUNT,
    A_DURATION,
    A_NAME,
    A_NETWORK,
    A_SIZE,
    OR_OFF,
    Address,
    Cost,
    Count,
    Devices,
    Duration,
    DurationOrOff,
    Flag,
    Name,
    Network,
    Part,
    Size,
    System,
)


class ProfileSettings(Part):
    """A hardware profile that the file declares: a read-only row."""

    name: Name = Field(description=A_NAME)
    cores: Count = Field(description=A_COUNT)
    memory: Size = Field(description=A_SIZE)
    devices: Devices = Field((), description=f'a list such as ["{EXAMPLE}"], each address once')
    cost: Cost = Field("spread", description=A_COST)


class DriveSizes(Part):
    """How small and how large a drive may be."""

    min_size: Size = Field(2**30, description=A_SIZE)
    max_size: Size = Field(16 * 2**40, description=A_SIZE)

    @model_validator(mode="after")
    def _ordered(self) -> DriveSizes:
        if self.min_size > self.max_size:
            raise ValueError("has a min_size above its max_size")
        return self


class VolumeSystemRule(Part):
    """The operating system of the volumes whose names match a shell pattern."""

    match: Name = Field(description='a pattern such as "ubuntu-*"')
    os: System = Field(description='"linux" or "windows"')


def _restarts() -> Mapping[System, tuple[str, ...]]:
    name = "ticrypt-vm-controller"
    return {
        "linux": ("systemctl", "restart", name),
        "windows": ("powershell", "-Command", f"Restart-Service {name}"),
    }


class RealmSettings(Part):
    """A realm."""

    id: str = Field(
        pattern=r"^[a-z][a-z0-9-]{0,39}$",
        description="small letters, digits and hyphens, a letter first, at most 40",
    )
    name: Name = Field(description=A_NAME)
    driver: Name = Field("libvirt", description='the name of a driver, such as "libvirt"')
    disabled: Flag = Field(False, description="true or false")
    volumes_pool: Name = Field("ticrypt-vm", description="the name of a storage pool")
    drives_pools: Mapping[Name, Name] = Field(
        default_factory=dict, description='pools by tier, such as { flash = "ticrypt-flash" }'
    )
    network: Network = Field("default", description=A_NETWORK)
    service_network: Network = Field("default", description=A_NETWORK)
    network_filter: Name = Field("ticrypt-licensing", description="the name of a network filter")
    registration_timeout: DurationOrOff = Field(timedelta(minutes=5), description=OR_OFF)
    controller_restart: Mapping[System, tuple[str, ...]] = Field(
        default_factory=_restarts,
        description='a command as a list of words for "linux" and for "windows"',
    )
    shutdown_timeout: Duration = Field(timedelta(minutes=2), description=A_DURATION)
    dns: tuple[Address, ...] = Field((), description="a list of IP addresses")
    profiles: tuple[ProfileSettings, ...] = Field((), description="a list of profiles")
    virt_type: Literal["auto", "kvm", "qemu"] = Field("auto", description='"auto", "kvm" or "qemu"')
    drives: DriveSizes = Field(DriveSizes(), description="{ min_size = ..., max_size = ... }")
    volume_os: tuple[VolumeSystemRule, ...] = Field(
        (), description='a list such as [ { match = "ubuntu-*", os = "linux" } ]'
    )
