"""A libvirt and a network of its own for each process that tests beside others.

Libvirt has one list of VMs, secrets and filters for a machine, and Linux one of interfaces: tests
that share them see each other's. So each process moves into namespaces of its own, in which the
folders of libvirt and the network are as on a machine where nothing runs yet.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MOUNTS, _NETWORK = 0x00020000, 0x40000000  # CLONE_NEWNS, CLONE_NEWNET: sched.h
_SYSTEMD = Path("/run/systemd/system")
_FURNISH = """
set -eu
mount --make-rprivate /
ip link set lo up

# /sys tells of the network of whoever mounted it; what is mounted below it stays.
folder=$(mktemp -d)
mount --rbind /sys/fs/cgroup "$folder"
mount -t sysfs sysfs /sys
mount --rbind "$folder" /sys/fs/cgroup
umount -l "$folder"

# All of /run as it is, but for libvirt's.
mount --rbind /run "$folder"
mount -t tmpfs -o mode=755 tmpfs /run
for each in "$folder"/*; do
    name=${each##*/}
    case $name in
        libvirt* | virt*) ;;
        *) if [ -d "$each" ] && [ ! -L "$each" ]; then
               mkdir -p "/run/$name" && mount --rbind "$each" "/run/$name"
           elif [ ! -S "$each" ]; then cp -a "$each" "/run/$name"
           fi ;;
    esac
done
umount -l "$folder"
rmdir "$folder"

for each in /etc/libvirt /var/cache/libvirt /var/lib/libvirt/qemu /var/lib/libvirt/dnsmasq; do
    [ -d "$each" ] || continue
    kept=$(mktemp -d)
    cp -a "$each/." "$kept"
    mount -t tmpfs -o "mode=$(stat -c %a "$each")" tmpfs "$each"
    chown --reference="$kept" "$each"
    cp -a "$kept/." "$each"
    rm -rf "$kept"
done
rm -rf /var/lib/libvirt/qemu/domain-* /etc/libvirt/qemu/*.xml /etc/libvirt/qemu/networks/autostart/*
"""

_libc = ctypes.CDLL(None, use_errno=True)
_outside: list[int] = []
"""The network that this process came from, as a descriptor, once it has moved."""


def possible() -> bool:
    """Whether this process could move in: not without root, and not where systemd runs libvirt."""
    if os.geteuid() != 0 or _SYSTEMD.exists():
        return False
    tried = ["unshare", "--mount", "--net", "sh", "-c", _FURNISH]
    return subprocess.run(tried, capture_output=True, check=False, timeout=60).returncode == 0


def move_in() -> None:
    """Move this process, and all that it starts from now on, into namespaces of its own."""
    _outside.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC))
    _done(_libc.unshare(_MOUNTS | _NETWORK))
    subprocess.run(["sh", "-c", _FURNISH], check=True, timeout=60)


@contextmanager
def outside() -> Iterator[None]:
    """Have what is started meanwhile be in the machine's own network: to download something."""
    if not _outside:
        yield
        return
    inside = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _done(_libc.setns(_outside[0], _NETWORK))
        yield
    finally:
        _done(_libc.setns(inside, _NETWORK))
        os.close(inside)


def _done(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
