"""Service VMs for what is on screen alone, at a fixed time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ticrypt_tui.backend.services.service_vms.service_vms import ServiceVmRow
from ticrypt_tui.backend.services.starting.progress import Progress, Stage
from ticrypt_tui.backend.services.vms.past import PastVm
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.config.devices import DeviceCount

NOW = datetime(2026, 11, 21, 14, 5, 31, tzinfo=UTC)
RESTARTED = """$ systemctl restart ticrypt-vm-controller
It worked: exit code 0.

It wrote:
controller started 2"""


@dataclass(frozen=True, slots=True)
class FakeImage:
    """An image, as far as a form asks."""

    id: str
    name: str
    realm_id: str
    volume: str
    os: str


def images() -> list[FakeImage]:
    return [
        FakeImage("image-ubuntu", "Ubuntu 24.04", "local", "ubuntu-24.04.qcow2", "linux"),
        FakeImage("image-win", "Windows 11", "local", "win11.qcow2", "windows"),
    ]


def under_way() -> Progress:
    """A service VM that boots."""
    began = NOW - timedelta(seconds=14)
    stages = (
        Stage("scheduling", began),
        Stage("starting", began + timedelta(seconds=0.2), ("node02",)),
        Stage("booting", began + timedelta(seconds=2), ("node02",)),
        Stage("running"),
    )
    return Progress("vm-8c1e", "node02", stages)


def service_vms() -> list[ServiceVmRow]:
    run = RunningVm(
        id="vm-keeper", name="ubuntu-keeper", state="running", realm="local", realm_id="local",
        host="node01", host_id="host-01", cores=4, memory_mib=8192, service=True,
        started=NOW - timedelta(hours=3, minutes=12), address="192.0.2.44",
        mac="52:54:00:7a:10:01", service_vm_id="service-1", uuid="keeper", domain="vm-keeper",
        has_screen=True, has_console=True,
    )  # fmt: skip
    past = PastVm(
        id="vm-past", name="win-keeper", owner="", team="", project="", realm="local",
        realm_id="local", host="node02", host_id="host-02", setup="",
        started=NOW - timedelta(days=1, hours=5), ended=NOW - timedelta(days=1, hours=2),
        end="shut down by admin", last_message="shut down by the guest", cores=8,
        memory_mib=16384, owner_id=None, team_id=None, project_id=None,
    )  # fmt: skip
    keeper = ServiceVmRow(
        id="service-1", name="ubuntu-keeper", realm="local", realm_id="local",
        image="Ubuntu 24.04", image_id="image-ubuntu", volume="ubuntu-24.04.qcow2", os="linux",
        cores=4, memory_mib=8192, devices=(DeviceCount("A100", 1),), pinned="node01",
        host_id="host-01", version=2, state="running", host="node01", run=run,
        runtime=timedelta(hours=3, minutes=12),
    )  # fmt: skip
    off = replace(
        keeper, devices=(), pinned="", host_id=None, state="off", host="", run=None, runtime=None
    )
    return [
        keeper,
        replace(off, id="service-2", name="win-keeper", image="Windows 11", os="windows",
                image_id="image-win", volume="win11.qcow2", cores=8, memory_mib=16384, last=past),
        replace(off, id="service-3", name="ubuntu-next", image_users=("ubuntu-keeper",)),
        replace(off, id="service-4", name="cuda-builder", state="booting", host="node03",
                run=run._replace(id="vm-cuda", host="node03", state="booting",
                            has_screen=False, started=NOW - timedelta(seconds=40))),
        replace(keeper, id="service-5", name="archive", realm="fleet (simulated)",
                realm_id="fleet", runtime=timedelta(days=2, hours=4),
                run=run._replace(id="vm-old", stale_since=NOW - timedelta(minutes=4))),
    ]  # fmt: skip
