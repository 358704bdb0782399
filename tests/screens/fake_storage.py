"""Storage pools and volumes for what is on screen alone, at a fixed time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ticrypt_tui.backend.services.storage.pool_types import PoolTypeRow
from ticrypt_tui.backend.services.storage.pools import PoolRow
from ticrypt_tui.backend.services.storage.volumes import VolumeRow

NOW = datetime(2026, 11, 21, 14, 5, 31, tzinfo=UTC)
SEEN = NOW - timedelta(seconds=40)
_TIB, _GIB, _MIB = 2**40, 2**30, 2**20


def pools() -> list[PoolRow]:
    flash = PoolRow(
        id="pool-flash", name="ticrypt-flash", realm="local", realm_id="local", tier="flash",
        type="dir", target="/srv/flash", quota="explicit", quota_bytes=2 * _TIB, version=3,
        recorded=True, hosts=("node01", "node02"), host_ids=("host-01", "host-02"),
        state="running", autostart="yes", capacity=8 * _TIB, used=5 * _TIB + 311 * _GIB,
        free=2 * _TIB + 713 * _GIB, drives=14, drive_names=("genome-data", "imaging-raw"),
        volumes=14, seen=SEEN,
    )  # fmt: skip
    return [
        flash,
        replace(flash, id="pool-spindle", name="ticrypt-spindle", tier="spindle", quota="no",
                quota_bytes=0, target="/srv/spindle", state="1/2 running",
                capacity=96 * _TIB, used=31 * _TIB, free=65 * _TIB, drives=0, drive_names=(),
                volumes=0),
        replace(flash, id="pool-vm", name="ticrypt-vm", tier="volumes", quota="yes",
                quota_bytes=0, target="/var/lib/libvirt/images", capacity=900 * _GIB,
                used=212 * _GIB, free=688 * _GIB, drives=0, drive_names=(), volumes=4),
        replace(flash, id="attic/ticrypt-vm", name="attic-vm", realm="attic", realm_id="attic",
                tier="volumes", quota="", quota_bytes=0, version=0, recorded=False, drives=0,
                drive_names=(), volumes=0, hosts=("old01",), capacity=100 * _GIB, used=0,
                free=100 * _GIB),
    ]  # fmt: skip


def volumes() -> list[VolumeRow]:
    ubuntu = VolumeRow(
        id="local/ticrypt-vm/ubuntu-24.04.qcow2", name="ubuntu-24.04.qcow2", realm="local",
        realm_id="local", pool="ticrypt-vm", tier="volumes", format="qcow2", capacity=64 * _GIB,
        allocation=11 * _GIB, os="linux", os_said_by="rule ubuntu-*", image="Ubuntu 24.04",
        used_by="image Ubuntu 24.04", hosts=("node01", "node02"), host_ids=("host-01",),
        path="/var/lib/libvirt/images/ubuntu-24.04.qcow2", backing="", escaped=False,
        system_disk=True, seen=SEEN,
    )  # fmt: skip
    return [
        ubuntu,
        replace(ubuntu, id="local/ticrypt-vm/fenêtre", name="fen\\xeatre-11.raw", format="raw",
                os="unknown", os_said_by="", image="", used_by="", escaped=True),
        replace(ubuntu, id="local/ticrypt-vm/win11", name="win11.qcow2", os="windows",
                os_said_by="mara, 2026-11-03", image="", used_by="", hosts=("node03",),
                stale_since=SEEN - timedelta(hours=2), seen=SEEN - timedelta(hours=2)),
        replace(ubuntu, id="local/ticrypt-vm/vm-1", name="vm-9b1f2a.qcow2", os="", os_said_by="",
                image="", used_by="disk of genome-7", allocation=3 * _MIB, system_disk=False,
                backing=ubuntu.path),
        replace(ubuntu, id="local/ticrypt-flash/drv-19c0", name="drv-19c0", format="raw", os="",
                os_said_by="", image="", used_by="drive genome-data", tier="flash",
                pool="ticrypt-flash", system_disk=False, capacity=512 * _GIB),
    ]  # fmt: skip


def pool_types() -> list[PoolTypeRow]:
    both = ("node01", "node02")
    device = "the device that the file system is on, such as /dev/sdb1"
    no_nfs = "Host node01 has no mount.nfs: install its package of NFS tools."
    no_rbd = "Libvirt on host node01 is built without it."
    return [
        PoolTypeRow("dir", "dir", "local", "local", both, "", ""),
        PoolTypeRow("fs", "fs", "local", "local", both, "", device),
        PoolTypeRow("netfs", "netfs", "local", "local", (), no_nfs, "server:/folder"),
        PoolTypeRow("rbd", "rbd", "local", "local", (), no_rbd, ""),
    ]
