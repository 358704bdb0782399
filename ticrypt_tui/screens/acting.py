"""From a key to an operation: on which rows, whether it may be, what is asked, what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend.errors import InUse, Refused, TicryptError
from ticrypt_tui.screens.asking import asked, lines_of
from ticrypt_tui.screens.declaration import Shows
from ticrypt_tui.screens.guest_opening import show, show_again
from ticrypt_tui.screens.messages import Tone

if TYPE_CHECKING:
    from textual.screen import Screen

    from ticrypt_tui.screens.declaration import Action
    from ticrypt_tui.screens.resource_screen import ResourceScreen

SLOW = 0.3
"""Seconds after which something that still runs is said to."""
SOON = 2.0
"""Seconds within which an answer may come as a dialog; later it would interrupt something else."""


@dataclass(frozen=True, slots=True)
class WholeTab:
    """What an action is on that is on no row of its tab."""

    name: str


class Acting:
    """Runs the actions of a table's screen."""

    def __init__(self, screen: ResourceScreen) -> None:
        self._screen = screen
        self._console = screen.console

    def reason(self, action: Action, row: Any, arguments: Mapping[str, Any] | None = None) -> str:
        """Why an action would be refused on a row, or ''; of one on no row, in general."""
        if self._console.enclave is None:
            return "The enclave is not open yet."
        if row is None and action.on_row:
            return "There is no row here."
        return self._console.enclave.why_not(
            action.operation, row if action.on_row else None, arguments
        )

    async def act(self, action: Action) -> None:
        """Run an action on the marked rows, or on the one under the cursor."""
        if not action.on_row:
            has_form = self._screen.tab.form(action.operation) is not None
            await (self._fill_in(action, None) if has_form else self._on_all(action))
            return
        table = self._screen.table
        marked = [
            self._screen.by_id[each] for each in table.marked_ids if each in self._screen.by_id
        ]
        if marked and action.bulk:
            await self._on_many(action, marked)
        elif table.cursor_gone:
            await self._refuse(
                action, table.cursor_gone, "It is gone from this table: nothing was done.",
                "The cursor stands on its neighbour. Move it to choose a row, then try again.",
            )  # fmt: skip
        elif (row := table.cursor_row) is not None:
            await self._on_one(action, row)
        else:
            await self._refuse(action, "", self.reason(action, None))

    async def _on_all(self, action: Action) -> None:
        """Run an action that is about the whole tab."""
        title = self._screen.tab.title
        if reason := self.reason(action, None):
            await self._refuse(action, title, reason)
        else:
            await self._run(action, WholeTab(title), {})

    async def _on_one(self, action: Action, row: Any) -> None:
        if reason := self.reason(action, row):
            await self._refuse(action, row.name, reason)
            return
        if not action.bulk and self._screen.tab.form(action.operation) is not None:
            await self._fill_in(action, row)
            return
        if action.shows is Shows.PLAN:
            await self._plan(action, row)
            return
        if action.shows is Shows.SCREEN and await show_again(self._screen.app, row.id):
            return
        arguments = await asked(self._screen, action, [row])
        if arguments is None or not await self._has_key(action, [row], arguments):
            return
        if action.shows is Shows.PROGRESS:
            await self._follow(action, row, arguments)
        else:
            await self._run(action, row, arguments)

    async def _on_many(self, action: Action, rows: Sequence[Any]) -> None:
        from ticrypt_tui.screens.dialogs.bulk import Bulk

        can = [row for row in rows if not self.reason(action, row)]
        cannot = [(row, self.reason(action, row)) for row in rows if row not in can]
        if not can:
            row, reason = cannot[0]
            await self._refuse(action, f"{len(rows)} marked", f"{row.name}: {reason}")
            return
        arguments = await asked(self._screen, action, can, left_out=cannot)
        if arguments is not None:
            cannot += [(row, why) for row in can if (why := self.reason(action, row, arguments))]
            can = [row for row in can if not self.reason(action, row, arguments)]
            if not await self._has_key(action, can, arguments):
                return
            run = self._with_key(action, arguments)
            await self._screen.app.push_screen_wait(
                Bulk(action.label, can, cannot, run, self._console)
            )

    async def _fill_in(self, action: Action, row: Any) -> None:
        """Let a form be filled in that saves by itself, and say what came of it."""
        from ticrypt_tui.screens.forms import filled_in

        name = row.name if row is not None else ""
        if reason := self.reason(action, row):
            await self._refuse(action, name, reason)
            return
        try:
            said = await filled_in(self._screen, action, row)
        except TicryptError as error:
            await self._failed(action, name, error, soon=True)
        else:
            if said:
                self._console.messages.add(Tone.DONE, said)

    async def _has_key(
        self, action: Action, rows: Sequence[Any], arguments: Mapping[str, Any]
    ) -> bool:
        """Whether the operator's key is there, where one of the rows takes it."""
        tab = self._screen.tab
        if not any(tab.needs_key(action.operation, row, arguments) for row in rows):
            return True
        from ticrypt_tui.screens.unlocking import unlocked

        return await unlocked(self._screen.app, self._console)

    def _with_key(
        self, action: Action, arguments: Mapping[str, Any]
    ) -> Callable[[Any], Awaitable[Any]]:
        """The operation on a row, or on many, which asks for a key that was forgotten meanwhile."""
        from ticrypt_tui.screens.unlocking import WithKey

        key = WithKey(self._screen.app, self._console)
        operation = _operation(self._console.enclave, action, arguments)
        return lambda row: key.run(partial(operation, row))

    async def _follow(self, action: Action, row: Any, arguments: Mapping[str, Any]) -> None:
        """Run an action in a dialog that shows how far it is, and that can be left."""
        from ticrypt_tui.screens.dialogs.start_progress import StartProgress

        run = partial(self._with_key(action, arguments), row)
        about = lines_of(self._screen, [row], ())
        await self._screen.app.push_screen(StartProgress(row, about, run, self._console))

    async def _plan(self, action: Action, row: Any) -> None:
        """Let be seen what an operation would do, before any of it is done."""
        from ticrypt_tui.screens.dialogs.fix_plan import FixPlan

        async def fix(arguments: Mapping[str, Any]) -> Any:
            return await _operation(self._console.enclave, action, arguments)(row)

        kind = action.operation.rpartition("fix_")[2]
        await self._screen.app.push_screen(FixPlan(kind, row.name, fix, self._console))

    async def _run(self, action: Action, row: Any, arguments: Mapping[str, Any]) -> None:
        began = asyncio.get_running_loop().time()
        slow = asyncio.get_running_loop().call_later(SLOW, self._console.changed)
        run = partial(self._with_key(action, arguments), row)
        try:
            with self._console.runs.under_way(action.label, row.name):
                result = await run()
        except InUse as error:
            if await self._insists(action, row, error):
                await self._run(action, row, {**arguments, "take_over": True})
        except TicryptError as error:
            soon = asyncio.get_running_loop().time() - began < SOON
            await self._failed(action, row.name, error, soon=soon)
        else:
            await self._done(action, row, result)
        finally:
            slow.cancel()
            self._console.changed()

    async def _insists(self, action: Action, row: Any, error: InUse) -> bool:
        """Whether what somebody else has is to be taken from him."""
        if not self._screen.is_current:
            await self._failed(action, row.name, error, soon=False)
            return False
        from ticrypt_tui.screens.dialogs.confirm import Confirm

        title = f"{action.label} of {row.name}: take it over?"
        lines = [error.sentence, error.remedy]
        return bool(await self._screen.app.push_screen_wait(Confirm(title, lines, "Take over")))

    async def _done(self, action: Action, row: Any, result: Any) -> None:
        if action.shows is Shows.NOTHING:
            said = result if isinstance(result, str) and result else f"{action.label} {row.name}"
            self._console.messages.add(Tone.DONE, said)
            return
        if action.shows is Shows.SCREEN:
            now = self._screen.is_current
            await show(self._screen.app, self._console, result, row.id, now=now)
            return
        if action.shows is Shows.CONSOLE:
            from ticrypt_tui.screens.guest_console import show_console

            await show_console(self._screen, self._console, result)
            return
        title = f"{action.label} of {row.name}"
        if not self._screen.is_current:
            self._console.messages.add(Tone.NOTE, f"{title} came after you had left.")
        else:
            await self._screen.app.push_screen(self._result(title, action, row, result))

    def _result(self, title: str, action: Action, row: Any, result: Any) -> Screen[Any]:
        """The screen that shows what an operation gave back."""
        enclave, console = self._console.enclave, self._console
        if action.shows is Shows.UTILIZATION:
            from ticrypt_tui.screens.dialogs.utilization import UtilizationView

            again = partial(_operation(enclave, action, {}), row)
            return UtilizationView(result, again, console)
        if action.shows is Shows.SIMULATION:
            from ticrypt_tui.screens.dialogs.simulation import SimulationView

            def copies(count: int) -> Any:
                return _operation(enclave, action, {"count": count})(row)

            return SimulationView(result, copies, console)
        if action.shows is Shows.RESYNC:
            from ticrypt_tui.screens.dialogs.resync import ResyncView

            return ResyncView(result, console)
        if action.shows is Shows.TEXT:
            from ticrypt_tui.screens.dialogs.text_view import TextView

            return TextView(title, str(result), console)
        from ticrypt_tui.screens.dialogs.logs_view import LogsView

        return LogsView(title, result, console)

    async def _failed(self, action: Action, name: str, error: TicryptError, *, soon: bool) -> None:
        if (lines := getattr(error, "lines", ())) and self._screen.is_current:
            await self._show_lines(f"Failed: {action.label} {name}", error, lines)
            return
        if soon and self._screen.is_current:
            refused = isinstance(error, Refused)
            await self._refuse(action, name, error.sentence, error.remedy, failed=not refused)
            return
        tone = Tone.REFUSED if isinstance(error, Refused) else Tone.FAILED
        self._console.messages.add(tone, f"{action.label} {name}: {error}")

    async def _show_lines(self, title: str, error: TicryptError, lines: Sequence[str]) -> None:
        """What went wrong, above the end of the log that says more."""
        from ticrypt_tui.screens.dialogs.text_view import TextView

        self._console.messages.add(Tone.FAILED, str(error), seen=True)
        text = "\n".join([str(error), "", "The end of its log:", *lines])
        await self._screen.app.push_screen(TextView(title, text, self._console))

    async def _refuse(
        self, action: Action, name: str, sentence: str, remedy: str = "", *, failed: bool = False
    ) -> None:
        from ticrypt_tui.screens.dialogs.refusal import Refusal

        tone = Tone.FAILED if failed else Tone.REFUSED
        said = f"{action.label} {name}: {sentence} {remedy}".strip()
        self._console.messages.add(tone, said, seen=True)
        title = f"{'Failed' if failed else 'Not done'}: {action.label} {name}".rstrip()
        await self._screen.app.push_screen_wait(Refusal(title, sentence, remedy, failed=failed))


def _operation(enclave: Any, action: Action, arguments: Mapping[str, Any]) -> Any:
    """An async function that runs the action's operation on one row.

    The first argument of an operation names its object, and is called as the operation begins.
    """
    subject = action.operation.partition(".")[0]

    async def run(row: Any) -> Any:
        if isinstance(row, WholeTab):
            return await enclave.run(action.operation, arguments)
        return await enclave.run(action.operation, {subject: row.id, **arguments})

    return run
