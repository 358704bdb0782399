"""Makes the glyph tables that a VM's screen is read by: `python -m tools.glyph_tables FOLDER`.

FOLDER is the root that the Debian packages console-setup-linux, seabios and qemu-system-x86 are
unpacked in (`/` where they are installed). Each table joins what one face and size has in all
character sets: glyphs in their order of character, each with the first character that it draws.
Licences: `ticrypt_tui/backend/vnc/recognition/glyphs/README.md`.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from ticrypt_tui.backend.vnc.recognition.psf import Glyph, ScreenFont, packed, unpacked

TABLES = Path(__file__).parent.parent / "ticrypt_tui/backend/vnc/recognition/glyphs"
CONSOLE_FONTS = "usr/share/consolefonts"
VGA_BIOS = "usr/share/seabios/vgabios-stdvga.bin"
QEMU = "usr/bin/qemu-system-x86_64"
FACES = {
    "Fixed": "fixed",
    "VGA": "debian-vga",
    "Terminus": "terminus",
    "TerminusBold": "terminus-bold",
    "TerminusBoldVGA": "terminus-bold-vga",
}
CP437 = (
    " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"
    + bytes(range(32, 127)).decode("cp437")
    + "⌂"
    + bytes(range(128, 256)).decode("cp437")
)
# The first bytes of "A" and "B", by which the tables are found in a file: in the VGA BIOS, in QEMU.
VGA_A = {
    16: "000010386cc6c6fec6c6c6c600000000",
    14: "000010386cc6c6fec6c6c6000000",
    8: "3078ccccfccccc00",
}
# Linux's TER16x32 is the code page 437 of Terminus Bold 32: some glyphs are of another character
# there, two stand elsewhere in the cell (lines down), and one is drawn here.
OTHERS = {"♦": "◆", "►": "▶", "◄": "◀", "ß": "β", "φ": "∅"}
MOVED = {"`": 1, "~": -9}
EPSILON = [0x07FC, 0x1FFC, 0x3C00, 0x3800, 0x7000, 0x7000, 0x7FFC]


def printable(character: str) -> bool:
    """Whether a character stands in a cell of its own."""
    return unicodedata.category(character)[0] in "LNPSZ" and character not in "\u2028\u2029"


def joined(fonts: Iterable[ScreenFont]) -> ScreenFont:
    """One font of all glyphs of several of one size, each with its first character."""
    first: dict[bytes, str] = {}
    width = height = 0
    for font in fonts:
        width, height = font.width, font.height
        for glyph in font.glyphs:
            for character in filter(printable, glyph.characters):
                first[glyph.bitmap] = min(first.get(glyph.bitmap, character), character)
    ordered = sorted(first.items(), key=lambda each: (each[1], each[0]))
    return ScreenFont(width, height, tuple(Glyph(*each) for each in ordered))


def debian(root: Path) -> Iterator[tuple[str, ScreenFont]]:
    """The faces of console-setup by name and size."""
    sizes: dict[str, list[ScreenFont]] = {}
    for file in sorted((root / CONSOLE_FONTS).glob("*-*.psf.gz")):
        design = file.name.removesuffix(".psf.gz").partition("-")[2]
        face = design.rstrip("0123456789x")
        if face in FACES:
            font = unpacked(file.read_bytes())
            name = f"{FACES[face]}-{font.width}x{font.height}"
            sizes.setdefault(name, []).append(font)
    for name, fonts in sizes.items():
        yield name, joined(fonts)


def code_page(file: Path, height: int) -> ScreenFont:
    """A table of 256 glyphs, 8 pixels wide, inside a file. Raises ValueError if it is not there."""
    data, letter = file.read_bytes(), bytes.fromhex(VGA_A[height])
    start = data.index(letter) - ord("A") * height
    glyphs = (data[start + i * height : start + (i + 1) * height] for i in range(256))
    return joined([ScreenFont(8, height, tuple(map(Glyph, glyphs, CP437)))])


def linux_terminus(font: ScreenFont) -> ScreenFont:
    """Linux's own TER16x32, from Terminus Bold of that size."""
    bitmaps = {glyph.characters: glyph.bitmap for glyph in font.glyphs}
    page = {each: bitmaps[OTHERS.get(each, each)] for each in CP437 if each not in " \xa0ε"}
    for character, lines in MOVED.items():
        page[character] = page[character][-2 * lines :] + page[character][: -2 * lines]
    half = [line.to_bytes(2, "big") for line in EPSILON]
    page["ε"] = bytes(18) + b"".join(half + half[::-1]) + bytes(18)
    page[" "] = bytes(64)
    glyphs = (Glyph(bitmap, character) for character, bitmap in page.items())
    return joined([ScreenFont(16, 32, tuple(glyphs))])


def tables(root: Path) -> Iterator[tuple[str, ScreenFont]]:
    """Every table by its name."""
    for name, font in debian(root):
        yield name, font
        if name == "terminus-bold-16x32":
            yield "linux-16x32", linux_terminus(font)
    for height in VGA_A:
        yield f"vga-8x{height}", code_page(root / VGA_BIOS, height)
    yield "linux-8x16", code_page(root / QEMU, 16)


def main(root: Path) -> int:
    TABLES.mkdir(exist_ok=True)
    for name, font in tables(root):
        (TABLES / f"{name}.psf.gz").write_bytes(packed(font))
        print(f"{name}: {len(font.glyphs)} glyphs")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
