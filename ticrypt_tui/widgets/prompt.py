"""The line in which a tab's name or a filter is typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from ticrypt_tui.text import shown


class Prompt(Horizontal):
    """A sign, what is typed, and at the right what it would mean.

    `hint` gives a sentence for what is typed so far, `complete` a longer text for it.
    """

    DEFAULT_CSS = """
    Prompt {
        height: 1; background: $panel; padding: 0 1;
        & > .sign { width: auto; color: $accent; text-style: bold; padding: 0 1 0 0; }
        & > .hint { width: auto; max-width: 60%; color: $text-muted; padding: 0 0 0 2; }
        & > Input, & > Input:focus {
            width: 1fr; height: 1; border: none; padding: 0; background: $panel;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave as it was", id="back", show=False),
        Binding("tab", "complete", "complete", show=False),
    ]

    @dataclass
    class Changed(Message):
        """Something was typed."""

        prompt: Prompt
        text: str

    @dataclass
    class Entered(Message):
        """What is typed is meant."""

        prompt: Prompt
        text: str

    @dataclass
    class Left(Message):
        """Nothing is meant after all."""

        prompt: Prompt

    def __init__(
        self,
        sign: str,
        text: str,
        hint: Callable[[str], str],
        complete: Callable[[str], str] = lambda text: text,
    ) -> None:
        super().__init__()
        self.sign, self._hint, self._complete = sign, hint, complete
        self.input = Input(text, select_on_focus=False)
        self.input.cursor_blink = False
        self._said = Static(Content(shown(hint(text))), classes="hint")

    def compose(self) -> ComposeResult:
        yield Static(Content(self.sign), classes="sign")
        yield self.input
        yield self._said

    def say(self, sentence: str) -> None:
        """Show a sentence at the right."""
        self._said.update(Content(shown(sentence)))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.say(self._hint(event.value))
        self.post_message(self.Changed(self, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Entered(self, event.value))

    def action_complete(self) -> None:
        self.input.value = self._complete(self.input.value)
        self.input.cursor_position = len(self.input.value)

    def action_leave(self) -> None:
        self.post_message(self.Left(self))


async def ask(screen: Screen[Any], prompt: Prompt) -> None:
    """Put a prompt in the place of the line of keys; the next key is already its own."""
    keys = screen.query_one("#keys")
    keys.display = False
    await screen.mount(prompt, before=keys)
    screen.set_focus(prompt.input)


async def ask_no_more(screen: Screen[Any]) -> None:
    """Give the line back to the keys."""
    await screen.query(Prompt).remove()
    screen.query_one("#keys").display = True


def is_asking(screen: Screen[Any]) -> bool:
    """Whether a prompt is open."""
    return bool(screen.query(Prompt))
