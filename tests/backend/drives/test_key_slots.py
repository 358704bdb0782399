"""Keys come to a LUKS header and go from it, on a copy, and no key is seen by anyone else."""

from __future__ import annotations

import asyncio
import secrets
import struct
from base64 import b64encode
from pathlib import Path

import pytest

from ticrypt_tui.backend.drives import key_slots, qemu_img
from ticrypt_tui.backend.errors import DeadlineMissed, Refused

OLD, NEW, OTHER = (b64encode(secrets.token_bytes(32)) for _ in range(3))


@pytest.fixture(scope="module")
def header(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The header of a volume that `OLD` opens."""
    folder = tmp_path_factory.mktemp("luks")
    words = ("create", "-f", "luks", "-o", "key-secret=key0,iter-time=10", "volume", "1M")
    assert asyncio.run(qemu_img.run(folder, [OLD], *words)) == ""
    content = (folder / "volume").read_bytes()
    return content[: key_slots.header_length(content[: key_slots.FIRST])]


@pytest.mark.slow(seconds=4)
async def test_a_key_that_was_rotated_out_opens_nothing_any_more(header: bytes) -> None:
    both = await key_slots.add_slot(header, OLD, NEW)
    assert await key_slots.opens(both, OLD)
    assert await key_slots.opens(both, NEW)
    alone = await key_slots.keep_only(both, NEW)
    assert await key_slots.opens(alone, NEW)
    assert not await key_slots.opens(alone, OLD)
    assert len(alone) == len(both) == len(header)


@pytest.mark.slow(seconds=3)
async def test_an_upload_that_is_cut_off_anywhere_leaves_a_key_that_opens(header: bytes) -> None:
    both = await key_slots.add_slot(header, OLD, NEW)
    alone = await key_slots.keep_only(both, NEW)
    for cut in (0, 208, 240, 592, 8 * 512 + 1000, 512 * 512 + 1000, len(header) - 1):
        assert await key_slots.opens(both[:cut] + header[cut:], OLD)
        torn = alone[:cut] + both[cut:]
        assert await key_slots.opens(torn, NEW)
        again = await key_slots.keep_only(torn, NEW)
        assert again[4096:260096] != header[4096:260096]


async def test_what_a_slot_held_is_overwritten(header: bytes) -> None:
    both = await key_slots.add_slot(header, OLD, NEW)
    alone = await key_slots.keep_only(both, NEW)
    start, size = 8 * 512, 64 * 4000
    assert alone[start : start + size] != both[start : start + size]
    active = struct.pack(">I", 0x00AC71F3)
    assert (both[:592].count(active), alone[:592].count(active)) == (2, 1)
    revived = bytearray(alone)
    revived[208:256] = both[208:256]
    assert not await key_slots.opens(bytes(revived), OLD)


async def test_a_key_that_opens_nothing_is_refused(header: bytes) -> None:
    assert not await key_slots.opens(header, OTHER)
    with pytest.raises(Refused, match="does not open"):
        await key_slots.add_slot(header, OTHER, NEW)
    with pytest.raises(Refused, match="does not open"):
        await key_slots.keep_only(header, OTHER)


async def test_a_header_without_a_free_slot_takes_no_more(header: bytes) -> None:
    full = bytearray(header)
    for number in range(8):
        struct.pack_into(">I", full, 208 + 48 * number, 0x00AC71F3)
    with pytest.raises(Refused, match="All eight key slots"):
        await key_slots.add_slot(bytes(full), OLD, NEW)


async def test_what_was_destroyed_no_key_opens(header: bytes) -> None:
    over = key_slots.destroyed(header)
    assert len(over) == len(header)
    with pytest.raises(Refused, match="no LUKS header"):
        key_slots.header_length(over[: key_slots.FIRST])


def test_what_is_no_header_of_this_kind_is_refused(header: bytes) -> None:
    luks2 = header[:6] + b"\x00\x02" + header[8:592]
    endless = bytearray(header[:592])
    struct.pack_into(">I", endless, 104, 2**32 - 1)
    far_slot = bytearray(header[:592])
    struct.pack_into(">I", far_slot, 208 + 40, 2**31)
    with pytest.raises(Refused, match="version 2"):
        key_slots.header_length(luks2)
    for broken in (b"", header[:100], bytes(592), bytes(endless), bytes(far_slot)):
        with pytest.raises(Refused, match="no LUKS header"):
            key_slots.header_length(broken)


async def test_a_header_that_is_cut_off_is_refused(header: bytes) -> None:
    with pytest.raises(Refused, match="ends within"):
        await key_slots.add_slot(header[:4096], OLD, NEW)


async def test_keys_are_no_arguments_and_in_no_environment(
    header: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = tmp_path / "qemu-img"
    spy.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/seen\nenv >>{tmp_path}/seen\n')
    spy.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    await key_slots.add_slot(header, OLD, NEW)
    seen = (tmp_path / "seen").read_text()
    assert "new-secret=key1" in seen
    assert OLD.decode() not in seen
    assert NEW.decode() not in seen


async def test_without_qemu_img_the_refusal_says_what_to_install(
    header: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="Install qemu-utils"):
        await key_slots.opens(header, OLD)


async def test_a_qemu_img_that_hangs_is_given_up(
    header: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = tmp_path / "qemu-img"
    spy.write_text("#!/bin/sh\nexec sleep 600\n")
    spy.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(qemu_img, "SECONDS", 0.2)
    with pytest.raises(DeadlineMissed):
        await key_slots.opens(header, OLD)
