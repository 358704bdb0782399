"""A form: filled in field by field, tried where that is possible, and saved; or left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from ticrypt_tui.backend.errors import Changed, NotFound, TicryptError, Unanswered
from ticrypt_tui.screens.declaration import Field, Kind
from ticrypt_tui.screens.dialogs.confirm import Confirm, TypedConfirm
from ticrypt_tui.screens.dialogs.dialog import CANCEL, Dialog, sentences
from ticrypt_tui.screens.dialogs.differences import Differences
from ticrypt_tui.screens.dialogs.pick import Pick
from ticrypt_tui.screens.filling import Filling
from ticrypt_tui.screens.form_values import Difference, Values, differences, face, held
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.choice import Choice
from ticrypt_tui.widgets.device_list import DeviceList
from ticrypt_tui.widgets.form_field import FormField, Settled
from ticrypt_tui.widgets.picker import Picker
from ticrypt_tui.widgets.radio import Radio
from ticrypt_tui.widgets.text_box import TextBox
from ticrypt_tui.widgets.tick import Tick

SAVE = "save"


class FormDialog(Dialog[Values]):
    """Gives the arguments that were filled in: once they are saved, or, where it only asks, at
    once; None where it was left."""

    AUTO_FOCUS = ""
    VERTICAL_BREAKPOINTS = [(0, "-short"), (36, "-tall")]  # noqa: RUF012
    DEFAULT_CSS = """
    FormDialog > .box { width: 78; padding: 1 2 0 2; border-subtitle-color: $text-muted; }
    FormDialog.-tall FormField { margin: 0 0 1 0; }
    FormDialog .about { margin: 0 0 1 0; color: $text-muted; }
    FormDialog .says { min-height: 2; margin: 1 0 0 0; color: $text-muted; }
    FormDialog.-tall .says { margin: 0; }
    FormDialog .answer { display: none; margin: 1 0 0 0; color: $text-success; }
    FormDialog .answer.-shown { display: block; }
    FormDialog .answer.-silent { color: $text-warning; }
    FormDialog .answers { margin: 0; }
    FormDialog .fault { margin: 0 0 1 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", show=False),
        Binding("down", "app.focus_next", "the next field", show=False),
        Binding("up", "app.focus_previous", "the field before", show=False),
    ]

    def __init__(
        self, title: str, filling: Filling, *, saves: bool, about: Sequence[str] = ()
    ) -> None:
        super().__init__(title)
        self.filling, self._saves, self._about = filling, saves, tuple(about)
        self._before = filling.beginning()
        self._fields = {field.argument: field for field in filling.form.fields}
        self._tried: Values | None = None
        self._anyway = False
        self._busy = False
        self.said = ""
        """What the trial answered."""
        self.result: Any = None
        """What the operation gave."""

    # What it looks like

    def body(self) -> Iterable[Widget]:
        if self._about:
            about = sentences(self._about)
            about.add_class("about")
            yield about
        for field in self.filling.form.fields:
            yield FormField(field.argument, field.label, self._editor(field))
        yield Static(classes="answer")
        yield Static(classes="says")

    def answers(self) -> Sequence[Choice]:
        return [Choice(SAVE, self._verb), Choice(CANCEL, "Cancel")]

    @property
    def _verb(self) -> str:
        return self.filling.form.verb

    def on_mount(self) -> None:
        self.query_one(".box").border_subtitle = "enter next · ctrl+s save · escape leave"
        first = next((each for each in self._each() if not isinstance(each.widget, Settled)), None)
        if first is not None:
            first.enter()

    def _editor(self, field: Field) -> Widget:
        value = self._before[field.argument]
        options = self.filling.options(field, self._before)
        if field.fixed and not self.filling.makes:
            return Settled(value, face(field, value, options))
        if field.kind is Kind.CHOICE:
            return Radio(field.choices, value)
        if field.kind is Kind.OBJECT:
            return Picker(options, value, "choose" if field.required else "none")
        if field.kind is Kind.DEVICES:
            return DeviceList(value)
        return Tick("yes", ticked=value) if field.kind is Kind.FLAG else TextBox(value)

    def _each(self) -> list[FormField]:
        return list(self.query(FormField))

    def _field(self, argument: str) -> FormField:
        return next(each for each in self._each() if each.argument == argument)

    @property
    def values(self) -> Values:
        """What is filled in."""
        return {each.argument: each.editor.value for each in self._each()}

    # While it is filled in

    def on_form_field_edited(self, event: FormField.Edited) -> None:
        event.stop()
        if not event.left:
            self._narrow(event.field.argument)
            self._untried()
        self._check()

    def on_descendant_focus(self) -> None:
        here = next((each for each in self._each() if each.has_focus_within), None)
        says = self._fields[here.argument].says if here is not None else ""
        self.query_one(".says", Static).update(Content(shown(says)))

    def on_input_submitted(self, event: TextBox.Submitted) -> None:
        event.stop()
        self.focus_next()

    def on_picker_opened(self, event: Picker.Opened) -> None:
        event.stop()
        picker = event.picker
        label = next(each.label for each in self._each() if each.widget is picker)

        def picked(value: str | None) -> None:
            if value is not None:
                picker.put(value)

        self.app.push_screen(Pick(label.capitalize(), picker.options, picker.value), picked)

    def _narrow(self, argument: str) -> None:
        """Offer in the fields that depend on another one what fits it now."""
        for field in self.filling.form.fields:
            if field.within == argument:
                widget = self._field(field.argument).widget
                if isinstance(widget, Picker):
                    widget.offer(self.filling.options(field, self.values))

    def _check(self, more: dict[str, str] | None = None) -> dict[str, str]:
        """Say beside each field that was filled in what is wrong with it."""
        found = {**(more or {}), **self.filling.wrong(self.values)}
        for each in self._each():
            told = each.touched or more is not None
            each.complain(found.get(each.argument, "") if told else "")
        return found

    def _untried(self) -> None:
        """What was answered to something else counts no more."""
        if self._tried is not None and self.filling.tried(self._before, self.values) != self._tried:
            self._tried, self._anyway = None, False
            self._answer("")
            self._relabel(self._verb)

    # Leaving

    def action_leave(self) -> None:
        if self._busy or self.values == self._before:
            self.dismiss(None)
            return

        def sure(yes: bool | None) -> None:
            if yes:
                self.dismiss(None)

        lines = ["What was filled in here is not saved, and is lost."]
        self.app.push_screen(Confirm("Leave the form?", lines, "Leave it"), sure)

    # Saving

    def answered(self, answer: str) -> None:
        self.action_save()

    def action_save(self) -> None:
        if not self._busy:
            self.filling.console.work(f"saving {self._title_text}", self._save)

    async def _save(self) -> None:
        """All that stands between what is filled in and what is saved."""
        self._complain("")
        values = self.values
        if faulty := self._check(self.filling.missing(values)):
            first = next(each for each in self._each() if each.argument in faulty)
            first.enter()
            return
        arguments = self.filling.arguments(self._before, values)
        if not arguments:
            self._complain("Nothing is changed yet.")
            return
        if not await self._answers(values) or not await self._sure(arguments):
            return
        if not self._saves:
            self.dismiss(arguments)
        elif (trial := self.filling.form.trial) is not None and self._anyway:
            await self._store({**arguments, trial.anyway: True})
        else:
            await self._store(arguments)

    async def _answers(self, values: Values) -> bool:
        """Whether it may be saved as far as trying it goes; the answer is shown before it is."""
        trial, given = self.filling.form.trial, self.filling.tried(self._before, values)
        if trial is None or given is None or given == self._tried:
            return True
        self._begin(f"{trial.asking} …")
        try:
            self.said = await self.filling.ask(trial, given)
        except Unanswered as silence:
            self._tried, self._anyway = given, True
            self._answer(f"! No answer. {silence}", silent=True)
            self._relabel("Save all the same", danger=True)
        except TicryptError as error:
            self._answer("")
            self._told(error)
        else:
            self._tried, self._anyway = given, False
            self._answer(f"✓ {self.said}")
            self._relabel("Save it")
        finally:
            self._end()
        return False

    async def _sure(self, arguments: Values) -> bool:
        """Whether a danger that comes of it is accepted: by typing the object's name."""
        if not (lines := self.filling.warnings(arguments)):
            return True
        rows = self.filling.rows
        word = rows[0].name if len(rows) == 1 else str(len(rows))
        question = TypedConfirm(f"{self._title_text}?", lines, self._verb, word)
        return bool(await self.app.push_screen_wait(question))

    async def _store(self, arguments: Values) -> None:
        self._begin("Saving …" if not self.said else "")
        subject = self.values.get("name") or getattr(self.filling.row, "name", "")
        try:
            with self.filling.console.runs.under_way(self._title_text, str(subject)):
                self.result = await self.filling.save(arguments)
        except Changed:
            self._end()
            await self._reconcile()
        except NotFound as error:
            self._end()
            await self._gone(error)
        except TicryptError as error:
            self._end()
            self._told(error)
        else:
            self.dismiss(arguments)

    async def _reconcile(self) -> None:
        """Show what somebody else changed, let it be chosen, and save what was chosen."""
        now = await self.filling.as_it_is()
        if now is None:
            self._deleted()
            return
        fields, mine = self.filling.form.fields, self.values
        theirs = {field.argument: held(field, now) for field in fields}
        found = differences(fields, self._before, theirs, mine)
        words = [(each, self._faces(each)) for each in found]
        chosen = await self.app.push_screen_wait(Differences(now.name, words)) if found else {}
        if chosen is None:
            return
        self.filling.row, self._before = now, theirs
        for argument, value in chosen.items():
            self._field(argument).editor.put(value)
        self.call_after_refresh(self.action_save)

    async def _gone(self, error: NotFound) -> None:
        """The object is gone, or something that was chosen for it."""
        if self.filling.row is not None and await self.filling.as_it_is() is None:
            self._deleted()
        else:
            self._told(error)

    def _deleted(self) -> None:
        """Say that it was deleted; what is filled in stays, and can be saved as a new one."""
        name = self.filling.row.name
        anew = self.filling.for_anew()
        self._complain(f"{name} was deleted meanwhile, by another console. Nothing typed is lost.")
        if anew is not None:
            self.filling, self._before = anew, dict.fromkeys(self._before, "")
            self._relabel("Save as a new one")
        self.query_one(f"#choice-{CANCEL}").focus()

    # Saying how it goes

    def _faces(self, difference: Difference) -> list[str]:
        """How it was, how it is, and how it is wanted, in words."""
        options = self.filling.options(difference.field, self.values)
        every = (difference.was, difference.theirs, difference.mine)
        return [face(difference.field, value, options) for value in every]

    def _told(self, error: TicryptError) -> None:
        """Say what went wrong: beside the field that is at fault, if one is."""
        if error.about in self._fields:
            field = self._field(error.about)
            field.complain(str(error))
            field.enter()
        else:
            self._complain(str(error))

    def _complain(self, sentence: str) -> None:
        if sentence:
            self.complain(sentence)
        else:
            self.query_one(".fault").display = False

    def _begin(self, doing: str) -> None:
        self._busy = True
        if doing:
            self._answer(doing, silent=True)

    def _end(self) -> None:
        self._busy = False

    def _answer(self, sentence: str, *, silent: bool = False) -> None:
        said = self.query_one(".answer", Static)
        said.update(Content(shown(sentence)))
        said.set_class(bool(sentence), "-shown")
        said.set_class(silent, "-silent")

    def _relabel(self, label: str, *, danger: bool = False) -> None:
        self.query_one(f"#choice-{SAVE}", Choice).relabel(label, danger=danger)
