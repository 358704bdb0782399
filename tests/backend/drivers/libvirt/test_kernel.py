"""What the kernel can do is read where the kernel and its modules say so."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from ticrypt_tui.backend.drivers.libvirt import kernel


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that says nothing of itself yet."""
    for name in ("_PROC", "_MODULES"):
        monkeypatch.setattr(kernel, name, tmp_path / name)
        (tmp_path / name / platform.release()).mkdir(parents=True)
    return tmp_path


def modules(machine: Path, lines: str) -> None:
    (machine / "_MODULES" / platform.release() / "modules.dep").write_text(lines)


def test_a_kernel_that_says_nothing_can_nothing() -> None:
    assert not kernel.mounts_nfs()
    assert not kernel.maps_devices()


def test_what_is_built_in_or_loaded_is_there(machine: Path) -> None:
    (machine / "_PROC/filesystems").write_text("nodev\tsysfs\n\text4\nnodev\tnfs4\n")
    (machine / "_PROC/misc").write_text("236 device-mapper\n130 watchdog\n")
    assert kernel.mounts_nfs()
    assert kernel.maps_devices()


def test_what_only_sounds_like_it_is_not(machine: Path) -> None:
    (machine / "_PROC/filesystems").write_text("nodev\tnfsd\n")
    modules(machine, "kernel/fs/nfsd/nfsd.ko: kernel/fs/lockd/lockd.ko\n")
    assert not kernel.mounts_nfs()


def test_a_module_that_could_be_loaded_counts(machine: Path) -> None:
    modules(machine, "kernel/fs/nfs/nfs.ko.xz: kernel/x.ko\nkernel/drivers/md/dm-mod.ko:\n")
    assert kernel.mounts_nfs()
    assert kernel.maps_devices()
