"""Images, setups and a simulated allocation for what is on screen alone, at a fixed time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ticrypt_tui.backend.scheduling.model import Demand, Place
from ticrypt_tui.backend.scheduling.placement import simulate
from ticrypt_tui.backend.services.images.images import ImageRow
from ticrypt_tui.backend.services.setups.setups import SetupRow
from ticrypt_tui.backend.services.setups.simulating import SetupSimulation
from ticrypt_tui.backend.services.setups.warning import Answer
from ticrypt_tui.config.devices import Device, DeviceCount

NOW = datetime(2026, 11, 21, 14, 5, 31, tzinfo=UTC)
GIB = 1024
SCRIPT = "#!/bin/bash\nset -euo pipefail\n\nmodprobe nvidia\nmount -o ro /dev/vdb /data"

NEVER = (
    "No host of the realm could ever hold it: node01: cores short by 935; node02: cores short by "
    "935; node03: cores short by 935."
)


def images() -> list[ImageRow]:
    ubuntu = ImageRow(
        id="image-ubuntu", name="Ubuntu 24.04", realm="local", realm_id="local",
        volume="ubuntu-24.04.qcow2", volume_id="local/ticrypt-vm/ubuntu-24.04.qcow2", os="linux",
        volume_os="linux", os_said_by="rule ubuntu-*", setups=("gpu-large", "small"),
        service_vms=("ubuntu-keeper",), running=("genome-7", "imaging-2"), vms=41,
        registered=NOW - timedelta(hours=5), free=(), version=3,
    )  # fmt: skip
    return [
        ubuntu,
        replace(ubuntu, id="image-win", name="Windows 11", volume="win11-gold.qcow2",
                volume_id="local/ticrypt-vm/win11-gold.qcow2", os="windows", volume_os="windows",
                os_said_by="mara, 2026-11-03", setups=(), service_vms=(), running=(), vms=0,
                registered=None, free=("win11.qcow2",), version=1),
        replace(ubuntu, id="image-odd", name="rocky-9", volume="win-rocky.raw",
                volume_id="local/ticrypt-vm/win-rocky.raw", volume_os="windows",
                os_said_by="rule win*", setups=("tiny-debug",), service_vms=(), running=(), vms=2,
                registered=None),
    ]  # fmt: skip


def setups() -> list[SetupRow]:
    large = SetupRow(
        id="setup-gpu", name="gpu-large", realm="local", realm_id="local", image="Ubuntu 24.04",
        image_id="image-ubuntu", os="linux", cores=16, memory_mib=128 * GIB,
        devices=(DeviceCount("A100", 1),), debug_pty=False, debug_console=False,
        variant="default", startup_script=SCRIPT, configs=("genome-7", "genome-8"), version=4,
    )  # fmt: skip
    return [
        large,
        replace(large, id="setup-small", name="small", cores=2, memory_mib=4 * GIB, devices=(),
                variant="beta", startup_script="", configs=("imaging-2",)),
        replace(large, id="setup-tiny", name="tiny-debug", image="rocky-9", image_id="image-odd",
                cores=1, memory_mib=192, devices=(), debug_pty=True, debug_console=True,
                startup_script="", configs=("tiny-1", "tiny-4")),
        replace(large, id="setup-win", name="win-desktop", image="Windows 11",
                image_id="image-win", os="windows", cores=8, memory_mib=32 * GIB,
                devices=(DeviceCount("A100", 4), DeviceCount("T4", 2)), configs=()),
    ]  # fmt: skip


def places() -> list[Place]:
    """Five hosts as in the sketch, and a simulated one."""
    units = tuple(Device("A100", f"0000:{bus}:00.0") for bus in ("41", "42"))
    node = Place("host-03", "node03", 64, 512 * GIB, 40, 256 * GIB, 3, units,
                 frozenset({units[0].address}))  # fmt: skip
    full = frozenset(each.address for each in units)
    return [
        node,
        replace(node, id="host-01", name="node01", cores_used=48, memory_used=300 * GIB, vms=6),
        replace(node, id="host-02", name="node02", cores_used=60, memory_used=480 * GIB, vms=9,
                devices_held=full),
        replace(node, id="host-04", name="node04", cores_used=0, memory_used=0, vms=0,
                devices_held=frozenset(), gates=("state is no scheduler",)),
        replace(node, id="host-05", name="node05", cores=0, cores_used=0, memory_mib=0, vms=0,
                memory_used=0, devices=(), devices_held=frozenset(),
                gates=("state is disabled", "has no hardware profile")),
        replace(node, id="host-06", name="fleet-01", cores_used=0, memory_used=0, vms=0,
                gates=("is simulated",)),
    ]  # fmt: skip


def simulation(arguments: Mapping[str, Any]) -> SetupSimulation:
    """What `setup.simulate` gives."""
    demand = Demand(16, 128 * GIB, {"A100": 1})
    found = simulate(demand, places(), int(arguments.get("count", 1)))
    states = {each.id: "enabled" for each in places()}
    states |= {"host-04": "no scheduler", "host-05": "disabled"}
    return SetupSimulation("gpu-large", "local", NOW, found, states)


def could_hold(arguments: Mapping[str, Any]) -> Answer:
    """What `setup.test` gives: everything fits but what asks for 999 cores."""
    doubt = NEVER if str(arguments.get("cores")) == "999" else ""
    return Answer(doubt or "A host of the realm could hold it.", doubt)
