"""The console on an enclave whose every name is hostile, or harmless: the argument says which."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.screens import fakes
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import Failed

HOSTILE = (
    "\x1b]0;PWNED\x07",  # the title
    "\x1b]52;c;UFdORUQ=\x07",  # the clipboard
    "\x9b31mred\x9b0m",  # C1: CSI
    "\x1b[2J\x1b[1;1H",  # clear the screen
    "\u202egnp.exe\u2066x\u2069",  # bidirectional override
    "a\u200bb\ufeffc\u00ad",  # invisible
    "[red]markup[/red] [@click=app.quit]x[/]",
    "line\nbreak\ttab\rreturn\x08\x7f",
    "\U000e0041\ud800",  # tags, a lone surrogate
    "名前" * 200,
)


def enclave(kind: str) -> fakes.FakeEnclave:
    """The enclave, with every text of every row made hostile in turn."""
    made = fakes.FakeEnclave()
    made.answers["vm.shutdown"] = Failed("Its guest does not react.", "Force it off.")
    if kind == "harmless":
        return made
    for tab, rows in made.rows.items():
        made.rows[tab] = [_spoiled(row, number) for number, row in enumerate(rows)]
    made.audit = [_spoiled(record, number) for number, record in enumerate(made.audit)]
    made.notices = {"running": HOSTILE[:3], "past": HOSTILE[3:6]}
    made.status = replace(made.status, realms=HOSTILE, chain="".join(HOSTILE), messages=HOSTILE)
    made.caller = replace(made.caller, login="".join(HOSTILE))
    made.answers["realm.view_config"] = "\n".join(HOSTILE)
    text = "\n".join(HOSTILE).encode(errors="surrogatepass")
    fault = Failed("".join(HOSTILE), "".join(HOSTILE))
    made.answers["vm.logs"] = (
        fakes.FakeLog("".join(HOSTILE), (text, b"\xff\xfe\x80\x9b")),
        fakes.FakeLog("broken", fault=fault),
    )
    made.answers["vm.shutdown"] = fault
    return made


def _spoiled(row: Any, number: int) -> Any:
    """A copy of a row, each of whose texts ends in one of the hostile ones."""
    changes: dict[str, Any] = {}
    for place, name in enumerate(type(row).__dataclass_fields__):
        value = getattr(row, name)
        if isinstance(value, str) and name not in ("state", "outcome", "end"):
            changes[name] = value[:2] + HOSTILE[(number + place) % len(HOSTILE)]
    return replace(row, **changes)


def clock() -> datetime:
    return fakes.NOW


def main(kind: str) -> None:
    made = enclave(kind)

    async def opener() -> fakes.FakeEnclave:
        return made

    console: Callable[..., TicryptApp] = TicryptApp
    console(opener, clock=clock).run()


if __name__ == "__main__":
    main(sys.argv[1])
