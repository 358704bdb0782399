"""The header of an age v1 file (C2SP age.md): stanzas, and the code that binds them together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stanza:
    """One recipient's wrapped file key: its kind, arguments, and body."""

    kind: str
    arguments: tuple[str, ...]
    body: bytes
