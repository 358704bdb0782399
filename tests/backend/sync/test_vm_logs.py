"""The copies of a VM's logs, which outlive its host."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.backend.play import PlayLog
from ticrypt_tui.backend.drivers.base import LogKind
from ticrypt_tui.backend.sync.vm_logs import KEPT, copy_of, keep_logs


async def test_the_last_mebibyte_of_each_log_is_kept(tmp_path: Path) -> None:
    serial = PlayLog(LogKind.SERIAL, b"a" * KEPT + b"the end")
    assert await keep_logs(tmp_path, "vm-1", [serial, PlayLog(LogKind.HYPERVISOR, b"qemu")]) == []
    kept = copy_of(tmp_path, "vm-1", LogKind.SERIAL).read_bytes()
    assert len(kept) == KEPT
    assert kept.endswith(b"the end")
    assert copy_of(tmp_path, "vm-1", LogKind.HYPERVISOR).read_bytes() == b"qemu"


async def test_a_log_that_cannot_be_read_does_not_keep_the_others_from_being_kept(
    tmp_path: Path,
) -> None:
    logs = [PlayLog(LogKind.SERIAL, None), PlayLog(LogKind.HYPERVISOR, b"qemu")]
    (fault,) = await keep_logs(tmp_path, "vm-1", logs)
    assert fault == "the serial console log was not kept: There is no serial console log."
    assert copy_of(tmp_path, "vm-1", LogKind.HYPERVISOR).exists()


async def test_only_the_consoles_user_can_read_them(tmp_path: Path) -> None:
    await keep_logs(tmp_path, "vm-1", [PlayLog(LogKind.SERIAL, b"x")])
    path = copy_of(tmp_path, "vm-1", LogKind.SERIAL)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_disk_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "vm-logs").write_text("in the way")
    (fault,) = await keep_logs(tmp_path, "vm-1", [PlayLog(LogKind.SERIAL, b"x")])
    assert "was not kept" in fault
