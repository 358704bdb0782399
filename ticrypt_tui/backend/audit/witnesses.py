"""What speaks for the log from outside of it: its checkpoints, wherever a copy of one is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ticrypt_tui.backend.audit.checkpoints import Checkpoint, last_checkpoint, read_checkpoints
from ticrypt_tui.backend.audit.journal import Journal
from ticrypt_tui.backend.audit.keys import public_file, read_public
from ticrypt_tui.backend.audit.note import PublicKey
from ticrypt_tui.backend.audit.pin import Pin, Seen
from ticrypt_tui.backend.errors import Failed


@dataclass(frozen=True, slots=True)
class Claim:
    """A checkpoint, and in whose keeping it was, such as `the journal`."""

    checkpoint: Checkpoint
    keeper: str

    @property
    def size(self) -> int:
        return self.checkpoint.size


@dataclass(frozen=True, slots=True)
class Testimony:
    """What the checkpoints say, by size; `fault` is what is wrong with themselves.

    `proven` is the size of the highest one that nothing is wrong with.
    """

    claims: tuple[Claim, ...] = ()
    key: PublicKey | None = None
    fault: str = ""
    proven: int = 0


NOBODY = Testimony()


@dataclass(frozen=True, slots=True)
class Witnesses:
    """The checkpoints of a log: in their file, in the journal, and in this console's memory.

    Methods block.
    """

    file: Path
    key_file: Path
    pin: Pin
    journal: Journal = field(default_factory=Journal)

    def hear(self, *, whole: bool) -> Testimony:
        """Every checkpoint on file, or the last one alone; and those kept elsewhere."""
        try:
            seen = self.pin.read()
        except ValueError as error:
            return Testimony(fault=f"What this console saw, {self.pin.file}, is damaged: {error}.")
        if fault := self._wrong_with_key(seen):
            return _faulty(fault, seen)
        if not public_file(self.key_file).exists():
            return NOBODY
        return self._heard(read_public(self.key_file), seen, whole=whole)

    def remember(self, checkpoint: Checkpoint | None, key: PublicKey | None) -> None:
        """Keep the highest checkpoint that was seen and found true; raises `OSError`."""
        if key is None:
            return
        seen = self.pin.read()
        known = seen.checkpoint.size if seen and seen.checkpoint else 0
        if seen is None or (checkpoint is not None and checkpoint.size > known):
            self.pin.keep(Seen(key, checkpoint))

    def _wrong_with_key(self, seen: Seen | None) -> str:
        """Why the public half is not to be trusted, or ''; that there is none yet is no fault."""
        file = public_file(self.key_file)
        if seen is None and not file.exists():
            return ""
        try:
            key = read_public(self.key_file)
        except Failed as error:
            return str(error)
        if seen is None or seen.key == key:
            return ""
        return (
            f"The key that signs checkpoints was replaced: {file} has {key.identity.hex()}, this "
            f"console knows {seen.key.identity.hex()}. If you replaced it, delete {self.pin.file}."
        )

    def _heard(self, key: PublicKey, seen: Seen | None, *, whole: bool) -> Testimony:
        try:
            on_file = self._on_file(whole=whole)
        except ValueError as error:
            fault = f"The checkpoints {self.file} are damaged: {error}."
            return _faulty(fault, seen)
        last = on_file[-1] if on_file else None
        if last and not last.signed_by(key):
            return _faulty(f"{self._says(last)} is not signed by {key.name}.", seen)
        elsewhere = self._elsewhere(key, seen, whole=whole)
        claims = [*(Claim(each, str(self.file)) for each in on_file), *elsewhere]
        claims.sort(key=lambda claim: claim.size)
        size = last.size if last else 0
        gone = next((claim for claim in reversed(elsewhere) if claim.size > size), None)
        return Testimony(tuple(claims), key, self._rolled_back(size, gone) if gone else "", size)

    def _on_file(self, *, whole: bool) -> list[Checkpoint]:
        if whole:
            return read_checkpoints(self.file)
        last = last_checkpoint(self.file)
        return [last] if last else []

    def _elsewhere(self, key: PublicKey, seen: Seen | None, *, whole: bool) -> list[Claim]:
        """The copies that are not in the file, the higher one last."""
        found = []
        if whole and (told := self.journal.highest(key)):
            found.append(Claim(told, "the journal"))
        if seen and seen.checkpoint:
            found.append(Claim(seen.checkpoint, "this console's memory"))
        return sorted(found, key=lambda claim: claim.size)

    def _rolled_back(self, size: int, gone: Claim) -> str:
        has = f"ends with the one of {size:,} records" if size else "has none"
        return (
            f"Checkpoints were taken away: {self.file} {has}, "
            f"{gone.keeper} has one of {gone.size:,}."
        )

    def _says(self, checkpoint: Checkpoint) -> str:
        return f"The checkpoint of {checkpoint.size:,} records in {self.file}"


def _faulty(fault: str, seen: Seen | None) -> Testimony:
    """A fault of the checkpoints; what this console saw itself still speaks."""
    if seen is None or seen.checkpoint is None:
        return Testimony((), None, fault)
    claim = Claim(seen.checkpoint, "this console's memory")
    return Testimony((claim,), seen.key, fault, claim.size)
