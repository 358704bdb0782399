"""What a hardware setup must be like, and what may be done with it as it stands (domain.md 2.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import category

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.setups.setups import SetupRow
from ticrypt_tui.backend.services.wording import listed, so_many
from ticrypt_tui.backend.store.tables.machines import VmConfiguration

LONGEST_SCRIPT = 65536
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, invisible formatting such as turning the text round, and line ends that look like
none: what a reader of a script would not see (CWE-1007)."""


def proper_script(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A start-up script is a text of at most 65,536 characters, without any that are not seen."""
    script = arguments.get("startup_script") or ""
    if len(script) > LONGEST_SCRIPT:
        return f"A start-up script has at most {LONGEST_SCRIPT:,} characters, not {len(script):,}."
    for number, line in enumerate(normal(script).split("\n"), 1):
        if unseen := next(
            (each for each in line if each != "\t" and category(each) in _UNSEEN), ""
        ):
            return f"Line {number} has the control character U+{ord(unseen):04X}: take it out."
    return ""


def normal(script: str) -> str:
    """A script with its lines ended as on Linux; '' where nothing is written in it."""
    return script.replace("\r\n", "\n") if script.strip() else ""


def not_used(caller: Caller, thing: SetupRow, arguments: Mapping[str, Any]) -> str:
    """A setup goes only when no configuration uses it."""
    return refusal_for(thing.configs)


def refusal_for(names: Sequence[str]) -> str:
    """Why a setup that these configurations use is not deleted, or ''."""
    if not names:
        return ""
    what = so_many(len(names), "configuration uses", "configurations use")
    return f"{what} it: {listed(names)}."


async def refuse_used(session: AsyncSession, setup_id: str) -> None:
    """The same as `not_used`, in the transaction that deletes it."""
    users = select(VmConfiguration.name).where(VmConfiguration.setup_id == setup_id)
    if reason := refusal_for(list(await session.exec(users.order_by(col(VmConfiguration.name))))):
        raise Refused(reason)
