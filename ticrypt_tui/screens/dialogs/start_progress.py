"""How a start goes: every stage as it happens. Leaving it leaves the start to its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from ticrypt_tui.backend.errors import NoHost, Refused, TicryptError
from ticrypt_tui.screens.dialogs.dialog import CANCEL, Dialog, sentences
from ticrypt_tui.screens.messages import STYLES, SYMBOLS, Tone
from ticrypt_tui.screens.refresher import Refresher
from ticrypt_tui.screens.showing import moment
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.cells import fitted
from ticrypt_tui.widgets.choice import Choice

if TYPE_CHECKING:
    from textual.timer import Timer

    from ticrypt_tui.backend.services.starting.progress import Progress, Stage
    from ticrypt_tui.screens.console import Console

NAME, TIME, TOOK, NOTE = 13, 8, 11, 38
LEAVING = "It goes on when this is closed; a message then says how it ended."


class StartProgress(Dialog[None]):
    """Starts a VM from a configuration, and shows how far it is until it runs or has failed."""

    DEFAULT_CSS = """
    StartProgress > .box { width: 80; }
    StartProgress .about { color: $text-muted; }
    StartProgress #stages { margin: 1 0 0 0; }
    StartProgress #outcome { margin: 1 0 0 0; }
    """

    def __init__(
        self, row: Any, about: Sequence[str], run: Callable[[], Awaitable[Any]], console: Console
    ) -> None:
        super().__init__(f"Start {row.name}")
        self._row, self._about, self._run, self.console = row, about, run, console
        self._since = datetime.now(UTC)
        self._progress: Progress | None = None
        self._fault: TicryptError | None = None
        self._vm_id = ""
        self._refresher = Refresher(self, console, "reading how a start goes", self._read)
        self._unsubscribe: Callable[[], None] = lambda: None
        self._ticking: Timer | None = None

    @property
    def _over(self) -> bool:
        return self._fault is not None or bool(self._vm_id)

    def body(self) -> Iterable[Widget]:
        about = sentences(self._about)
        about.add_class("about")
        yield about
        yield Static(id="stages")
        yield Static(Content.styled(LEAVING, "$text-muted"), id="outcome")

    def answers(self) -> Sequence[Choice]:
        return [Choice(CANCEL, "Close")]

    def on_mount(self) -> None:
        assert self.console.enclave is not None
        self._unsubscribe = self.console.enclave.subscribe(lambda tab: self._refresher.ask())
        self._ticking = self.set_interval(1.0, self._draw)
        self.console.work(f"starting {self._row.name}", self._start)

    def on_screen_resume(self) -> None:
        self._refresher.resume()

    def on_unmount(self) -> None:
        self._unsubscribe()

    async def _start(self) -> None:
        try:
            with self.console.runs.under_way("start", self._row.name):
                self._vm_id = str(await self._run())
        except TicryptError as error:
            self._fault = error
        await self._look()
        self._report()
        self.console.changed()

    async def _read(self) -> None:
        if not self._over:
            await self._look()

    async def _look(self) -> None:
        """Read how far it is; what cannot be read now is read again at the next news."""
        if (enclave := self.console.enclave) is None:
            return
        try:
            self._progress = await enclave.progress(self._row.id, self._since)
        except TicryptError as error:
            if self.is_attached:
                self.complain(str(error))
        if self.is_attached:
            self._draw()

    def _report(self) -> None:
        """Say how it ended: here, or where this was left, by a message."""
        here, fault = self.is_attached, self._fault
        if fault is None:
            host = self._progress.host if self._progress else ""
            said = f"it runs{f' on {host}' if host else ''}, as {self._vm_id}"
            tone = Tone.DONE
        else:
            said, tone = str(fault), Tone.REFUSED if isinstance(fault, Refused) else Tone.FAILED
        self.console.messages.add(tone, f"start {self._row.name}: {said}", seen=here)
        if here:
            self._show_end(tone, said)
            if self._ticking is not None:
                self._ticking.stop()

    def _show_end(self, tone: Tone, said: str) -> None:
        word = {Tone.DONE: "Started", Tone.REFUSED: "Not done: start"}.get(tone, "Failed: start")
        self.retitle(f"{word} {self._row.name}")
        self.set_class(tone is Tone.FAILED, "-danger")
        self.set_class(tone is Tone.REFUSED, "-refused")
        lines = [said[0].upper() + said[1:] + "."] if self._fault is None else why(self._fault)
        style = STYLES[tone]
        told = [
            Content.styled(shown(line), style if n == 0 else "") for n, line in enumerate(lines)
        ]
        self.query_one("#outcome", Static).update(Content("\n").join(told))
        self._draw()

    def _draw(self) -> None:
        stages = self._progress.stages if self._progress else ()
        drawn = drawing(stages, self.console.clock(), failed=self._fault is not None, up=self._up)
        if not drawn and not self._over:
            drawn = [Content.styled(f"{SYMBOLS[Tone.RUNNING]} scheduling", STYLES[Tone.RUNNING])]
        if (left := self._time_left()) and not self._over:
            drawn += [Content(""), Content.styled(left, "$text-muted")]
        view = self.query_one("#stages", Static)
        view.update(Content("\n").join(drawn))
        view.display = bool(drawn)

    @property
    def _up(self) -> bool:
        return bool(self._vm_id)

    def _time_left(self) -> str:
        until = self._progress.until if self._progress else None
        if until is None:
            return ""
        left = took(until - self.console.clock())
        return f"Unless it registers by {moment(until)}, it is ended: {left} left."


def drawing(stages: Sequence[Stage], now: datetime, *, failed: bool, up: bool) -> list[Content]:
    """A line for each stage: whether it is over, when it began, how long it took, what is told."""
    begun = [n for n, stage in enumerate(stages) if stage.began is not None]
    last = begun[-1] if begun else -1
    lines = []
    for place, stage in enumerate(stages):
        later = (each.began for each in stages[place + 1 :] if each.began is not None)
        end = next(later, None) or (None if failed or up else now)
        tone = Tone.DONE if place < last or up else Tone.FAILED if failed else Tone.RUNNING
        lines.append(_line(stage, end, tone if stage.began else None))
    return lines


def _line(stage: Stage, end: datetime | None, tone: Tone | None) -> Content:
    """A stage in a line; one that has not begun has only its name."""
    if tone is None or stage.began is None:
        return Content.styled(f"  {stage.name}", "$text-muted")
    lasted = took(end - stage.began) if end else ""
    notes = fitted(" · ".join(stage.notes), NOTE)
    return Content.assemble(
        (f"{SYMBOLS[tone]} {stage.name:<{NAME}}", STYLES[tone]),
        f"{moment(stage.began):<{TIME}}{lasted:>{TOOK}}  ",
        (notes, "$text-muted"),
    )


def took(span: timedelta) -> str:
    """How long something took: tenths of a second below ten, then whole seconds."""
    seconds = max(span.total_seconds(), 0.0)
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def why(fault: TicryptError) -> list[str]:
    """A fault in lines: what is wrong, each host with its reasons on a line of its own, what
    would help."""
    lines = [fault.sentence]
    if isinstance(fault, NoHost):
        lines = [f"{fault.head}.", *(f"  {reason}" for reason in fault.reasons)]
    return [*lines, fault.remedy] if fault.remedy else lines
