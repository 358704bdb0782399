from __future__ import annotations

import json
from pathlib import Path

import pytest

from ticrypt_tui.demo import virt_type
from ticrypt_tui.demo.virsh import Libvirt


@pytest.mark.slow(seconds=15)
async def test_a_guest_that_boots_is_seen_to_boot(libvirtd: Libvirt, tiny_guest: Path) -> None:
    assert await virt_type.boots(libvirtd, str(tiny_guest), "qemu", bound=120)


@pytest.mark.slow(seconds=5)
async def test_a_guest_that_is_not_up_in_time_does_not_boot_and_is_ended(
    libvirtd: Libvirt, tiny_guest: Path
) -> None:
    assert not await virt_type.boots(libvirtd, str(tiny_guest), "qemu", bound=0.5)
    assert "ticrypt-probe" not in " ".join(await libvirtd.names("list"))


async def test_a_guest_that_libvirt_refuses_does_not_boot(
    libvirtd: Libvirt, tmp_path: Path
) -> None:
    assert not await virt_type.boots(libvirtd, str(tmp_path / "none.qcow2"), "qemu", bound=5)


async def test_what_does_not_boot_with_kvm_is_emulated_and_not_tried_again(
    libvirtd: Libvirt, tmp_path: Path
) -> None:
    note = tmp_path / "folder" / "virt-type.json"

    assert await virt_type.find(libvirtd, str(tmp_path / "none.qcow2"), note) == "qemu"
    noted = json.loads(note.read_text())
    note.write_text(json.dumps({**noted, "virt_type": "kvm"}))
    assert await virt_type.find(libvirtd, str(tmp_path / "none.qcow2"), note) == "kvm"


@pytest.mark.parametrize("text", ["", "[]", '{"virt_type": "vmware"}', '{"kernel": "1.0"}'])
async def test_a_note_that_does_not_fit_is_not_believed(
    libvirtd: Libvirt, tmp_path: Path, text: str
) -> None:
    note = tmp_path / "virt-type.json"
    note.write_text(text)

    assert await virt_type.find(libvirtd, str(tmp_path / "none.qcow2"), note) == "qemu"
