"""A field of a form: what it is called, where it is filled in, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from ticrypt_tui.text import shown
from ticrypt_tui.widgets.device_list import DeviceList
from ticrypt_tui.widgets.picker import Picker
from ticrypt_tui.widgets.radio import Radio
from ticrypt_tui.widgets.several import Several
from ticrypt_tui.widgets.text_box import TextBox
from ticrypt_tui.widgets.tick import Tick

if TYPE_CHECKING:
    from textual.widgets import TextArea

LABEL = 18


class Editor(Protocol):
    """What a field is filled in with."""

    value: Any

    def put(self, value: Any) -> None:
        """Hold another value."""


class Settled(Static):
    """A value that cannot be changed here."""

    DEFAULT_CSS = """
    Settled { width: 1fr; height: 1; padding: 0 1; color: $text-muted; }
    """

    def __init__(self, value: Any, face: str) -> None:
        super().__init__(Content(shown(face)))
        self.value = value

    def put(self, value: Any) -> None:
        """It stays as it is."""


class FormField(Vertical):
    """A label, an editor, and below it the fault, if there is one."""

    DEFAULT_CSS = f"""
    FormField {{ height: auto; width: 1fr; }}
    FormField > Horizontal {{ height: auto; width: 1fr; }}
    FormField .label {{ width: {LABEL}; color: $text-muted; }}
    FormField.-here .label {{ color: $foreground; text-style: bold; }}
    FormField .wrong {{ color: $text-error; display: none; padding: 0 0 0 {LABEL + 1}; }}
    FormField.-wrong .wrong {{ display: block; }}
    """

    @dataclass
    class Edited(Message):
        """Something else is in it, or it was left."""

        field: FormField
        left: bool

    def __init__(self, argument: str, label: str, editor: Widget) -> None:
        super().__init__()
        self.argument, self.label, self.widget = argument, label, editor
        self.touched, self._first = False, self.editor.value
        self._wrong = Static(classes="wrong")

    def compose(self) -> ComposeResult:
        yield Horizontal(Static(Content(shown(self.label)), classes="label"), self.widget)
        yield self._wrong

    @property
    def editor(self) -> Editor:
        """What it is filled in with."""
        editor: Any = self.widget
        return editor  # type: ignore[no-any-return]

    def complain(self, sentence: str) -> None:
        """Say what is wrong with it; '' for nothing."""
        self.set_class(bool(sentence), "-wrong")
        self._wrong.update(Content(f"! {shown(sentence)}" if sentence else ""))

    def enter(self) -> None:
        """Put the focus into it."""
        inside = [self.widget, *self.widget.query("*")]
        first = next((each for each in inside if each.focusable), None)
        if first is not None:
            first.focus()

    def _edited(self, event: Message) -> None:
        event.stop()
        self.touched = self.touched or self.editor.value != self._first
        self.post_message(self.Edited(self, left=False))

    def on_input_changed(self, event: TextBox.Changed) -> None:
        self._edited(event)

    def on_radio_changed(self, event: Radio.Changed) -> None:
        self._edited(event)

    def on_picker_changed(self, event: Picker.Changed) -> None:
        self._edited(event)

    def on_several_changed(self, event: Several.Changed) -> None:
        self._edited(event)

    def on_device_list_changed(self, event: DeviceList.Changed) -> None:
        self._edited(event)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        self._edited(event)

    def on_tick_changed(self, event: Tick.Changed) -> None:
        self._edited(event)

    def on_descendant_focus(self) -> None:
        self.add_class("-here")

    def on_descendant_blur(self) -> None:
        self.remove_class("-here")
        self.post_message(self.Edited(self, left=True))
