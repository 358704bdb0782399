"""The screens of real guests: firmware, boot loader, kernel and shell, read and typed at."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import libvirt
import pytest

from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.vnc.session import GuestScreen

GRUB = Path("/usr/lib/grub-rescue/grub-rescue-cdrom.iso")
DOMAIN = """
<domain type='qemu'>
  <name>{name}</name><uuid>{uuid}</uuid><memory unit='MiB'>192</memory><vcpu>1</vcpu>
  <os><type arch='x86_64'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='cdrom'>
      <source file='{grub}'/><target dev='sda' bus='sata'/><readonly/>
      <boot order='1'/>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='{disk}'/><target dev='vda' bus='virtio'/>
      <boot order='2'/>
    </disk>
    {graphics}
    <video><model type='vga'/></video>
  </devices>
</domain>
"""
SOCKET = "<graphics type='vnc'><listen type='socket'/></graphics>"
BOOTS = "linux /vmlinuz quiet console=tty0\ninitrd /initrd.gz\nboot\n"
TYPED = "echo 'a@b|c~d{e}' > /tmp/x && cat /tmp/x"


@pytest.fixture
def stranger(connection: libvirt.virConnect, name: str) -> Iterator[Callable[[str], str]]:
    """Starts a domain that nobody started from the console: GRUB with the tiny Linux at hand."""
    if not GRUB.is_file():
        pytest.skip("grub-rescue-pc is not installed")
    started = []

    def start(graphics: str = SOCKET) -> str:
        it = f"screen-{secrets.token_hex(4)}"
        disk = f"/var/lib/libvirt/images/{name}/tiny.qcow2"
        document = DOMAIN.format(
            name=it, uuid=uuid.uuid4(), grub=GRUB, disk=disk, graphics=graphics
        )
        started.append(connection.createXML(document))
        return it

    yield start
    for domain in started:
        with suppress(libvirt.libvirtError):
            domain.destroy()


async def says(enclave: Enclave, vm: str, words: str, seconds: float = 240) -> list[str]:
    """The lines of a VM's screen, once one of them has the words."""
    lines: list[str] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not any(words in line for line in lines):
                await asyncio.sleep(0.5)
                lines = list((await enclave.run("vm.screen_text", {"vm": vm})).lines)
    assert any(words in line for line in lines), "\n".join(lines)
    return lines


async def until(holds: Callable[[], Any], seconds: float = 120) -> None:
    for _ in range(int(seconds * 10)):
        if holds():
            return
        await asyncio.sleep(0.1)
    raise AssertionError


async def quiet(screen: GuestScreen) -> None:
    """Wait until nothing has changed for a second, as far as this machine keeps up."""
    before = None
    for _ in range(240):
        await asyncio.sleep(1)
        before, same = screen.pixels.tobytes(), screen.pixels.tobytes() == before
        if same:
            return
    raise AssertionError


@asynccontextmanager
async def alone(enclave: Enclave, vm: str) -> AsyncIterator[None]:
    """A client that does not share the screen (RFC 6143 7.3.1)."""
    row = await enclave.find("vm", vm)
    way = await enclave.watch.host(row.host_id).open_graphics(row.uuid)
    reader, writer = await asyncio.open_connection(sock=way.stream)
    writer.write(await reader.readexactly(12))
    await reader.readexactly(1 + 1)
    writer.write(b"\1\0")
    await reader.readexactly(4 + 24)
    yield
    writer.close()


async def line(screen: GuestScreen, text: str, then: str) -> None:
    """Type a line, and wait for what the guest says then below it."""
    assert await screen.paste(f"{text}\n") == ""
    await until(lambda: any(each == then or each.startswith(then) for each in below(screen, text)))


def below(screen: GuestScreen, text: str) -> list[str]:
    """The lines below the one that was typed last."""
    lines = screen.text.lines() if screen.text else []
    typed = [number for number, each in enumerate(lines) if each.endswith(text)]
    return lines[typed[-1] + 1 :] if typed else []


async def opened(enclave: Enclave, vm: str) -> GuestScreen:
    """The screen of a VM, once its host has told of it."""
    enclave.refresh()

    async def there() -> bool:
        rows: Any = (await enclave.listing("running")).rows
        return vm in {name for row in rows if row.has_screen for name in (row.id, row.name)}

    assert await enclave.until(there, 60)
    screen = await enclave.run("vm.open_vnc", {"vm": vm})
    assert isinstance(screen, GuestScreen)
    return screen


@pytest.mark.slow(seconds=60)
async def test_a_guest_is_followed_and_typed_at_from_its_firmware_to_its_end(
    enclave: Enclave, stranger: Callable[[], str]
) -> None:
    vm = stranger()
    screen, sizes = await opened(enclave, vm), set()
    end = screen.subscribe(lambda _: sizes.add((screen.width, screen.height)))
    assert screen.view_only  # nobody knows what a stranger holds
    await screen.set_view_only(False)

    await says(enclave, vm, "GNU GRUB  version 2")  # the boot loader
    async with alone(enclave, vm):  # another client, which wants the screen for itself
        await until(lambda: "another client may have taken its screen" in screen.notice)
    await until(lambda: "was made again at" in screen.notice)
    assert screen.key("c", "c")
    await until(lambda: "grub>" in words(screen))
    await line(screen, "set gfxmode=800x600; insmod all_video", "grub>")
    await screen.paste("terminal_output gfxterm\n")
    await until(lambda: (screen.width, screen.height) == (800, 600))
    await quiet(screen)
    await screen.paste("terminal_output console\n")
    await until(lambda: (screen.width, screen.height) == (720, 400) and "grub>" in words(screen))
    await line(screen, "search --file --set=root /vmlinuz", "grub>")
    await line(screen, "linux /vmlinuz quiet console=tty0", "grub>")
    await line(screen, "initrd /initrd.gz", "grub>")
    await screen.paste("boot\n")

    await says(enclave, vm, "tiny-linux ready")  # the kernel, and its shell
    await line(screen, TYPED, "a@b|c~d{e}")
    assert "a@b|c~d{e}" in await says(enclave, vm, "a@b|c~d{e}")
    await screen.press("SysRq-h")
    await says(enclave, vm, "sysrq: HELP")
    await line(screen, "reboot", "")
    await until(lambda: "The guest rebooted at" in screen.notice)
    await says(enclave, vm, "GNU GRUB  version 2")
    assert not screen.ended

    await enclave.run("vm.shutdown", {"vm": vm, "force": True})
    await until(lambda: screen.ended)
    assert screen.notice == "The VM has ended. This is the last picture of its screen."
    assert "GNU GRUB  version 2" in words(screen)
    end()
    await screen.close()
    assert {(720, 400), (800, 600)} <= sizes


def words(screen: GuestScreen) -> str:
    return "\n".join(screen.text.lines()) if screen.text else ""
