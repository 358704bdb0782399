"""Whether guests really boot with KVM here: tried out, because `/dev/kvm` alone does not tell.

There are machines where KVM is there and a guest crawls through its BIOS for minutes.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.demo import guest
from ticrypt_tui.demo.virsh import Libvirt

BOUND = 15.0
"""Seconds in which a guest must be up: emulated by software alone it takes about as long."""


async def find(libvirt: Libvirt, disk: str, note: Path, bound: float = BOUND) -> str:
    """`kvm` where the guest on that disk boots with it within the bound, else `qemu`.

    The answer is kept in the file `note` for as long as the kernel, libvirt and QEMU stay the same.
    """
    here = {"kernel": os.uname().release, "libvirt": await libvirt.ask("version")}
    before = _read(note)
    if {**before, **here} == before:
        return before["virt_type"]
    found = "kvm" if await boots(libvirt, disk, "kvm", bound) else "qemu"
    _write(note, {**here, "virt_type": found})
    return found


async def boots(libvirt: Libvirt, disk: str, kind: str, bound: float) -> bool:
    """Whether a guest of that kind, `kvm` or `qemu`, is up within the bound, in seconds."""
    name = f"ticrypt-probe-{secrets.token_hex(4)}"
    try:
        await libvirt.give("create", document=guest.document(name, disk, kind))
        return await guest.answers(libvirt, name, bound)
    except TicryptError:
        return False
    finally:
        with suppress(TicryptError):
            await libvirt.tried("destroy", name)


def _read(note: Path) -> dict[str, str]:
    with suppress(OSError, ValueError):
        found = json.loads(note.read_text(encoding="utf-8"))
        if isinstance(found, dict) and found.get("virt_type") in ("kvm", "qemu"):
            return found
    return {}


def _write(note: Path, found: dict[str, str]) -> None:
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(found), encoding="utf-8")
