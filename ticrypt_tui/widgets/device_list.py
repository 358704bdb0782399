"""Devices, one a line: what kind, and at which PCI address or how many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from ticrypt_tui.config.devices import device, device_count
from ticrypt_tui.widgets.text_box import TextBox


@dataclass(frozen=True, slots=True)
class Writing:
    """How a device is written: what stands between its kind and the rest, what helps with the rest,
    and what reads the whole; that raises `ValueError`."""

    between: str
    rest: str
    read: Callable[[str], object]


UNITS = Writing("@", "0000:41:00.0", device)
COUNTS = Writing(":", "how many, such as 2", device_count)


class DeviceLine(Horizontal):
    """One device; empty where nothing is typed into it."""

    DEFAULT_CSS = """
    DeviceLine { height: 1; width: 1fr; }
    DeviceLine .kind { margin: 0 1 0 0; }
    """

    def __init__(self, text: str = "", writing: Writing = UNITS) -> None:
        super().__init__()
        kind, _, rest = text.rpartition(writing.between)
        self._writing = writing
        self.kind = TextBox(kind, "kind, such as A100")
        self.kind.add_class("kind")
        self.rest = TextBox(rest, writing.rest)

    def compose(self) -> ComposeResult:
        yield self.kind
        yield self.rest

    @property
    def text(self) -> str:
        """The device as it is written, or '' where the line is empty."""
        kind, rest = self.kind.value.strip(), self.rest.value.strip()
        return f"{kind}{self._writing.between}{rest}" if kind or rest else ""

    def mark(self) -> None:
        """Show whether this is a device, unless something is still to be typed."""
        whole = bool(self.kind.value.strip() and self.rest.value.strip())
        self.rest.set_class(whole and not self._is_device(), "-wrong")

    def _is_device(self) -> bool:
        try:
            self._writing.read(self.text)
        except ValueError:
            return False
        return True


class DeviceList(Vertical):
    """Lines of devices with an empty one at the end: filling that in makes another."""

    DEFAULT_CSS = """
    DeviceList { height: auto; width: 1fr; }
    """

    class Changed(Message):
        """A device is another."""

    def __init__(self, texts: Sequence[str] = (), writing: Writing = UNITS) -> None:
        super().__init__()
        self._first, self._writing = tuple(texts), writing

    def compose(self) -> ComposeResult:
        yield from self._lines((*self._first, ""))

    @property
    def value(self) -> tuple[str, ...]:
        """Every device as it is written."""
        if not self.is_mounted:
            return self._first
        return tuple(line.text for line in self.query(DeviceLine) if line.text)

    def put(self, value: Sequence[str]) -> None:
        """Hold other devices."""
        self.query(DeviceLine).remove()
        self.mount_all(self._lines((*value, "")))
        self.post_message(self.Changed())

    def _lines(self, texts: Sequence[str]) -> list[DeviceLine]:
        return [DeviceLine(text, self._writing) for text in texts]

    async def on_input_changed(self, event: TextBox.Changed) -> None:
        event.stop()
        lines = list(self.query(DeviceLine))
        for line in lines:
            line.mark()
        if not lines or lines[-1].text:
            await self.mount(*self._lines([""]))
        self.post_message(self.Changed())

    def on_descendant_blur(self) -> None:
        for line in list(self.query(DeviceLine))[:-1]:
            if not line.text and not line.has_focus_within:
                line.remove()
