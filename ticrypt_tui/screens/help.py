"""The keys that work here, with what they do; what would be refused now says why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from ticrypt_tui.config.key_names import face
from ticrypt_tui.config.keymap import DEFAULTS, KEYS
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.backlog import PatientScreen
from ticrypt_tui.widgets.cells import fitted

if TYPE_CHECKING:
    from ticrypt_tui.screens.dialogs.table_view import TableView
    from ticrypt_tui.screens.dialogs.viewer import Viewer
    from ticrypt_tui.screens.tab_screen import TabScreen

FACE = 16
SAYS = {key.action: key.says for key in KEYS}
ROW, LIST, HERE = PARTS = ("On the row", "In the list", "Everywhere")


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """A key of some part of the screen, what it does, and why it would not now."""

    part: str
    keys: str
    says: str
    why_not: str = ""


def entries(screen: TabScreen | TableView | Viewer) -> list[HelpEntry]:
    """Every key that works on a screen now, from the same bindings that the keys run through."""
    reasons: dict[str, str] = getattr(screen, "reasons", dict)()
    keys: dict[tuple[str, str, str], list[str]] = {}
    for key, (node, binding, _, _) in screen.active_bindings.items():
        part = HERE if node in (screen, screen.app) else LIST
        if binding.action in reasons:
            part = ROW
        says = _said(binding, own=node is screen and screen.is_modal)
        if says:
            place = (part, says, reasons.get(binding.action, ""))
            keys.setdefault(place, []).append(face(key))
    listed = [HelpEntry(place[0], " ".join(faces), *place[1:]) for place, faces in keys.items()]
    return sorted(listed, key=lambda entry: PARTS.index(entry.part))


def _said(binding: Binding, *, own: bool) -> str:
    """What a key does, as the key map says; in a view with keys of its own, as the view does."""
    if not binding.id:
        return ""
    general = SAYS.get(binding.id, "")
    return (own and binding.description) or general or binding.description


class Help(PatientScreen, ModalScreen[None]):
    """The list of keys; typing searches it."""

    DEFAULT_CSS = """
    Help { align: center middle; background: $background 60%; }
    Help:ansi { background: ansi_default; }
    Help > Vertical {
        width: 84; max-width: 96%; height: auto; max-height: 92%; padding: 0 2;
        background: $surface; border: round $primary; border-title-style: bold;
    }
    Help Input, Help Input:focus { background: $surface; margin: 1 0; }
    Help VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
    Help Static { width: 1fr; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(DEFAULTS["back"], "leave", "close", id="back", show=False),
        Binding("down", "scroll(1)", "down", show=False),
        Binding("up", "scroll(-1)", "up", show=False),
    ]

    def __init__(self, title: str, listed: Iterable[HelpEntry]) -> None:
        super().__init__()
        self._title_text, self._entries = title, list(listed)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = Content(f"Keys in {self._title_text}")
            field = Input(placeholder="type to search; escape closes", compact=True)
            field.cursor_blink = False
            yield field
            with VerticalScroll(can_focus=False):
                yield Static(content(self._entries), id="entries")

    def on_input_changed(self, event: Input.Changed) -> None:
        wanted = event.value.casefold().split()
        fit = [
            entry
            for entry in self._entries
            if all(word in f"{entry.keys} {entry.says}".casefold() for word in wanted)
        ]
        self.query_one("#entries", Static).update(content(fit))

    def action_scroll(self, step: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)

    def action_leave(self) -> None:
        self.dismiss(None)


def content(listed: Iterable[HelpEntry]) -> Content:
    """The entries under the headings of their parts."""
    lines: list[Content] = []
    part = ""
    for entry in listed:
        if entry.part != part:
            part = entry.part
            lines += [Content(""), Content.styled(part, "bold $text-accent")]
        lines.append(_line(entry))
    return Content("\n").join(lines[1:] or [Content("No key fits.")])


def _line(entry: HelpEntry) -> Content:
    works = not entry.why_not
    said = Content.assemble(
        (fitted(entry.keys, FACE), "bold $accent" if works else "$text-disabled"),
        (f"  {shown(entry.says)}", "" if works else "$text-disabled"),
    )
    return (
        said if works else said + Content.styled(f"  not now: {shown(entry.why_not)}", "$warning")
    )
