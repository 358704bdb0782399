"""How much of a host is used: bars against its profile, libvirt's figures, and who holds what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.screens.dialogs.dialog import CANCEL, Dialog
from ticrypt_tui.screens.keys import bound
from ticrypt_tui.screens.showing import NONE, counted, gib, moment, or_none
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.bar import bar, role
from ticrypt_tui.widgets.cells import fitted
from ticrypt_tui.widgets.choice import Choice

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.hosts.usage import Holder
    from ticrypt_tui.backend.services.hosts.utilization import DeviceUnit, Measure, Utilization
    from ticrypt_tui.screens.console import Console

LABEL, NARROWEST, WIDEST, FIGURES = 10, 12, 40, 30
NAME, ADDRESS = 28, 13


class UtilizationView(Dialog[None]):
    """Shows a host as it stood; reads it again on request."""

    DEFAULT_CSS = """
    UtilizationView > .box { width: 100; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [bound("refresh", "again", "read it again")]

    def __init__(
        self, shows: Utilization, again: Callable[[], Awaitable[Utilization]], console: Console
    ) -> None:
        super().__init__(f"Utilization of {shows.host}")
        self._shows, self._again, self._shared = shows, again, console

    def body(self) -> Iterable[Widget]:
        yield Static(id="drawn")

    def answers(self) -> Sequence[Choice]:
        return [Choice("again", "Read again"), Choice(CANCEL, "Close")]

    def on_resize(self) -> None:
        self._draw()

    def answered(self, answer: str) -> None:
        self.action_again()

    def action_again(self) -> None:
        self._shared.work("reading the utilization", self._read)

    async def _read(self) -> None:
        try:
            self._shows = await self._again()
        except TicryptError as error:
            self.complain(str(error))
        else:
            self._draw()

    def _draw(self) -> None:
        view = self.query_one("#drawn", Static)
        view.update(drawn(self._shows, max(view.size.width, 60)))


def drawn(shows: Utilization, width: int) -> Content:
    """All of it, in lines of so many cells."""
    profile = f"profile {shown(shows.profile)}" if shows.profile else "no profile: no limits"
    head = f"{shows.state} · {shows.reach} · {profile} · at {moment(shows.taken)}"
    parts = [Content.styled(head, "$text-muted")]
    parts += [Content.styled(f"! {shown(notice)}", "$text-warning") for notice in shows.notices]
    parts += [Content(""), *(line for each in shows.measures for line in _measure(each, width))]
    if shows.devices:
        parts += [Content(""), _heading("DEVICES"), *map(_device, shows.devices)]
    stranger = "simulated" if shows.reach == "simulated" else "unknown to the store"
    parts += [Content(""), *_holders(shows.holders, stranger)]
    return Content("\n").join(parts)


def _measure(measure: Measure, width: int) -> list[Content]:
    """A bar with its figures, and below it what libvirt says."""
    room = min(max(width - LABEL - FIGURES, NARROWEST), WIDEST)
    taken = measure.used + measure.reserved
    drawing = bar(measure.used, measure.reserved, measure.total, room)
    style = role(taken, measure.total) if measure.total else ""
    name = (fitted(measure.name, LABEL), "bold")
    lines = [Content.assemble(name, drawing, "  ", (_figures(measure), style))]
    reserved = f"{_amount(measure, measure.reserved)}{_unit(measure)}"
    told = [f"of it {reserved} reserved for VMs not up yet"] if measure.reserved else []
    told += [f"libvirt says: {shown(measure.said)}"] if measure.said else []
    return lines + [Content.styled(" " * LABEL + each, "$text-muted") for each in told]


def _figures(measure: Measure) -> str:
    taken = measure.used + measure.reserved
    if not measure.total:
        return f"{_amount(measure, taken)}{_unit(measure)}"
    over = " over" if taken > measure.total else ""
    whole = f"{_amount(measure, measure.total)}{_unit(measure)}"
    return f"{_amount(measure, taken)} of {whole} · {taken * 100 // measure.total} %{over}"


def _amount(measure: Measure, value: int) -> str:
    return gib(value) if measure.unit == "MiB" else f"{value:,}"


def _unit(measure: Measure) -> str:
    return " GiB" if measure.unit == "MiB" else ""


def _device(unit: DeviceUnit) -> Content:
    said = (
        (f"! {shown(unit.fault)}", "$text-warning")
        if unit.fault
        else ((shown(unit.holder), "") if unit.holder else ("free", "$text-muted"))
    )
    place = f"{fitted(unit.address, ADDRESS)} {fitted(unit.kind, LABEL + 4)} "
    holder = f" {shown(unit.holder)}" if unit.fault and unit.holder else ""
    return Content.assemble(place, said, holder)


def _holders(holders: Sequence[Holder], stranger: str) -> list[Content]:
    """The VMs that hold anything, with what each holds; `stranger` is what nobody here started."""
    if not holders:
        return [Content.styled("No VM is on it.", "$text-muted")]
    width = min(NAME, max(cell_len(shown(each.name)) for each in holders) + 2)
    title = f"{fitted(counted(len(holders), 'VM').upper(), width)}{'CORES':>6}{'MEM GiB':>9}  "
    return [_heading(f"{title}DEVICES"), *(_holder(each, width, stranger) for each in holders)]


def _holder(holder: Holder, width: int, stranger: str) -> Content:
    figures = f"{fitted(holder.name, width)}{holder.cores:>6}{gib(holder.memory_mib):>9}  "
    held = or_none(" ".join(holder.devices))
    told = "reserved: not up yet" if holder.reserved else ""
    told = told or ("" if holder.known else stranger)
    told = told or ("" if holder.seen else "not seen on the host now")
    return Content.assemble(
        figures, (shown(held), "" if held != NONE else "$text-muted"),
        (f"   {told}" if told else "", "$text-warning"),
    )  # fmt: skip


def _heading(text: str) -> Content:
    return Content.styled(text, "bold $text-accent")
