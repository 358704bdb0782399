"""What is asked before an action runs, and the arguments that the answer gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ticrypt_tui.screens.declaration import Ask
from ticrypt_tui.screens.showing import named

if TYPE_CHECKING:
    from textual.screen import Screen

    from ticrypt_tui.screens.declaration import Action
    from ticrypt_tui.screens.resource_screen import ResourceScreen

NAMED = 12
"""How many objects a dialog names; of more it says how many more there are."""


async def asked(
    screen: ResourceScreen,
    action: Action,
    rows: Sequence[Any],
    left_out: Sequence[tuple[Any, str]] = (),
) -> dict[str, Any] | None:
    """The arguments that follow from the answer, or None where it was Cancel.

    Whatever runs on several rows is asked about, with their names.
    """
    if screen.tab.form(action.operation) is not None:
        from ticrypt_tui.screens.forms import asked_by_form

        return await asked_by_form(screen, action, rows, lines_of(screen, rows, left_out))
    if action.closed is not None and len(rows) == 1 and action.closed(rows[0]):
        return await _without(screen, action, rows[0], action.closed(rows[0]))
    ask = action.ask
    if ask is Ask.NOTHING and len(rows) + len(left_out) == 1:
        return {}
    answer = await screen.app.push_screen_wait(_dialog(screen, action, rows, left_out))
    if answer is None:
        return None
    return {"force": True} if ask is Ask.SHUTDOWN and answer is True else {}


async def _without(
    screen: ResourceScreen, action: Action, row: Any, closed: Sequence[tuple[str, str]]
) -> dict[str, Any] | None:
    """Offer to go without what the caller has no key to, and say who has."""
    from ticrypt_tui.screens.dialogs.confirm import Confirm

    verb, names = action.label.capitalize(), [name for name, _ in closed]
    lines = [f"You hold no key to {name}; who can open it: {who}." for name, who in closed]
    it = "it" if len(names) == 1 else "them"
    question = Confirm(
        f"{verb} {row.name} without {named(names, 2)}?",
        [*lines_of(screen, [row], ()), "", *lines[:NAMED], f"It can {action.label} without {it}."],
        f"{verb} without {it}",
    )
    return {"without": names} if await screen.app.push_screen_wait(question) else None


def _dialog(
    screen: ResourceScreen,
    action: Action,
    rows: Sequence[Any],
    left_out: Sequence[tuple[Any, str]],
) -> Screen[Any]:
    from ticrypt_tui.screens.dialogs.confirm import Confirm, TypedConfirm
    from ticrypt_tui.screens.dialogs.shutdown import ShutDown

    lines = [*lines_of(screen, rows, left_out), *([action.warns] if action.warns else [])]
    one = len(rows) == 1
    word = rows[0].name if one else str(len(rows))
    verb = action.label.capitalize()
    title = f"{verb} {rows[0].name}?" if one else f"{verb} {len(rows)} {screen.tab.noun}s?"
    if action.ask is Ask.SHUTDOWN:
        return ShutDown([row.name for row in rows], lines, word)
    if action.ask is Ask.TYPED_NAME:
        return TypedConfirm(title, lines, verb, word)
    return Confirm(title, lines, verb)


def lines_of(
    screen: ResourceScreen, rows: Sequence[Any], left_out: Sequence[tuple[Any, str]]
) -> list[str]:
    """What a dialog says of the objects that it is about."""
    if len(rows) == 1 and not left_out:
        return list(screen.tab.about(rows[0])) if screen.tab.about else []
    lines = [f"  {row.name}" for row in rows[:NAMED]]
    if len(rows) > NAMED:
        lines.append(f"  and {len(rows) - NAMED} more")
    if left_out:
        lines += ["", f"Left out, {len(left_out)}:"]
        lines += [f"  {row.name}: {reason}" for row, reason in left_out[:NAMED]]
    return lines
