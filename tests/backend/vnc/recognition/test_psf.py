"""Console font files of both versions."""

from __future__ import annotations

import gzip

import pytest

from ticrypt_tui.backend.vnc.recognition.psf import Glyph, ScreenFont, packed, unpacked

FONT = ScreenFont(9, 2, (Glyph(b"\x80\x80\0\0", "A"), Glyph(b"\0\0\x80\x80", "é")))


def test_a_packed_font_is_the_same_when_it_is_unpacked() -> None:
    assert unpacked(packed(FONT)) == FONT
    assert unpacked(gzip.decompress(packed(FONT))) == FONT
    assert packed(FONT) == packed(FONT)


def test_the_first_version_gives_each_glyph_its_characters_without_sequences() -> None:
    bitmaps = b"".join(bytes([i]) * 8 for i in range(256))
    characters = "".join(f"{chr(0x4E00 + i)}A\ufffeBC\uffff" for i in range(256))
    font = unpacked(b"\x36\x04\x02\x08" + bitmaps + characters.encode("utf-16-le"))
    assert (font.width, font.height, len(font.glyphs)) == (8, 8, 256)
    assert font.glyphs[255] == Glyph(b"\xff" * 8, "\u4effA")


def test_a_font_of_the_first_version_may_have_512_glyphs_and_no_characters() -> None:
    font = unpacked(b"\x36\x04\x01\x08" + bytes(512 * 8))
    assert set(font.glyphs) == {Glyph(bytes(8), "")}
    assert len(font.glyphs) == 512


@pytest.mark.parametrize("data", [b"", b"\x36\x04", b"GIF89a" + bytes(99), b"\x36\x04\x02\x08" * 9])
def test_what_is_no_font_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="console font"):
        unpacked(data)
