"""The way in: the console opens before anything heavy is imported; the rest are commands."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from ticrypt_tui.terminal import terminal_fault


def main() -> int:
    """Run the program; returns its exit code."""
    words = sys.argv[1:]
    console = console_wanted(words)
    if console is None:
        from ticrypt_tui.cli import main as run_command

        return run_command(words)
    if fault := terminal_fault():
        print(fault, file=sys.stderr)
        return 2
    gc.disable()  # until the console is open: what is loaded by then stays (`app.GARBAGE`)
    from ticrypt_tui.console import open_console

    demo, configuration = console
    return open_console(demo=demo, configuration=configuration)


def console_wanted(words: Sequence[str]) -> tuple[bool, str] | None:
    """Whether words ask for the full-screen console: of the demo or not, and with which file."""
    demo, configuration, left = False, "", list(words)
    while left:
        word = left.pop(0)
        if word in ("demo", "--demo"):
            demo = True
        elif word == "--config" and left:
            configuration = left.pop(0)
        elif word.startswith("--config="):
            configuration = word.partition("=")[2]
        else:
            return None
    return demo, configuration


if __name__ == "__main__":
    sys.exit(main())
