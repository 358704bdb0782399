"""The fields of a form: filled in, narrowed down by each other, and checked as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from ticrypt_tui.screens.declaration import Field, Kind
from ticrypt_tui.screens.dialogs.dialog import Dialog, sentences
from ticrypt_tui.screens.dialogs.pick import Pick
from ticrypt_tui.screens.dialogs.pick_several import PickSeveral
from ticrypt_tui.screens.filling import Filling
from ticrypt_tui.screens.form_values import LISTS, Values, face
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.device_list import COUNTS, UNITS, DeviceList
from ticrypt_tui.widgets.form_field import FormField, Settled
from ticrypt_tui.widgets.picker import Option, Picker
from ticrypt_tui.widgets.radio import Radio, fits
from ticrypt_tui.widgets.several import Several
from ticrypt_tui.widgets.text_box import TextBox
from ticrypt_tui.widgets.tick import Tick


class Fields(Dialog[Values]):
    """Asks for what a form declares."""

    AUTO_FOCUS = ""
    VERTICAL_BREAKPOINTS = [(0, "-short"), (36, "-tall")]  # noqa: RUF012
    DEFAULT_CSS = """
    Fields > .box { width: 78; padding: 1 2 0 2; border-subtitle-color: $text-muted; }
    Fields.-tall FormField { margin: 0 0 1 0; }
    Fields .about { margin: 0 0 1 0; color: $text-muted; }
    Fields .follows { display: none; margin: 1 0 0 0; }
    Fields .follows.-shown { display: block; }
    Fields.-tall .follows { margin: 0 0 1 0; }
    Fields .says { min-height: 2; margin: 1 0 0 0; color: $text-muted; }
    Fields.-tall .says { margin: 0; }
    Fields .answer { display: none; margin: 1 0 0 0; color: $text-success; }
    Fields .answer.-shown { display: block; }
    Fields .answer.-silent { color: $text-warning; }
    Fields .answers { margin: 0; }
    Fields .fault { margin: 0 0 1 0; }
    """

    def __init__(self, title: str, filling: Filling, about: Sequence[str] = ()) -> None:
        super().__init__(title)
        self.filling, self._about = filling, tuple(about)
        self.before = filling.beginning()
        self.declared = {field.argument: field for field in filling.form.fields}
        self.strict = False
        """Whether what is missing is wrong, too: once it was to be saved."""
        self.told: dict[str, tuple[Any, str]] = {}
        """What saving found wrong with a field, and the value that it found that of."""

    # What it looks like

    def body(self) -> Iterable[Widget]:
        if self._about:
            about = sentences(self._about)
            about.add_class("about")
            yield about
        for field in self.filling.form.fields:
            yield FormField(field.argument, field.label, self._editor(field))
        yield Static(classes="follows")
        yield Static(classes="answer")
        yield Static(classes="says")

    def on_mount(self) -> None:
        self.query_one(".box").border_subtitle = "enter next · ctrl+s save · escape leave"
        first = next((each for each in self.each() if not isinstance(each.widget, Settled)), None)
        if first is not None:
            first.enter()
        self._follow()

    def _editor(self, field: Field) -> Widget:
        value = self.before[field.argument]
        options = self.filling.options(field, self.before)
        if self.filling.settled(field):
            return Settled(value, face(field, value, options))
        return editor(field, value, options, self.filling.nothing(field, self.before))

    def each(self) -> list[FormField]:
        """Every field, from top to bottom."""
        return list(self.query(FormField))

    def field(self, argument: str) -> FormField:
        """The field of an argument."""
        return next(each for each in self.each() if each.argument == argument)

    @property
    def values(self) -> Values:
        """What is filled in."""
        return {each.argument: each.editor.value for each in self.each()}

    # While it is filled in

    def edited(self) -> None:
        """Something else is filled in."""

    def on_form_field_edited(self, event: FormField.Edited) -> None:
        event.stop()
        if not event.left:
            self._narrow(event.field.argument)
            self._follow()
            self.edited()
        self.check()

    def on_descendant_focus(self) -> None:
        self.say(self.help)

    def on_input_submitted(self, event: TextBox.Submitted) -> None:
        event.stop()
        self.focus_next()

    def on_picker_opened(self, event: Picker.Opened) -> None:
        event.stop()
        picker = event.picker

        def picked(value: str | None) -> None:
            if value is not None:
                picker.put(value)

        self.app.push_screen(Pick(self._title_of(picker), picker.options, picker.value), picked)

    def on_several_opened(self, event: Several.Opened) -> None:
        event.stop()
        several = event.several

        def picked(value: tuple[str, ...] | None) -> None:
            if value is not None:
                several.put(value)

        question = PickSeveral(self._title_of(several), several.options, several.value)
        self.app.push_screen(question, picked)

    def _title_of(self, editor: Widget) -> str:
        return next(each.label for each in self.each() if each.widget is editor).capitalize()

    @property
    def help(self) -> str:
        """What helps with the field that has the focus."""
        here = next((each for each in self.each() if each.has_focus_within), None)
        return self.declared[here.argument].says if here is not None else ""

    def _narrow(self, argument: str) -> None:
        """Offer in the fields that depend on another one what fits it now."""
        for field in self.filling.form.fields:
            if argument != field.argument and (field.within == argument or field.offers):
                widget, values = self.field(field.argument).widget, self.values
                if isinstance(widget, Picker | Several):
                    options = self.filling.options(field, values)
                    widget.offer(options, self.filling.nothing(field, values))

    def _follow(self) -> None:
        """Say below the fields what is to be known of what they hold."""
        lines = self.filling.follows(self.values)
        view = self.query_one(".follows", Static)
        view.update(Content("\n").join([Content(shown(line)) for line in lines]))
        view.set_class(bool(lines), "-shown")

    def check(self) -> dict[str, str]:
        """Say beside each field that was filled in what is wrong with it; once it was to be saved,
        also beside those that were not."""
        values = self.values
        found = self.filling.wrong(values)
        if self.strict:
            found = {**self.filling.missing(values), **found}
        for each in self.each():
            told = each.touched or self.strict
            wrong = found.get(each.argument, "") or self._told_beside(each.argument, values)
            each.complain(wrong if told else "")
        return found

    def tell_beside(self, argument: str, sentence: str) -> None:
        """Say beside a field what was found out of its value, for as long as it has that."""
        self.told = {argument: (self.values[argument], sentence)}
        self.field(argument).complain(sentence)

    def _told_beside(self, argument: str, values: Values) -> str:
        value, sentence = self.told.get(argument, (None, ""))
        return sentence if sentence and values[argument] == value else ""

    def say(self, sentence: str) -> None:
        """Say something in the place of what helps."""
        self.query_one(".says", Static).update(Content(shown(sentence)))

    def answer(self, sentence: str, *, silent: bool = False) -> None:
        """Show what was answered, or that nothing was; '' for nothing yet."""
        said = self.query_one(".answer", Static)
        said.update(Content(shown(sentence)))
        said.set_class(bool(sentence), "-shown")
        said.set_class(silent, "-silent")


def editor(field: Field, value: Any, options: Sequence[Option], nothing: str = "") -> Widget:
    """What a field of its kind is filled in with, beginning with a value; `nothing` is why there is
    nothing to choose from."""
    if field.kind is Kind.CHOICE:
        return _words(field, value)
    if field.kind is Kind.OBJECT:
        return Picker(options, value, "choose" if field.required else field.unset, nothing)
    if field.kind is Kind.OBJECTS:
        return Several(options, value, nothing)
    if field.kind in LISTS:
        return DeviceList(value, UNITS if field.kind is Kind.DEVICES else COUNTS)
    if field.kind is Kind.LINES:
        from ticrypt_tui.widgets.text_pad import TextPad  # heavy, and few forms have one

        return TextPad(value)
    return Tick("yes", ticked=value) if field.kind is Kind.FLAG else TextBox(value)


def _words(field: Field, value: str) -> Widget:
    """All the words of a choice in sight, or, where there is no room for that, the chosen one."""
    if fits(field.choices):
        return Radio(field.choices, value, "" if field.required else field.unset)
    none = [] if field.required else [Option("", field.unset)]
    return Picker([*none, *(Option(word, word) for word in field.choices)], value, field.unset)
