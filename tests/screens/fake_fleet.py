"""Hosts and hardware profiles for what is on screen alone, at a fixed time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ticrypt_tui.backend.services.hosts.hosts import HostRow
from ticrypt_tui.backend.services.hosts.usage import Holder, usage_of
from ticrypt_tui.backend.services.hosts.utilization import DeviceUnit, Measure, Utilization
from ticrypt_tui.backend.services.profiles.profiles import ProfileRow, Taken
from ticrypt_tui.config.devices import Device

NOW = datetime(2026, 11, 21, 14, 5, 31, tzinfo=UTC)
SEEN = NOW - timedelta(seconds=7)
CARDS = tuple(Device("A100", f"0000:{bus}:00.0") for bus in (41, 42, 81, 82))
VMS = ("genome-7", "imaging-2", "trial-12", "archive-9")


def hosts() -> list[HostRow]:
    node = HostRow(
        id="host-01", name="node01", realm="local", realm_id="local",
        uri="qemu+ssh://root@node01/system", profile="gpu-node", profile_id="profile-gpu",
        state="enabled", reach="up", since=NOW - timedelta(days=3), last_contact=SEEN, reason="",
        vms=4, vm_names=VMS, cores=64, cores_used=48, memory_mib=512 * 1024,
        memory_used=300 * 1024, devices=4, devices_used=2, nat_address="192.0.2.10",
        nat_port_base=20000, version=3,
    )  # fmt: skip
    machine = replace(
        node, id="host-00", name="this-machine", uri="qemu:///system", profile="whole-machine",
        profile_id="profile-whole", vms=2, vm_names=("tiny-1", "tiny-2"), cores=4, cores_used=2,
        memory_mib=16000, memory_used=512, devices=0, devices_used=0, nat_address=None,
        nat_port_base=None,
    )  # fmt: skip
    empty = replace(
        node, vms=0, vm_names=(), cores_used=0, memory_used=0, devices_used=0, version=1
    )
    return [
        machine,
        node,
        replace(empty, id="host-02", name="node02", uri="qemu+ssh://root@node02/system",
                state="no scheduler"),
        replace(node, id="host-03", name="node03", uri="qemu+tls://node03/system",
                reach="unreachable", since=NOW - timedelta(minutes=4, seconds=1),
                last_contact=NOW - timedelta(minutes=4, seconds=9),
                reason="the host does not answer", vms=1, vm_names=("trial-14",), cores_used=8,
                memory_used=65536, devices_used=0),
        replace(empty, id="host-04", name="node04", uri="qemu+ssh://root@node04/system",
                state="disabled", reach="not contacted", last_contact=None),
        *(replace(node, id=f"sim-{n}", name=f"sim{n:02}", realm="fleet", realm_id="fleet",
                  uri=f"test:///srv/fleet/sim{n:02}.xml", reach="simulated", profile="big",
                  profile_id="profile-big", vms=12,
                  vm_names=tuple(f"vm-{n}-{i}" for i in range(12)),
                  cores=128, cores_used=24 + 4 * n, memory_mib=1024 * 1024,
                  memory_used=(96 + 32 * n) * 1024, devices=0, devices_used=0)
          for n in range(1, 7)),
    ]  # fmt: skip


def profiles() -> list[ProfileRow]:
    gpu = ProfileRow(
        id="profile-gpu", name="gpu-node", realm="local", realm_id="local", cores=64,
        memory_mib=512 * 1024, devices=CARDS, cost="spread", declared=False,
        hosts=("node01", "node02", "node03", "node04"),
        taken=(Taken("node01", usage_of([Holder("vm-1", "genome-7", 48, 300 * 1024)])),),
        version=2,
    )  # fmt: skip
    return [
        gpu,
        replace(gpu, id="profile-whole", name="whole-machine", cores=4, memory_mib=16000,
                devices=(), hosts=("this-machine",), taken=()),
        replace(gpu, id="profile-big", name="big", realm="fleet", realm_id="fleet", cores=128,
                memory_mib=1024 * 1024, devices=(), declared=True, taken=(),
                hosts=tuple(f"sim{n:02}" for n in range(1, 7))),
        replace(gpu, id="profile-spare", name="fpga", cores=32, memory_mib=256 * 1024, hosts=(),
                devices=(Device("U250", "0000:61:00.0"), CARDS[0]), taken=()),
    ]  # fmt: skip


def utilization() -> Utilization:
    """A busy host with a device that is gone, and VMs of every sort."""
    holders = (
        Holder("vm-1", "archive-9", 4, 16384, (), seen=True),
        Holder("vm-2", "genome-7", 16, 131072, ("0000:41:00.0",), seen=True),
        Holder("vm-3", "imaging-2", 20, 98304, ("0000:81:00.0",)),
        Holder("vm-4", "trial-12", 8, 65536, (), reserved=True),
        Holder("9f1d", "vm-unknown-1", 4, 16384, (), known=False, seen=True),
    )
    return Utilization(
        host="node01", state="enabled", reach="up", profile="gpu-node", taken=NOW,
        measures=(
            Measure("cores", "", 44, 8, 64, "72 cores, 48 in 4 VMs"),
            Measure("memory", "MiB", 262144, 65536, 512 * 1024,
                    "503.5 GiB, 171.2 GiB free, 256 GiB in 4 VMs"),
            Measure("A100", "", 2, 0, 4),
        ),
        devices=(
            DeviceUnit("A100", "0000:41:00.0", "genome-7"),
            DeviceUnit("A100", "0000:42:00.0"),
            DeviceUnit("A100", "0000:81:00.0", "imaging-2"),
            DeviceUnit("A100", "0000:82:00.0", "", "the host has no such device"),
        ),
        holders=holders,
    )  # fmt: skip
