"""Which theme somebody chose last, in his own data folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ticrypt_tui.config import locations, theme


class ChosenTheme:
    """The choice for each kind of terminal, which is told by the theme that fits it by itself.

    A file that cannot be read or written is no reason to fail: the theme is then chosen anew.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = (folder or locations.data_folder()) / "theme" / theme.fitting()

    def name(self) -> str:
        """The theme that was chosen last, or the one that fits."""
        with suppress(OSError, ValueError):
            chosen = self._file.read_text(encoding="ascii")[:100].strip()
            if chosen in {each.name for each in theme.THEMES}:
                return chosen
        return theme.fitting()

    def keep(self, name: str) -> None:
        """Remember a choice."""
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file.write_text(f"{name}\n", encoding="ascii")
