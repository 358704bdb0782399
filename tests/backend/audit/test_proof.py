"""What an unbroken chain cannot show, the checkpoints do: each case found, and named."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.backend.audit.builders import entry, tamper
from ticrypt_tui.backend.audit import chain, signing
from ticrypt_tui.backend.audit import verify as verify_module
from ticrypt_tui.backend.audit.checkpoints import Checkpoint, read_checkpoints
from ticrypt_tui.backend.audit.journal import Journal
from ticrypt_tui.backend.audit.keys import make_key, public_file, read_key, read_public
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.audit.pin import Pin
from ticrypt_tui.backend.audit.signing import Signing
from ticrypt_tui.backend.audit.verify import Verdict, verify
from ticrypt_tui.backend.audit.witnesses import Witnesses
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.errors import Failed


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes, and every new record is signed at once."""
    monkeypatch.setattr(verify_module, "GRACE", 0.0)
    monkeypatch.setattr(signing, "EVERY", 0.0)


@dataclass
class Lab:
    """A log with its key, its checkpoints, and a console that has seen them."""

    log: AuditLog
    origin: Origin
    witnesses: Witnesses
    signing: Signing

    async def write(self, count: int, *, reason: str = "") -> None:
        async with self.log.database.write() as session:
            await chain.add(session, [entry(self.origin, "op", reason=reason)] * count)
        await self.log.catch_up()

    async def verified(self, after: Verdict | None = None) -> Verdict:
        return await verify(self.log.database, self.log.file, after, self.witnesses)

    async def sign(self) -> Verdict:
        """Sign what there is, and let the console see it."""
        self.signing.sign(await self.verified())
        verdict = await self.verified()
        self.witnesses.remember(verdict.signed, verdict.key)
        return verdict

    async def replace(self, count: int) -> None:
        """Put another unbroken log in the place of table and file."""
        await tamper(self.log.database, "DELETE FROM audit_record")
        self.log.file.unlink()
        await self.write(count, reason="Nothing happened.")

    async def cut(self, after: int) -> None:
        """Cut off the end of table and file."""
        await tamper(self.log.database, "DELETE FROM audit_record WHERE seq > :n", n=after)
        lines = self.log.file.read_bytes().splitlines(keepends=True)
        self.log.file.write_bytes(b"".join(lines[:after]))


@pytest.fixture
async def lab(log: AuditLog, origin: Origin, tmp_path: Path) -> Lab:
    """Four records and their checkpoint, then two and theirs."""
    key_file, file = tmp_path / "etc" / "checkpoint.key", tmp_path / "audit.checkpoints"
    make_key(key_file, "ticrypt-tui/lab")
    journal = Journal(tmp_path / "no-journal")
    pin = Pin.of(tmp_path / "data", "sqlite")
    made = Lab(
        log, origin, Witnesses(file, key_file, pin, journal), Signing(file, key_file, 1000, journal)
    )
    for count in (4, 2):
        await made.write(count)
        await made.sign()
    return made


async def assert_found(lab: Lab, first_bad: int, *says: str) -> None:
    verdict = await lab.verified()
    assert (verdict.first_bad, verdict.ok) == (first_bad, False), verdict.sentence
    assert [each for each in says if each not in verdict.sentence] == [], verdict.sentence


async def test_a_good_log_says_what_is_signed_and_by_whom(lab: Lab) -> None:
    await lab.write(1)
    verdict = await lab.verified()
    assert (verdict.ok, verdict.up_to, verdict.signed_up_to) == (True, 7, 6)
    assert verdict.sentence.endswith("6 of them are signed by ticrypt-tui/lab.")


async def test_a_later_verification_sees_the_checkpoint_of_what_an_earlier_one_read(
    lab: Lab,
) -> None:
    await lab.write(1)
    earlier = await lab.verified()
    lab.signing.sign(earlier)
    later = await lab.verified(earlier)
    assert (later.ok, later.up_to, later.signed_up_to) == (True, 7, 7)


async def test_a_cut_end_is_found(lab: Lab) -> None:
    await lab.cut(4)
    await assert_found(lab, 5, "end of the log was cut off: records 5 to 6 are gone")


async def test_a_log_without_any_record_left_is_found(lab: Lab) -> None:
    await lab.cut(0)
    await assert_found(lab, 1, "records 1 to 6 are gone from table and file")


@pytest.mark.parametrize("records", [6, 9])
async def test_a_log_replaced_by_a_valid_one_is_found(lab: Lab, records: int) -> None:
    await lab.replace(records)
    await assert_found(lab, 1, "The log was replaced", "records 1 to 4 are not those")


async def test_an_end_replaced_by_a_valid_one_is_found(lab: Lab) -> None:
    await lab.cut(4)
    await lab.write(2, reason="Nothing happened.")
    await assert_found(lab, 5, "The log was replaced", "records 5 to 6 are not those")


async def test_a_replaced_log_is_found_without_any_checkpoint_on_file(lab: Lab) -> None:
    lab.witnesses.file.unlink()
    await lab.replace(8)
    await assert_found(lab, 1, "The log was replaced", "this console's memory")


async def test_checkpoints_rolled_back_are_found(lab: Lab) -> None:
    first = read_checkpoints(lab.witnesses.file)[0]
    lab.witnesses.file.write_text(f"{first.note}\n")
    await assert_found(lab, 5, "Checkpoints were taken away", "ends with the one of 4 records")


async def test_checkpoints_rolled_back_together_with_the_log_are_found(lab: Lab) -> None:
    first = read_checkpoints(lab.witnesses.file)[0]
    lab.witnesses.file.write_text(f"{first.note}\n")
    await lab.cut(4)
    await assert_found(lab, 5, "end of the log was cut off", "this console's memory")


async def test_checkpoints_that_are_gone_are_found(lab: Lab) -> None:
    lab.witnesses.file.unlink()
    await assert_found(lab, 1, "Checkpoints were taken away", "has none")


async def test_a_changed_checkpoint_is_found(lab: Lab) -> None:
    file = lab.witnesses.file
    text = file.read_text()
    root = base64.b64encode(read_checkpoints(file)[0].root).decode()
    file.write_text(text.replace(root, base64.b64encode(b"x" * 32).decode()))
    await assert_found(lab, 1, "The checkpoint of 4 records", "was changed")


async def test_a_checkpoint_of_another_key_is_found(lab: Lab, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    make_key(other, "ticrypt-tui/lab")
    with lab.witnesses.file.open("a") as out:
        verdict = await lab.verified()
        out.write(f"{Checkpoint.of(verdict.tree, read_key(other)).note}\n")
    await assert_found(lab, 7, "checkpoint of 6 records", "not signed by ticrypt-tui/lab")


async def test_a_replaced_key_is_found(lab: Lab) -> None:
    for file in (lab.witnesses.key_file, public_file(lab.witnesses.key_file)):
        file.unlink()
    make_key(lab.witnesses.key_file, "ticrypt-tui/lab")
    await assert_found(lab, 7, "The key that signs checkpoints was replaced", "audit-pin-")


async def test_everything_replaced_by_who_has_another_key_is_found(lab: Lab) -> None:
    for file in (lab.witnesses.key_file, public_file(lab.witnesses.key_file)):
        file.unlink()
    make_key(lab.witnesses.key_file, "ticrypt-tui/lab")
    lab.witnesses.file.unlink()
    await lab.replace(6)
    await assert_found(lab, 1, "The log was replaced", "this console's memory")


async def test_a_public_key_that_is_gone_is_found(lab: Lab) -> None:
    public_file(lab.witnesses.key_file).unlink()
    await assert_found(lab, 7, "checkpoint.key.pub cannot be read")


async def test_a_file_that_holds_no_checkpoints_is_found(lab: Lab) -> None:
    lab.witnesses.file.write_text("one\n\ntwo\n\nthree\n\n")
    await assert_found(lab, 7, "are damaged: it is no checkpoint")


async def test_a_copy_in_the_journal_speaks_where_this_console_saw_nothing(
    lab: Lab, tmp_path: Path
) -> None:
    last = read_checkpoints(lab.witnesses.file)[-1]
    there, reader = tmp_path / "socket", tmp_path / "journalctl"
    there.touch()
    said = json.dumps({"TICRYPT_CHECKPOINT": base64.b64encode(last.note.encode()).decode()})
    reader.write_text(f"#!/bin/sh\necho '{{}}'\necho '{said}'\n")
    reader.chmod(0o700)
    journal, pin = Journal(there, str(reader)), Pin.of(tmp_path / "new", "sqlite")
    lab.witnesses = Witnesses(lab.witnesses.file, lab.witnesses.key_file, pin, journal)
    assert (await lab.verified()).ok
    lab.witnesses.file.unlink()
    await assert_found(lab, 1, "the journal has one of 6")
    await lab.cut(4)
    await assert_found(lab, 5, "end of the log was cut off", "the journal")


async def test_checkpoints_are_not_missed_before_there_is_a_key(
    log: AuditLog, tmp_path: Path
) -> None:
    pin = Pin.of(tmp_path / "data", "sqlite")
    witnesses = Witnesses(tmp_path / "none", tmp_path / "key", pin, Journal(tmp_path / "none"))
    assert (await verify(log.database, log.file, None, witnesses)).ok


# Signing


async def test_what_is_signed_already_is_not_signed_again(lab: Lab) -> None:
    await lab.sign()
    assert [each.size for each in read_checkpoints(lab.witnesses.file)] == [4, 6]


async def test_a_few_records_wait_for_their_minute_and_many_do_not(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "EVERY", 3600.0)
    await lab.write(1)
    assert lab.signing.sign(await lab.verified()) > 3000
    many = Signing(lab.signing.file, lab.signing.key_file, 1, lab.signing.journal)
    many.sign(await lab.verified())
    assert read_checkpoints(lab.witnesses.file)[-1].size == 7


async def test_nobody_signs_anew_what_was_signed_and_taken_away(lab: Lab) -> None:
    await lab.write(1)
    good = await lab.verified()
    lab.signing.file.unlink()
    with pytest.raises(Failed, match="taken away"):
        lab.signing.sign(good)


async def test_nobody_signs_with_a_key_that_is_not_the_public_halfs(
    lab: Lab, tmp_path: Path
) -> None:
    make_key(tmp_path / "other.key", "ticrypt-tui/lab")
    public_file(lab.signing.key_file).unlink()
    public_file(tmp_path / "other.key").rename(public_file(lab.signing.key_file))
    verdict = Verdict(7, tree=(await lab.verified()).tree)
    with pytest.raises(Failed, match="not the one of its public half"):
        lab.signing.sign(verdict)


async def test_a_checkpoint_goes_to_the_journal_too(
    lab: Lab, tmp_path: Path, receiver: Callable[[], bytes]
) -> None:
    journal = Journal(tmp_path / "journal")
    await lab.write(1)
    Signing(lab.signing.file, lab.signing.key_file, 1, journal).sign(await lab.verified())
    fields = dict(line.split("=", 1) for line in receiver().decode().splitlines())
    note = base64.b64decode(fields["TICRYPT_CHECKPOINT"]).decode()
    assert Checkpoint.read(note) == read_checkpoints(lab.signing.file)[-1]
    key = read_public(lab.signing.key_file)
    assert fields["TICRYPT_CHECKPOINT_KEY"] == key.identity.hex()


def test_the_key_is_its_owners_alone_and_the_public_half_everyones(tmp_path: Path) -> None:
    file = tmp_path / "etc" / "checkpoint.key"
    assert make_key(file, "lab")
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert stat.S_IMODE(public_file(file).stat().st_mode) == 0o444
    assert read_key(file).public == read_public(file)
    assert not make_key(file, "lab")
