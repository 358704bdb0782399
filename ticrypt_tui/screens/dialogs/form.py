"""A form: filled in field by field, tried where that is possible, and saved; or left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from ticrypt_tui.backend.errors import Changed, NotFound, TicryptError, Unanswered
from ticrypt_tui.screens.dialogs.confirm import Confirm, TypedConfirm
from ticrypt_tui.screens.dialogs.dialog import CANCEL
from ticrypt_tui.screens.dialogs.differences import Differences
from ticrypt_tui.screens.dialogs.fields import Fields
from ticrypt_tui.screens.filling import Filling
from ticrypt_tui.screens.form_values import Difference, Values, differences, face, held
from ticrypt_tui.screens.messages import Tone
from ticrypt_tui.screens.refresher import Refresher
from ticrypt_tui.screens.unlocking import WithKey, unlocked
from ticrypt_tui.widgets.choice import Choice

SAVE = "save"
LETS_GO = 1.5
"""Seconds after which a form is left whose saving lasts: what would be refused is so by then."""


class FormDialog(Fields):
    """Gives the arguments that were filled in: once they are saved, or, where it only asks, at
    once; None where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", show=False),
        Binding("down", "app.focus_next", "the next field", show=False),
        Binding("up", "app.focus_previous", "the field before", show=False),
    ]

    def __init__(
        self, title: str, filling: Filling, *, saves: bool, about: Sequence[str] = ()
    ) -> None:
        super().__init__(title, filling, about)
        self._saves = saves
        self._tried: Values | None = None
        self._anyway = False
        self._busy = False
        self._is_gone = False
        self._refresher = Refresher(self, filling.console, "looking for it", self._look)
        self._unsubscribe: Callable[[], None] = lambda: None
        self.said = ""
        """What the trial answered."""
        self.result: Any = None
        """What the operation gave."""

    def on_mount(self) -> None:
        """An object that is deleted meanwhile is told of at once, not at the saving."""
        if self.filling.row is not None:
            tabs = ("", self.filling.tab.name)
            self._unsubscribe = self.filling.enclave.subscribe(
                lambda tab: self._refresher.ask() if tab in tabs else None
            )

    def on_unmount(self) -> None:
        self._unsubscribe()

    async def _look(self) -> None:
        row = self.filling.row
        looks = row is not None and not self._busy and not self._is_gone
        if looks and await self.filling.as_it_is() is None and not self._busy and self.is_attached:
            self._deleted()

    def answers(self) -> Sequence[Choice]:
        return [Choice(SAVE, self._verb), Choice(CANCEL, "Cancel")]

    @property
    def _verb(self) -> str:
        return self.filling.form.verb

    def edited(self) -> None:
        """What was answered to something else counts no more."""
        if self._tried is not None and self.filling.tried(self.before, self.values) != self._tried:
            self._tried, self._anyway = None, False
            self.answer("")
            self._relabel(self._verb)

    # Leaving

    def action_leave(self) -> None:
        if self._busy or self.values == self.before:
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
        values, self.strict, self.told = self.values, True, {}
        if faulty := self.check():
            first = next(each for each in self.each() if each.argument in faulty)
            first.enter()
            return
        arguments = self.filling.arguments(self.before, values)
        if not arguments:
            self._complain("Nothing is changed yet.")
            return
        if not await self._answers(values) or not await self._sure(arguments):
            return
        if not self._saves:
            self.dismiss(arguments)
            return
        needs = self.filling.needs_key(arguments)
        if needs and not await unlocked(self.app, self.filling.console):
            return
        await self._store_as_tried(arguments)

    async def _store_as_tried(self, arguments: Values) -> None:
        trial = self.filling.form.trial
        if trial is not None and self._anyway and trial.anyway:
            arguments = {**arguments, trial.anyway: True}
        await self._store(arguments)

    async def _answers(self, values: Values) -> bool:
        """Whether it may be saved as far as trying it goes; the answer is shown before it is."""
        trial, given = self.filling.form.trial, self.filling.tried(self.before, values)
        if trial is None or given is None or given == self._tried:
            return True
        self._begin(f"{trial.asking} …")
        fault: TicryptError | None = None
        try:
            self.said, doubt = await self.filling.ask(trial, given)
        except TicryptError as error:
            self.said, doubt, fault = "", "", error
        finally:
            self._end()
        if not self.is_attached:
            return False
        if trial.quiet and fault is None:
            self.said = ""
            return self._doubted(given, doubt)
        self._was_tried(given, fault)
        return False

    def _doubted(self, given: Values, doubt: str) -> bool:
        """Whether it may be saved at once: without a doubt, else that is shown first."""
        if doubt:
            self._tried, self._anyway = given, True
            self.answer(f"! {doubt}", silent=True)
            self._relabel("Save all the same", danger=True)
            button = self.query_one(f"#choice-{SAVE}")
            self.call_after_refresh(button.scroll_visible, animate=False)
        return not doubt

    def _was_tried(self, given: Values, fault: TicryptError | None) -> None:
        """Show what came of trying it, and what saving would mean now."""
        self._tried, self._anyway = given, isinstance(fault, Unanswered)
        if fault is None:
            self.answer(f"✓ {self.said}")
            self._relabel("Save it")
            self.query_one(f"#choice-{SAVE}").focus()
        elif self._anyway:
            self.answer(f"! No answer. {fault}", silent=True)
            self._relabel("Save all the same", danger=True)
        else:
            self._tried = None
            self.answer("")
            self._told(fault)

    async def _sure(self, arguments: Values) -> bool:
        """Whether a danger that comes of it is accepted: by typing the object's name."""
        if not (lines := self.filling.warnings(arguments)):
            return True
        rows = self.filling.rows
        word = rows[0].name if len(rows) == 1 else str(len(rows))
        question = TypedConfirm(f"{self._title_text}?", lines, self._verb, word)
        return bool(await self.app.push_screen_wait(question))

    async def _store(self, arguments: Values) -> None:
        self._begin("Saving …")
        if self.filling.form.lasting:
            self.set_timer(LETS_GO, self._let_go)
        named = self.values.get(self.filling.tab.called)
        subject = named or getattr(self.filling.row, "name", "")
        try:
            with self.filling.console.runs.under_way(self._title_text, str(subject)):
                save = partial(self.filling.save, arguments)
                self.result = await WithKey(self.app, self.filling.console).run(save)
        except TicryptError as error:
            self._end()
            await self._failed(error)
        else:
            if self.is_attached:
                self.dismiss(arguments)
            else:
                self._report(Tone.DONE, ". ".join([f"{subject}: saved", *self.told_of]))

    @property
    def told_of(self) -> tuple[str, ...]:
        """What the operation said of itself, if it did; the ID of a new object is no saying."""
        said = getattr(self.result, "sentence", None if self.filling.makes else self.result)
        return (said,) if isinstance(said, str) and said else ()

    def _let_go(self) -> None:
        """Leave what is being saved to its end."""
        if self._busy and self.is_current:
            self.dismiss(None)

    async def _failed(self, error: TicryptError) -> None:
        """What follows from what went wrong, unless the form was left meanwhile."""
        if not self.is_attached:
            self._report(Tone.FAILED, str(error))
        elif isinstance(error, Changed):
            await self._reconcile()
        elif isinstance(error, NotFound):
            await self._gone(error)
        else:
            self._told(error)

    async def _reconcile(self) -> None:
        """Show what somebody else changed, let it be chosen, and save what was chosen."""
        now = await self.filling.as_it_is()
        if now is None:
            self._not_saved()
            return
        fields, mine = self.filling.form.fields, self.values
        theirs = {field.argument: held(field, now) for field in fields}
        found = differences(fields, self.before, theirs, mine)
        words = [(each, self._faces(each)) for each in found]
        chosen = await self.app.push_screen_wait(Differences(now.name, words)) if found else {}
        if chosen is None:
            return
        self.filling.row, self.filling.rows, self.before = now, (now,), theirs
        for argument, value in chosen.items():
            self.field(argument).editor.put(value)
        self.call_after_refresh(self.action_save)

    async def _gone(self, error: NotFound) -> None:
        """The object is gone, or something that was chosen for it."""
        if self.filling.row is not None and await self.filling.as_it_is() is None:
            self._not_saved()
        else:
            self._told(error)

    def _not_saved(self) -> None:
        self._deleted()
        self.query_one(f"#choice-{CANCEL}").focus()

    def _deleted(self) -> None:
        """Say that it was deleted; what is filled in stays, and can be saved as a new one."""
        self._is_gone = True
        name = self.filling.row.name
        anew = self.filling.for_anew()
        self._complain(f"{name} was deleted meanwhile, by another console. Nothing typed is lost.")
        if anew is not None:
            self.filling, self.before = anew, dict.fromkeys(self.before, "")
            self._relabel("Save as a new one")

    # Saying how it goes

    def _faces(self, difference: Difference) -> list[str]:
        """How it was, how it is, and how it is wanted, in words."""
        options = self.filling.options(difference.field, self.values)
        every = (difference.was, difference.theirs, difference.mine)
        return [face(difference.field, value, options) for value in every]

    def _told(self, error: TicryptError) -> None:
        """Say what went wrong: beside the field that is at fault, if one is."""
        if error.about in self.declared:
            self.tell_beside(error.about, str(error))
            self.field(error.about).enter()
        else:
            self._complain(str(error))

    def _complain(self, sentence: str) -> None:
        if sentence:
            self.complain(sentence)
        else:
            self.query_one(".fault").display = False

    def _report(self, tone: Tone, sentence: str) -> None:
        self.filling.console.messages.add(tone, f"{self._title_text}: {sentence}")

    def _begin(self, doing: str) -> None:
        self._busy = True
        self.say(doing)

    def _end(self) -> None:
        self._busy = False
        if self.is_attached:
            self.say(self.help)

    def _relabel(self, label: str, *, danger: bool = False) -> None:
        self.query_one(f"#choice-{SAVE}", Choice).relabel(label, danger=danger)
