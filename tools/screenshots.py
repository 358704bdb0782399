"""Draws the pictures of `docs/` from the embedded enclave: `python -m tools.screenshots`.

The enclave is the one that `make run` opens, with its real guests; it is made if need be.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from ticrypt_tui.app import TicryptApp
from ticrypt_tui.demo.enclave import open_demo

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PATIENCE = 600
_WEB_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
KEYS = {
    "running": [*":running", "enter", "a", "i"],
    "audit": [*":audit", "enter"],
}
"""What is pressed before each picture, beginning on the first screen."""


async def picture(name: str) -> str:
    """The console after the keys of a picture, as SVG that fetches nothing."""
    app = TicryptApp(lambda: open_demo(print))
    async with app.run_test(size=(160, 40)) as pilot:
        while app.console_state.enclave is None:
            await pilot.pause(0.5)
        for key in KEYS[name]:
            await pilot.press(key)
        await pilot.pause(3)
        return _WEB_FONTS.sub("", app.export_screenshot(title="ticrypt-tui demo"))


async def draw() -> None:
    """Draw every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in KEYS:
        async with asyncio.timeout(PATIENCE):
            (PICTURES / f"{name}.svg").write_text(await picture(name), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(draw())
