"""The keyboard layouts that were chosen, kept in a file that may be gone or broken."""

from __future__ import annotations

from pathlib import Path

from ticrypt_tui.backend.services.guest_screens.kept_layouts import KEPT, NAME, KeptLayouts


async def test_a_choice_is_there_for_the_next_console(tmp_path: Path) -> None:
    kept = KeptLayouts(tmp_path)
    assert await kept.of("config-1") == ""
    for layout in ("de", "fr"):
        kept.keep("config-1", layout)
    await kept.close()
    assert await KeptLayouts(tmp_path).of("config-1") == "fr"
    assert (tmp_path / "screens" / NAME).stat().st_mode & 0o077 == 0


async def test_a_broken_file_is_as_none(tmp_path: Path) -> None:
    file = tmp_path / "screens" / NAME
    file.parent.mkdir()
    for broken in (b"", b"[1]", b"\xff\x00", b'{"config-1": {"x": 1}}', b'"de"'):
        file.write_bytes(broken)
        kept = KeptLayouts(tmp_path)
        assert await kept.of("config-1") in ("", "{'x': 1}")
        kept.keep("config-1", "de")
        await kept.close()
        assert await KeptLayouts(tmp_path).of("config-1") == "de"


async def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "screens").write_text("a file")
    kept = KeptLayouts(tmp_path)
    assert await kept.of("config-1") == ""
    kept.keep("config-1", "de")
    await kept.close()
    assert await kept.of("config-1") == "de"


async def test_only_the_last_choices_are_kept(tmp_path: Path) -> None:
    kept = KeptLayouts(tmp_path)
    await kept.of("")
    for number in range(KEPT + 5):
        kept.keep(f"config-{number}", "de")
    await kept.close()
    again = KeptLayouts(tmp_path)
    assert [await again.of(f"config-{number}") for number in (4, 5)] == ["", "de"]
