"""Opening the form of an action: one that saves by itself, or one that only asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ticrypt_tui.screens.dialogs.form import FormDialog
from ticrypt_tui.screens.filling import Filling

if TYPE_CHECKING:
    from ticrypt_tui.screens.declaration import Action, Form
    from ticrypt_tui.screens.resource_screen import ResourceScreen


async def filled_in(screen: ResourceScreen, action: Action, row: Any) -> str:
    """Let a form be filled in until it is saved or left; says what was saved, or ''.

    Raises a `TicryptError` where what there is to choose from cannot be read.
    """
    form = _form(screen, action)
    filling = Filling(screen.tab, form, [] if row is None else [row], screen.console)
    await filling.prepare()
    title = f"{form.title} {row.name}" if row is not None else form.title
    about = form.tells(row) if form.tells is not None and row is not None else ()
    dialog = FormDialog(title, filling, saves=True, about=about)
    arguments = await screen.app.push_screen_wait(dialog)
    if arguments is None:
        return ""
    made = getattr(dialog.result, "ids", (dialog.result,))[0]
    if dialog.filling.makes and made and isinstance(made, str):
        screen.reveal(made)
    name = arguments.get(screen.tab.called) or getattr(row, "name", "")
    said = f"{dialog.filling.form.title} {name}: saved"
    return ". ".join(each for each in (said, dialog.said, *dialog.told_of) if each)


async def asked_by_form(
    screen: ResourceScreen, action: Action, rows: Sequence[Any], about: Sequence[str]
) -> dict[str, Any] | None:
    """The arguments that a form gives for these rows, or None where it was left."""
    form = _form(screen, action)
    filling = Filling(screen.tab, form, rows, screen.console)
    await filling.prepare()
    what = rows[0].name if len(rows) == 1 else f"{len(rows)} {screen.tab.noun}s"
    if form.tells is not None and len(rows) == 1:
        about = (*about, *form.tells(rows[0]))
    dialog = FormDialog(f"{form.title} {what}", filling, saves=False, about=about)
    return await screen.app.push_screen_wait(dialog)


def _form(screen: ResourceScreen, action: Action) -> Form:
    form = screen.tab.form(action.operation)
    assert form is not None
    return form
