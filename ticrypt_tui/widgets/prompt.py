"""The line in which a tab's name, a filter or a search is typed.

People type on behind a key without waiting for what it does, and a slow line brings their keys in
bursts; so a prompt has every key from the one that opens it to the enter that ends it, and none
more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from ticrypt_tui.text import shown


class PromptInput(Input):
    """What is typed; enter is taken in its turn, and what follows it is passed on."""

    def __init__(self, text: str, submit: Callable[[], None]) -> None:
        super().__init__(text, select_on_focus=False)
        self.cursor_blink = False
        self._submit = submit

    async def _on_key(self, event: events.Key) -> None:
        if self.has_answer:
            self.app.post_message(events.Key(event.key, event.character))
        elif event.key == "enter":
            self._submit()
        else:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()

    @property
    def has_answer(self) -> bool:
        """Whether the prompt has its answer."""
        return isinstance(self.parent, Prompt) and self.parent.answered


class Prompt(Horizontal):
    """A sign, what is typed, and at the right what it would mean.

    `hint` gives a sentence for what is typed so far, `accept` takes the answer or gives a sentence
    that says why not, `refuse` is called where there is none after all, `complete` gives a longer
    text for what is typed.
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
    class Closed(Message):
        """The prompt is gone."""

        prompt: Prompt

    def __init__(
        self,
        sign: str,
        text: str,
        *,
        hint: Callable[[str], str],
        accept: Callable[[str], str],
        refuse: Callable[[], None] = lambda: None,
        complete: Callable[[str], str] = lambda text: text,
    ) -> None:
        super().__init__()
        self._sign, self._hint, self._complete = sign, hint, complete
        self._accept, self._refuse = accept, refuse
        self._before: Widget | None = None
        self._said = Static(Content(shown(hint(text))), classes="hint")
        self.input = PromptInput(text, self._submit)
        self.answered = False

    def compose(self) -> ComposeResult:
        yield Static(Content(self._sign), classes="sign")
        yield self.input
        yield self._said

    async def open(self, screen: Screen[Any]) -> None:
        """Take the place of the line of keys; the next key is already the prompt's."""
        keys = screen.query_one("#keys")
        keys.display = False
        self._before = screen.focused
        await screen.mount(self, before=keys)
        screen.set_focus(self.input)

    def say(self, sentence: str) -> None:
        """Show a sentence at the right."""
        self._said.update(Content(shown(sentence)))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if not self.answered:
            self.say(self._hint(event.value))

    def _submit(self) -> None:
        if fault := self._accept(self.input.value):
            self.say(fault)
        else:
            self._close()

    def action_complete(self) -> None:
        self.input.value = self._complete(self.input.value)
        self.input.cursor_position = len(self.input.value)

    def action_leave(self) -> None:
        self._refuse()
        self._close()

    def _close(self) -> None:
        self.answered = True
        self.screen.set_focus(self._before)
        self.screen.query_one("#keys").display = True
        self.post_message(self.Closed(self))
        self.remove()


def is_asking(screen: Screen[Any]) -> bool:
    """Whether a prompt is open."""
    return any(not prompt.answered for prompt in screen.query(Prompt))
