"""The tiny Linux that the demo's VMs run: a volume built once from Debian packages."""

from __future__ import annotations

import asyncio
import hashlib
import time
from pathlib import Path
from xml.sax.saxutils import quoteattr

from ticrypt_tui.backend.errors import DeadlineMissed, Failed
from ticrypt_tui.demo import commands
from ticrypt_tui.demo.virsh import Libvirt

_HERE = Path(__file__).parent
_SCRIPT = _HERE / "build_guest.sh"
_PARTS = (_SCRIPT, _HERE / "guest-boot.cfg", _HERE / "guest")
_PING = '{"execute":"guest-ping"}'
SECONDS = 300
"""How long the building may take; nearly all of it is the download of 20 MB."""


def recipe() -> str:
    """A digest of everything that the volume is built by, apart from the packages' versions."""
    files = [file for part in _PARTS for file in (part, *sorted(part.rglob("*"))) if file.is_file()]
    content = (str(file.relative_to(_HERE)).encode() + file.read_bytes() for file in files)
    return hashlib.sha256(b"\0".join(content)).hexdigest()[:12]


def kept(folder: Path) -> Path:
    """The volume's place in a folder that is made, too."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"tiny-linux-{recipe()}.qcow2"


async def build(volume: Path) -> None:
    """Build the volume. Raises `Failed` with the reason, and with what would help."""
    unfinished = volume.with_suffix(".unfinished")
    remedy = "Its packages come through apt: check that this Debian machine can reach its sources."
    try:
        finished = await commands.run("bash", _SCRIPT, unfinished, seconds=SECONDS)
    except DeadlineMissed as error:
        raise Failed(f"The tiny Linux was not built in {SECONDS // 60} minutes.", remedy) from error
    if finished.code:
        raise Failed(f"The tiny Linux could not be built: {finished.reason}.", remedy)
    await asyncio.to_thread(unfinished.rename, volume)


async def upload(libvirt: Libvirt, pool: str, name: str, volume: Path) -> None:
    """Put the volume into a storage pool, whoever its folder belongs to; any VM may read it."""
    size = await asyncio.to_thread(lambda: volume.stat().st_size)
    document = f"""<volume>
      <name>{name}</name><capacity unit='bytes'>{size}</capacity>
      <target><format type='raw'/><permissions><mode>0644</mode></permissions></target>
    </volume>"""
    await libvirt.give("vol-create", pool, document=document)
    await libvirt.ask("vol-upload", "--pool", pool, name, volume, seconds=120)
    await libvirt.ask("pool-refresh", pool)


def document(name: str, disk: str | Path, virt_type: str) -> str:
    """A domain that boots a volume of this kind and leaves it as it is, for trying it out."""
    return f"""<domain type='{virt_type}'>
      <name>{name}</name><memory unit='MiB'>256</memory><vcpu>1</vcpu>
      <os><type arch='x86_64'>hvm</type></os>
      <features><acpi/></features><on_reboot>destroy</on_reboot>
      <devices>
        <disk type='file'><driver name='qemu' type='qcow2'/><source file={quoteattr(str(disk))}/>
          <target dev='vda' bus='virtio'/><readonly/></disk>
        <serial type='pty'/><console type='pty'/>
        <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
      </devices></domain>"""


async def answers(libvirt: Libvirt, domain: str, seconds: float) -> bool:
    """Whether the guest's agent, its last part to come up, answers within so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        asked = await libvirt.tried("qemu-agent-command", domain, _PING, "--timeout", "5")
        if asked.code == 0:
            return True
        await asyncio.sleep(0.3)
    return False
