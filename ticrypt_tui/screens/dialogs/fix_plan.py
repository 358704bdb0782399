"""Fix VMs and Fix drives: a plan, then what is safe, then what needs a yes; then what was done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.screens import fixes
from ticrypt_tui.screens.dialogs.dialog import CANCEL
from ticrypt_tui.screens.dialogs.table_view import TableView
from ticrypt_tui.screens.dialogs.told import Told
from ticrypt_tui.screens.keys import bound, key_face
from ticrypt_tui.screens.messages import STYLES, SYMBOLS, Tone
from ticrypt_tui.text import shown
from ticrypt_tui.widgets import row_view
from ticrypt_tui.widgets.choice import Choice
from ticrypt_tui.widgets.key_line import Hint, KeyLine
from ticrypt_tui.widgets.one_line import OneLine, Piece
from ticrypt_tui.widgets.row_view import RowView

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.fixing.result import FixResult
    from ticrypt_tui.screens.console import Console

SAFE, MARKED, AGAIN = "safe", "marked", "again"
LEAVING = "It goes on when this is closed; a message then says what came of it."
Fix = Callable[[Mapping[str, Any]], Awaitable["FixResult"]]


class PlanTable(RowView):
    """The differences; the mark is the yes of one that needs it."""

    class Turned(row_view.Told):
        """The yes of a difference was given or taken back."""

        def __init__(self, view: RowView, row: fixes.FixRow) -> None:
            super().__init__(view)
            self.row = row

    def action_mark(self) -> None:
        if (row := self.cursor_row) is not None and not self.cursor_gone:
            self.post_message(self.Turned(self, row))


class FixPlan(TableView):
    """Compares a realm with libvirt, shows what differs, and does of it what is wanted."""

    DEFAULT_CSS = """
    FixPlan {
        & #hosts { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
        & #said { height: auto; max-height: 6; padding: 0 1; }
        &.-empty RowView { display: none; }
        &.-empty #said { height: 1fr; max-height: 100%; }
        & .answers { height: 1; align-horizontal: right; margin: 1 1 0 0; }
    }
    """
    AUTO_FOCUS = f"#choice-{CANCEL}"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("up", "to_table", "into the table"),
        bound("down", "to_table", "into the table"),
    ]

    def __init__(self, kind: str, realm: str, fix: Fix, console: Console) -> None:
        """`fix` runs the operation with more arguments; `kind` is `vms` or `drives`."""
        super().__init__(PlanTable(fixes.columns_of(kind, over=False)), console)
        self._kind, self._realm, self._fix = kind, realm, fix
        self._round = fixes.NAMES[kind]
        self._result: FixResult | None = None
        self._ticked: set[str] = set()
        self._doing = ""

    @property
    def export_title(self) -> str:
        return f"{self._round} of {self._realm}"

    def compose(self) -> ComposeResult:
        yield OneLine(id="title", classes="-title")
        yield Static(id="hosts")
        yield self.table
        yield Static(id="said")
        yield Horizontal(Choice(CANCEL, "Cancel"), classes="answers")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self._show_keys()
        self._look()

    # Comparing and doing

    def _look(self) -> None:
        """Make a plan, in which nothing is changed."""
        self._begin("comparing the store with libvirt", {"dry_run": True})

    def _apply(self, accept: Sequence[str]) -> None:
        self.query_one(f"#choice-{CANCEL}", Choice).relabel("Close", danger=False)
        self._begin("putting right", {"dry_run": False, "accept": list(accept)})

    def _begin(self, doing: str, arguments: Mapping[str, Any]) -> None:
        if not self._doing:
            self._doing = doing
            self.show_title()
            self._say(LEAVING, Tone.NOTE)
            self.console.work(f"{self._round} of {self._realm}", partial(self._run, arguments))

    async def _run(self, arguments: Mapping[str, Any]) -> None:
        fault: TicryptError | None = None
        try:
            with self.console.runs.under_way(self._round, self._realm):
                self.console.changed()
                self._result = await self._fix(arguments)
        except TicryptError as error:
            fault = error
        self._doing = ""
        self.console.changed()
        self._report(fault)
        if not self.is_attached:
            return
        if fault is None:
            await self._show()
        else:
            self.show_title()
            self._say(str(fault), Tone.FAILED)

    def _report(self, fault: TicryptError | None) -> None:
        """Keep what came of it among the messages, and say it where this was left."""
        title, here = f"{self._round} of {self._realm}", self.is_attached
        if fault is not None or self._result is None:
            self.console.messages.add(Tone.FAILED, f"{title}: {fault}", seen=here)
        elif not self._result.dry_run:
            tone = Tone.FAILED if fixes.failed(self._result) else Tone.DONE
            said = fixes.came_of_it(self._result)
            lines = [" · ".join([str(each.outcome), each.difference.what, each.reason])
                     for each in self._result.fixed]  # fmt: skip
            self.console.messages.add(tone, f"{title}: {said}", "\n".join(lines), seen=here)
        elif not here:
            said = f"{fixes.found(self._result)}; nothing was changed"
            self.console.messages.add(Tone.NOTE, f"{title}: {said}.")

    # What it shows

    @property
    def _over(self) -> bool:
        """Whether it shows what was done, and not what would be."""
        return self._result is not None and not self._result.dry_run

    async def _show(self) -> None:
        """Show the plan, or what came of it."""
        assert self._result is not None
        self._ticked.clear()
        await self._new_table()
        self._show_rows()
        self.query_one("#hosts", Static).update(_lines(fixes.hosts(self._result)))
        self.show_title()
        self._say(*self._sentence())
        self._show_keys()
        await self._show_answers()

    async def _new_table(self) -> None:
        kind = RowView if self._over else PlanTable
        await self.table.remove()
        self.table = kind(fixes.columns_of(self._kind, over=self._over))
        await self.mount(self.table, before="#said")

    def _show_rows(self) -> None:
        if self._result is not None:
            self.table.show(fixes.rows_of(self._result, self._ticked))
            self.set_class(not self._result.fixed, "-empty")

    def _sentence(self) -> tuple[str, Tone]:
        """What stands below the table."""
        assert self._result is not None
        if self._over:
            said, failed = fixes.came_of_it(self._result), fixes.failed(self._result)
            return said[0].upper() + said[1:] + ".", Tone.FAILED if failed else Tone.DONE
        if not self._result.fixed:
            return fixes.nothing(self._result), Tone.DONE
        return "Nothing was changed yet.", Tone.NOTE

    async def _show_answers(self) -> None:
        assert self._result is not None
        safe, asks = (fixes.graded(self._result, each) for each in (SAFE, "ask"))
        answers = []
        if safe and not self._over:
            answers.append(Choice(SAFE, f"Apply {safe:,} safe"))
        if asks and not self._over:
            answers.append(Choice(MARKED, "Apply marked too" if safe else "Apply marked"))
        if self._over or not (safe or asks):
            answers.append(Choice(AGAIN, "Look again"))
        word = "Cancel" if safe or asks else "Close"
        answers.append(Choice(CANCEL, "Close" if self._over else word))
        row = self.query_one(".answers", Horizontal)
        async with self.batch():
            await row.remove_children()
            await row.mount(*answers)
        answers[-1].focus()

    def show_title(self) -> None:
        left = [Piece(f"{self._round} of {self._realm}", "bold")]
        if self._doing:
            left.append(Piece(f" · {self._doing} …", "bold $accent"))
        elif self._result is not None:
            said = fixes.came_of_it if self._over else fixes.found
            left.append(Piece(f" · {said(self._result)}"))
        counts = self.table.counts
        only = f"  {counts.shown:,} of {counts.total:,} shown" if self.table.filter_text else ""
        self.query_one("#title", OneLine).say(left, [Piece(only, "$text-muted", 1)])

    def _say(self, sentence: str, tone: Tone) -> None:
        said = Content.styled(f"{SYMBOLS[tone]} {shown(sentence)}", STYLES[tone])
        self.query_one("#said", Static).update(said)

    def _show_keys(self) -> None:
        face = partial(key_face, self.app)
        hints = [Hint(face("detail"), "the whole difference"),
                 Hint(face("next_pane"), "table and answers"), Hint(face("filter"), "filter"),
                 Hint(face("export"), "export")]  # fmt: skip
        if not self._over:
            hints.insert(0, Hint(face("mark"), "yes or no"))
        nothing = self._result is not None and not self._result.fixed
        self.query_one(KeyLine).show_keys([] if nothing else hints, Hint(face("quit"), "close"))

    # Keys

    def on_plan_table_turned(self, event: PlanTable.Turned) -> None:
        row: fixes.FixRow = event.row
        if not row.asks:
            safe = row.difference.grade == SAFE
            why = "is safe: it needs no yes" if safe else "is left alone, whatever is said"
            self._say(f"{row.name} {why}.", Tone.NOTE)
            return
        self._ticked ^= {row.id}
        self._show_rows()
        self.table.action_step(1)
        self._say(f"{len(self._ticked):,} marked.", Tone.NOTE)

    def on_choice_pressed(self, event: Choice.Pressed) -> None:
        if event.answer == CANCEL:
            self.action_leave()
        elif event.answer == AGAIN:
            self._look()
        elif event.answer == MARKED and not self._ticked:
            face = key_face(self.app, "mark")
            self._say(f"Nothing is marked: {face} on a line with ? is its yes.", Tone.REFUSED)
        else:
            self._apply(sorted(self._ticked) if event.answer == MARKED else ())

    def on_row_view_chosen(self, event: RowView.Chosen) -> None:
        row: fixes.FixRow = event.row
        self.app.push_screen(Told(f"{self._round}: {row.name}", fixes.everything(row)))

    def action_to_table(self) -> None:
        if not self.has_class("-empty"):
            self.table.focus()


def _lines(lines: Sequence[str]) -> Content:
    return Content("\n").join([Content(shown(line)) for line in lines])
