"""What is read from a guest's screen is what the guest itself says is there, cell by cell."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests import own_machine
from tests.qemu.bare_guest import BareGuest, bare_guest
from tests.real_libvirt import alone, cache
from ticrypt_tui.backend.vnc import recognition
from ticrypt_tui.backend.vnc.framebuffer import Rect
from ticrypt_tui.backend.vnc.recognition.fonts import fonts_of
from ticrypt_tui.backend.vnc.recognition.psf import unpacked
from ticrypt_tui.backend.vnc.recognition.reader import Cell, Reader, TextScreen
from tools import glyph_tables

RECIPE = Path(__file__).with_name("build_console_guest.sh")
DARK = [0x000000, 0x0000AA, 0x00AA00, 0x00AAAA, 0xAA0000, 0xAA00AA, 0xAA5500, 0xAAAAAA]
BRIGHT = [0x555555, 0x5555FF, 0x55FF55, 0x55FFFF, 0xFF5555, 0xFF55FF, 0xFFFF55, 0xFFFFFF]
SHOWN_BY_VGA = {0xAA: 0xA8, 0x55: 0x57}  # it has 6 bits for each
SECONDS = 120

Ink = list[NDArray[np.bool_]]


@pytest.fixture(scope="module")
def console_guest(tiny_guest: Path) -> Path:
    """The folder of the kernel, the initial root and the fonts, made once (5 s)."""
    digest = hashlib.sha256(RECIPE.read_bytes() + tiny_guest.name.encode()).hexdigest()[:12]
    folder = cache() / f"console-guest-{digest}"
    with alone(cache()):
        if not (folder / "kernel").exists():
            with own_machine.outside():
                subprocess.run(["bash", RECIPE, tiny_guest, folder], check=True, timeout=300)
    return folder


class Console:
    """A guest's first console, which is read as it is shown."""

    def __init__(self, guest: BareGuest, colours: Callable[[int], int]) -> None:
        self.guest, self.colours, self.reader = guest, colours, Reader()

    def read(self) -> TextScreen | None:
        picture = self.guest.picture()
        return self.reader.read(picture, [Rect(0, 0, *picture.shape[::-1])])

    def fill(self) -> None:
        """Write every glyph of the font, in all colours, past the terminal; the cursor on "k"."""
        rows, columns = self.guest.run("cat /dev/vcsa1")[:2]
        glyphs = [1 + i % 255 for i in range(rows * columns)]  # 0 is no character
        cells = [(glyph, (i * 5 + i // 128) % 128) for i, glyph in enumerate(glyphs)]
        cursor = 255 + ord("k") - 1
        head = bytes([rows, columns, cursor % columns, cursor // columns])
        page = head + bytes(value for cell in cells for value in cell)
        self.guest.run("cat > /dev/vcsa1", page)
        assert self.guest.run("cat /dev/vcsa1") == page

    def is_read(self, font: str, inks: Ink) -> None:
        """Until every cell is read as the guest says it is, and the cursor is seen."""
        said = self.guest.run("cat /dev/vcsa1")
        rows, columns, x, y = said[:4]
        wrong, screen, end = ["all"], None, time.monotonic() + SECONDS
        while time.monotonic() < end and (wrong or screen is None or screen.cursor is None):
            screen = self.read()
            if screen and screen.font == font and len(screen.rows) >= rows:
                wrong = self.wrong(screen, inks, said[4:], columns)
        assert screen is not None, "no text is read"
        assert not wrong, f"{len(wrong)} of {rows * columns} cells: {wrong[:20]}"
        assert (screen.font, screen.cursor, screen.recognised) == (font, (y, x), 1.0)

    def wrong(self, screen: TextScreen, inks: Ink, cells: bytes, columns: int) -> list[str]:
        pages = (font for font in fonts_of(8, screen.cell_height) if screen.cell_width < 10)
        fonts = (*pages, *fonts_of(screen.cell_width, screen.cell_height))
        font = next(each for each in fonts if each.name == screen.font)
        drawn: dict[str, Ink] = {}
        for character, ink in zip(font.characters, font.ink, strict=True):
            drawn.setdefault(character, []).append(ink)
        found = []
        for at in range(len(cells) // 2):
            glyph, attribute = cells[at * 2], cells[at * 2 + 1]
            cell = screen.rows[at // columns][at % columns]
            ink = self.colours((DARK + BRIGHT)[attribute & 15])
            ground = self.colours(DARK[attribute >> 4 & 7])
            truth = np.where(inks[glyph], ink, ground)
            if not any(draws(cell, each, truth) for each in drawn.get(cell.character, ())):
                found.append(f"{glyph:02x} in {ink:06x} on {ground:06x} at {at} is read as {cell}")
        return found


def draws(cell: Cell, ink: NDArray[np.bool_], truth: NDArray[np.int64]) -> bool:
    return bool((np.where(ink, cell.foreground, cell.background) == truth).all())


def options(folder: Path, display: str, more: str = "") -> list[str | Path]:
    """What QEMU is started with."""
    command = ["-append", f"quiet console=tty0 {more}", "-device", display]
    return ["-kernel", folder / "kernel", "-initrd", folder / "initrd.gz", *command]


def of_file(file: Path) -> Ink:
    font = unpacked(file.read_bytes())
    bitmaps = np.frombuffer(b"".join(each.bitmap for each in font.glyphs), np.uint8)
    lines = bitmaps.reshape(len(font.glyphs), font.height, -1)
    return list(np.unpackbits(lines, axis=2)[:, :, : font.width].astype(np.bool_))


def of_code_page(name: str, width: int, height: int) -> Ink:
    font = next(each for each in fonts_of(width, height) if each.name == name)
    page = glyph_tables.CP437.replace("\xa0", " ")
    return [font.ink[font.characters.index(character)] for character in page]


def as_vga_shows(colour: int) -> int:
    parts = (colour >> shift & 0xFF for shift in (16, 8, 0))
    red, green, blue = (SHOWN_BY_VGA.get(part, part) for part in parts)
    return red << 16 | green << 8 | blue


def test_the_tables_of_glyphs_are_those_of_debians_fonts(console_guest: Path) -> None:
    for name, font in glyph_tables.debian(console_guest):
        table = (files(recognition) / "glyphs" / f"{name}.psf.gz").read_bytes()
        assert unpacked(table) == font


@pytest.mark.slow(seconds=20)
def test_every_cell_of_vga_text_modes_is_read(console_guest: Path, tmp_path: Path) -> None:
    display = "VGA,xres=2560,yres=1600,vgamem_mb=64"
    with bare_guest(tmp_path, options(console_guest, display)) as guest:
        guest.wait_for_agent()
        console = Console(guest, as_vga_shows)
        console.fill()
        console.is_read("vga-8x16", of_code_page("vga-8x16", 8, 16))
        for name, height in (("VGA14", 14), ("VGA8", 8), ("Fixed16", 16)):
            file = console_guest / f"Lat15-{name}.psf"
            guest.run(f"setfont -C /dev/tty1 /fonts/{file.name}")
            console.fill()
            face = "debian-vga" if "VGA" in name else "fixed"
            console.is_read(f"{face}-8x{height}", of_file(file))
        # The driver of the display takes the console over, in so many pixels that Linux takes
        # its large font.
        guest.run("for each in /display/*; do insmod $each; done")
        console.colours = int
        console.fill()
        console.is_read("linux-16x32", of_code_page("linux-16x32", 16, 32))


@pytest.mark.slow(seconds=15)
def test_every_cell_of_framebuffer_consoles_is_read(console_guest: Path, tmp_path: Path) -> None:
    pixels = "vga=0x344"  # 1024 by 768, 32 bits
    with bare_guest(tmp_path, options(console_guest, "VGA", pixels)) as guest:
        guest.wait_for_agent()
        console = Console(guest, int)
        console.fill()
        console.is_read("linux-8x16", of_code_page("linux-8x16", 8, 16))
        for name, font in (
            ("Fixed16", "fixed-8x16"),
            ("VGA16", "debian-vga-8x16"),
            ("Terminus16", "terminus-8x16"),
            ("Terminus32x16", "terminus-16x32"),
        ):
            guest.run(f"setfont -C /dev/tty1 /fonts/Lat15-{name}.psf")
            console.fill()
            console.is_read(font, of_file(console_guest / f"Lat15-{name}.psf"))
