"""The console with a fault in the program: the key `!` raises where a secret is at hand."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from tests.screens.fakes import FakeEnclave
from ticrypt_tui.app import TicryptApp

SECRET = "correct horse battery staple"


class Faulty(TicryptApp):
    BINDINGS: ClassVar[list[BindingType]] = [("exclamation_mark", "fail", "")]

    def action_fail(self) -> None:
        passphrase = SECRET
        raise RuntimeError(f"a fault at a passphrase of {len(passphrase)} letters \x1b[2J")


async def _opened() -> FakeEnclave:
    return FakeEnclave()


if __name__ == "__main__":
    Faulty(_opened).run()
