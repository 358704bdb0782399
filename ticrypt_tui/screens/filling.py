"""What is behind a form: the objects to choose from, what is wrong so far, trying and saving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticrypt_tui.screens.declaration import Field, Form, Kind, Trial
from ticrypt_tui.screens.form_values import Values, blank, changed, copied, filled_in, held, meant
from ticrypt_tui.widgets.picker import Option

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.declaration import Tab
    from ticrypt_tui.screens.enclave import Enclave

NEEDED = "It is needed."
_PICKED = (Kind.OBJECT, Kind.OBJECTS)


class Filling:
    """One filling-in of a form: for a new object, for a row, or for several rows.

    `row` is the object as it was read; its version goes with what is saved, so that nobody's
    change is overwritten unseen.
    """

    def __init__(self, tab: Tab, form: Form, rows: Sequence[Any], console: Console) -> None:
        self.tab, self.form, self.rows, self.console = tab, form, tuple(rows), console
        self.row: Any = self.rows[0] if len(self.rows) == 1 else None
        self._options: dict[str, list[tuple[Any, Option]]] = {}
        self._others: Sequence[Any] = ()

    @property
    def makes(self) -> bool:
        """Whether a new object comes of it."""
        return not self.rows or self.form.copies

    @property
    def enclave(self) -> Enclave:
        assert self.console.enclave is not None
        return self.console.enclave

    async def prepare(self) -> None:
        """Read what there is to choose from, and who else there is; raises a `TicryptError`."""
        for field in self.form.fields:
            if field.kind in _PICKED and field.argument not in self._options:
                rows = (await self.enclave.listing(field.of)).rows
                named = [(row, _option(field, row)) for row in rows]
                self._options[field.argument] = named
        if any(field.alone for field in self.form.fields):
            self._others = (await self.enclave.listing(self.tab.name)).rows

    def options(self, field: Field, values: Mapping[str, Any]) -> list[Option]:
        """What a field may hold, as the others stand."""
        pairs = self._options.get(field.argument, [])
        if field.within:
            realm = values.get(field.within, "")
            pairs = [pair for pair in pairs if pair[0].realm_id == realm]
        if field.offers is not None:
            pairs = [pair for pair in pairs if field.offers(pair[0], values, self.rows)]
        alone = field.kind is Kind.OBJECT and not field.required
        none = [Option("", field.unset)] if alone else []
        return [*none, *(option for _, option in pairs)]

    def nothing(self, field: Field, values: Mapping[str, Any]) -> str:
        """Why a field has nothing to choose from, as the others stand; '' where it has."""
        label = next((e.label.lower() for e in self.form.fields if e.argument == field.within), "")
        if label and not values.get(field.within):
            return f"choose the {label} first"
        if self.options(field, values):
            return ""
        if not (rows := [row for row, _ in self._options.get(field.argument, ())]):
            return "there is none"
        if label and all(row.realm_id != values[field.within] for row in rows):
            return f"the {label} has none"
        return "none fits what is chosen above"

    def beginning(self) -> Values:
        """What the fields hold at first."""
        if self.row is not None:
            return {
                field.argument: "" if field.alone and self.form.copies else held(field, self.row)
                for field in self.form.fields
            }
        return {field.argument: blank(field, self.options(field, {})) for field in self.form.fields}

    def wrong(self, values: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong with each field that is filled in."""
        known = {field.argument for field in self.form.fields if not self.settled(field)}
        given = {
            field.argument: meant(field, values[field.argument])
            for field in self.form.fields
            if field.argument in known
        }
        found = self.enclave.complaints(self.form.operation, self.row, given)
        for field in self.form.fields:
            if field.alone and field.argument not in found and self._taken(field, values):
                where = "Its realm has" if "realm" in values else "There is"
                noun, value = self.tab.noun, str(values[field.argument])
                found[field.argument] = f"{where} a {noun} with that already: {value}"
        return found

    def missing(self, values: Mapping[str, Any]) -> dict[str, str]:
        """What has still to be filled in."""
        return {
            field.argument: NEEDED
            for field in self.form.fields
            if field.required and field.kind is not Kind.FLAG
            and meant(field, values[field.argument]) in ("", [])
        }  # fmt: skip

    def arguments(self, before: Mapping[str, Any], values: Mapping[str, Any]) -> Values:
        """What the operation is given: of an edit, only what is not as it was."""
        if self.row is None:
            empty = {each.argument: "" for each in self.form.fields if self.rows and each.empties}
            return {**empty, **filled_in(self.form.fields, values)}
        if self.form.copies:
            return copied(self.form.fields, values)
        return changed(self.form.fields, before, values)

    def warnings(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """What must be known before it is done to the rows."""
        return self.form.warns(self.rows, arguments) if self.form.warns else ()

    def follows(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """What is to be known of what is filled in so far."""
        if self.form.follows is None:
            return ()
        chosen = {each.argument: self._chosen(each, values) for each in self.form.fields}
        return self.form.follows(self.rows, chosen)

    def needs_key(self, arguments: Mapping[str, Any]) -> bool:
        """Whether saving takes the operator's own key."""
        return self.tab.needs_key(self.form.operation, self.row, arguments)

    def tried(self, before: Mapping[str, Any], values: Mapping[str, Any]) -> Values | None:
        """What the trial is given, or None where nothing is to be tried."""
        trial = self.form.trial
        if trial is None or (trial.spared is not None and trial.spared(values)):
            return None
        fields = [field for field in self.form.fields if field.argument in trial.given]
        given = filled_in(fields, values)
        same = not self.makes and given == filled_in(fields, before)
        return None if same else given

    async def ask(self, trial: Trial, given: Values) -> tuple[str, str]:
        """What was answered, and the doubt about it; raises `Unanswered`, or another
        `TicryptError`."""
        answer = await self.enclave.run(trial.operation, given)
        return str(answer.sentence), str(getattr(answer, "doubt", ""))

    async def save(self, arguments: Mapping[str, Any]) -> Any:
        """Run the operation; raises a `TicryptError`."""
        if self.row is None:
            return await self.enclave.run(self.form.operation, arguments)
        subject = self.form.operation.partition(".")[0]
        given = {subject: self.row.id, **arguments}
        if not self.form.copies:
            given["version"] = self.row.version
        return await self.enclave.run(self.form.operation, given)

    async def as_it_is(self) -> Any:
        """The row as it is by now, or None where it is gone."""
        rows = (await self.enclave.listing(self.tab.name)).rows
        return next((row for row in rows if row.id == self.row.id), None)

    def for_anew(self) -> Filling | None:
        """The same as a new object, where its kind can be made: its own was deleted meanwhile."""
        maker = self.tab.form(f"{self.form.operation.partition('.')[0]}.create")
        if maker is None:
            return None
        anew = Filling(self.tab, maker, (), self.console)
        anew._options, anew._others = self._options, ()
        return anew

    def _taken(self, field: Field, values: Mapping[str, Any]) -> bool:
        realm, value = values.get("realm", ""), str(values[field.argument]).strip()
        return bool(value) and any(
            held(field, other) == value and getattr(other, "realm_id", "") == realm
            for other in self._others
            if self.makes or other.id != self.row.id
        )

    def _chosen(self, field: Field, values: Mapping[str, Any]) -> Any:
        """What a field holds: of picked objects, their rows."""
        value = values[field.argument]
        if field.kind not in _PICKED:
            return value
        wanted = value if field.kind is Kind.OBJECTS else (value,)
        pairs = self._options.get(field.argument, ())
        rows = tuple(row for row, option in pairs if option.id in wanted)
        if field.kind is Kind.OBJECTS:
            return rows
        here = [row for row in rows if not field.within or row.realm_id == values[field.within]]
        return next(iter(here), None)

    def settled(self, field: Field) -> bool:
        """Whether a field is as its row has it, and stays so."""
        return field.fixed and bool(self.rows)


def _option(field: Field, row: Any) -> Option:
    return Option(row.id, row.name, field.note(row) if field.note else "")
