"""Shutting down: gracefully unless the risk is accepted, and then the name is typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.containers import Vertical
from textual.widget import Widget

from ticrypt_tui.screens.dialogs.confirm import mistyped, take_typed, typed_input, typed_label
from ticrypt_tui.screens.dialogs.dialog import CANCEL, Dialog, sentences
from ticrypt_tui.widgets.choice import Choice
from ticrypt_tui.widgets.tick import Tick

GRACEFUL = "The guest is asked to shut itself down, and has its time to do so."
FORCED = "Forced: the power is cut. Unsaved work is lost, open drives may be damaged."


class ShutDown(Dialog[bool]):
    """Asks how to shut down; gives whether by force, or None for not at all."""

    DEFAULT_CSS = """
    ShutDown .how { margin: 1 0 0 0; }
    ShutDown Tick { margin: 1 0 0 0; }
    ShutDown .force { display: none; height: auto; margin: 1 0 0 0; }
    ShutDown.-danger .force { display: block; }
    ShutDown.-danger .how { display: none; }
    """

    def __init__(self, names: Sequence[str], lines: Sequence[str], word: str) -> None:
        self._what = names[0] if len(names) == 1 else f"{len(names)} VMs"
        super().__init__(f"Shut down {self._what}?")
        self._lines, self._word = lines, word

    @property
    def forced(self) -> bool:
        """Whether the risk is accepted."""
        return self.query_one(Tick).value

    def body(self) -> Iterable[Widget]:
        yield sentences(self._lines)
        how = sentences([GRACEFUL])
        how.add_class("how")
        yield how
        yield Tick("I accept the risk: force it off")
        yield Vertical(sentences([FORCED]), typed_label(self._word), typed_input(), classes="force")

    def answers(self) -> Sequence[Choice]:
        return [Choice("go", "Shut down"), Choice(CANCEL, "Cancel")]

    def on_tick_changed(self, event: Tick.Changed) -> None:
        forced = event.value
        self.set_class(forced, "-danger")
        take_typed(self, forced)
        self.query_one("#choice-go", Choice).relabel(
            "Force off" if forced else "Shut down", danger=forced
        )
        self.retitle(f"{'Force off' if forced else 'Shut down'} {self._what}?")

    def on_input_submitted(self) -> None:
        self.answered("go")

    def answered(self, answer: str) -> None:
        fault = mistyped(self, self._word) if self.forced else ""
        if fault:
            self.complain(fault)
        else:
            self.dismiss(self.forced)
