"""Devices, one a line: what kind, and at which PCI address."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from ticrypt_tui.config.devices import device
from ticrypt_tui.widgets.text_box import TextBox


class DeviceLine(Horizontal):
    """One device; empty where nothing is typed into it."""

    DEFAULT_CSS = """
    DeviceLine { height: 1; width: 1fr; }
    DeviceLine .kind { margin: 0 1 0 0; }
    """

    def __init__(self, text: str = "") -> None:
        super().__init__()
        kind, _, address = text.partition("@")
        self.kind = TextBox(kind, "kind, such as A100")
        self.kind.add_class("kind")
        self.address = TextBox(address, "0000:41:00.0")

    def compose(self) -> ComposeResult:
        yield self.kind
        yield self.address

    @property
    def text(self) -> str:
        """The device as it is written, or '' where the line is empty."""
        kind, address = self.kind.value.strip(), self.address.value.strip()
        return f"{kind}@{address}" if kind or address else ""

    def mark(self) -> None:
        """Show whether this is a device, unless something is still to be typed."""
        text = self.text
        whole = bool(text) and not text.startswith("@") and not text.endswith("@")
        self.address.set_class(whole and not _is_device(text), "-wrong")


class DeviceList(Vertical):
    """Lines of devices with an empty one at the end: filling that in makes another."""

    DEFAULT_CSS = """
    DeviceList { height: auto; width: 1fr; }
    """

    class Changed(Message):
        """A device is another."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        super().__init__()
        self._first = tuple(texts)

    def compose(self) -> ComposeResult:
        for text in (*self._first, ""):
            yield DeviceLine(text)

    @property
    def value(self) -> tuple[str, ...]:
        """Every device as it is written."""
        if not self.is_mounted:
            return self._first
        return tuple(line.text for line in self.query(DeviceLine) if line.text)

    def put(self, value: Sequence[str]) -> None:
        """Hold other devices."""
        self.query(DeviceLine).remove()
        self.mount_all([DeviceLine(text) for text in (*value, "")])
        self.post_message(self.Changed())

    async def on_input_changed(self, event: TextBox.Changed) -> None:
        event.stop()
        lines = list(self.query(DeviceLine))
        for line in lines:
            line.mark()
        if not lines or lines[-1].text:
            await self.mount(DeviceLine())
        self.post_message(self.Changed())

    def on_descendant_blur(self) -> None:
        for line in list(self.query(DeviceLine))[:-1]:
            if not line.text and not line.has_focus_within:
                line.remove()


def _is_device(text: str) -> bool:
    try:
        device(text)
    except ValueError:
        return False
    return True
