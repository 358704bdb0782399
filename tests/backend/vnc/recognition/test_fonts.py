"""The tables of glyphs, and reading every one of them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from tests.backend.vnc.recognition.drawing import Drawing, all_fonts, font_named, read
from ticrypt_tui.backend.vnc.recognition import fonts
from ticrypt_tui.backend.vnc.recognition.fonts import Font, bits_of
from ticrypt_tui.backend.vnc.recognition.psf import unpacked
from ticrypt_tui.backend.vnc.recognition.reader import Reader
from tools import glyph_tables

VGA_BIOS = Path("/usr/share/seabios/vgabios-stdvga.bin")
COLOURS = [0x0000AA, 0x00AA00, 0xAA0000, 0xAA5500, 0xAAAAAA, 0x555555, 0x5555FF, 0xFFFFFF]


def page_of_all(font: Font) -> Drawing:
    """Every glyph, in changing colours, each fourth with the lighter one as its ground."""
    page = Drawing(font, 80, -(-len(font.characters) // 80))
    for number, ink in enumerate(font.ink):
        ground = COLOURS[number // 7 % 8] if number % 4 == 0 else 0
        colour = 0 if number % 4 == 0 else COLOURS[number % 8]
        page.put(number // 80, number % 80, ink, (colour, ground))
    return page


def test_every_glyph_of_every_font_is_read_in_all_its_colours() -> None:
    for font in all_fonts():
        page = page_of_all(font)
        screen = read(Reader().read(page.pixels, page.whole))
        assert (screen.font, screen.cell_width) == (font.name, font.width)
        assert screen.recognised == 1.0
        glyphs: dict[str, list[bytes]] = {}
        for ink, character in zip(font.ink, font.characters, strict=True):
            glyphs.setdefault(character, []).append(ink.tobytes())
        for row, cells in enumerate(screen.rows):
            for column, cell in enumerate(cells):
                if (row, column) == screen.cursor:
                    continue  # one low bar on a screen may be a cursor
                truth = page.cell(row, column)
                inked = truth == cell.foreground
                assert (inked | (truth == cell.background)).all()
                if cell.foreground != cell.background:
                    assert inked.tobytes() in glyphs[cell.character], (font.name, row, column)


def test_every_glyph_that_is_no_other_one_turned_is_read_as_its_character() -> None:
    for font in all_fonts():
        for ink, character in zip(font.ink, font.characters, strict=True):
            match = font.exact(bits_of(ink[None])[0].tobytes())
            assert match is not None
            assert not match.inverse
            assert match.character <= character  # one bitmap counts as its first character
            turned = font.exact(bits_of(~ink[None])[0].tobytes())
            assert turned is not None
            assert not turned.inverse or turned.character == match.character


def test_characters_of_one_bitmap_count_as_the_first() -> None:
    for font in all_fonts():
        first: dict[bytes, str] = {}
        for ink, character in zip(font.ink, font.characters, strict=True):
            assert first.setdefault(ink.tobytes(), character) <= character


def test_a_ninth_column_is_blank_or_the_eighth_again() -> None:
    font = font_named("vga-8x16", 9)
    line, letter = (font_named("vga-8x16").ink[font.characters.index(each)] for each in "─M")
    for ink in (line, letter):
        blank = np.pad(ink, ((0, 0), (0, 1)))
        again = np.pad(ink, ((0, 0), (0, 1)), mode="edge")
        assert font.exact(bits_of(blank[None])[0].tobytes()) is not None
        assert font.exact(bits_of(again[None])[0].tobytes()) is not None
    assert (
        font.exact(
            bits_of(np.pad(letter, ((0, 0), (0, 1)), constant_values=True)[None])[0].tobytes()
        )
        is None
    )


def test_the_nearest_glyph_is_read_only_where_no_other_is_as_near() -> None:
    font = font_named("vga-8x16")
    one = font.ink[font.characters.index("A")].copy()
    one[0, 0] = True
    near = font.nearest(bits_of(one[None])[0].tobytes())
    assert near is not None
    assert near.character == "A"
    dot, dots = (font.ink[font.characters.index(each)] for each in "-=")
    between = dot | (dots & (np.arange(16)[:, None] < 8))
    assert font.nearest(bits_of(between[None])[0].tobytes()) is None


def test_the_tables_of_vga_are_those_of_the_bios() -> None:
    if not VGA_BIOS.exists():
        pytest.skip("seabios is not installed")
    for height in glyph_tables.VGA_A:
        name = f"vga-8x{height}"
        table = (files(fonts.__package__) / "glyphs" / f"{name}.psf.gz").read_bytes()
        assert unpacked(table) == glyph_tables.code_page(VGA_BIOS, height)
