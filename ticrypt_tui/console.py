"""The full-screen console on this terminal: opened, and closed in order whatever ends it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ticrypt_tui.app import TicryptApp
from ticrypt_tui.config.chosen_theme import ChosenTheme

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

CLOSED_WITHIN = 20
"""Seconds after a hang-up in which outcomes are recorded; then the kernel ends the process."""
_ENDINGS = (signal.SIGHUP, signal.SIGTERM)


def open_console(*, demo: bool = False, configuration: str = "", reset: bool = False) -> int:
    """Show the console until it is left; returns the exit code."""

    async def opened() -> Enclave:
        return await (_demo(app, reset) if demo else _configured(configuration))

    async def look() -> Mapping[str, Sequence[Any]]:
        return {} if demo else await _first_look(configuration)

    app = TicryptApp(opened, look=look, chosen_theme=ChosenTheme())
    return asyncio.run(_shown(app))


async def _shown(app: TicryptApp) -> int:
    loop = asyncio.get_running_loop()
    for each in _ENDINGS:
        loop.add_signal_handler(each, _left, app, each)
    await app.run_async()
    return app.return_code or 0


def _left(app: TicryptApp, number: signal.Signals) -> None:
    """The connection dropped, or somebody ends us: record what runs, and go."""
    signal.alarm(CLOSED_WITHIN)
    app.exit(128 + number, 128 + number)


async def _first_look(configuration: str) -> Mapping[str, Sequence[Any]]:
    """What the store has, read without what the enclave needs."""
    module = await asyncio.to_thread(import_module, "ticrypt_tui.backend.services.vms.first_look")
    path = Path(configuration) if configuration else None
    return {module.TAB: await asyncio.to_thread(module.first_look, path)}


async def _configured(configuration: str) -> Enclave:
    """Open the configured enclave; what is heavy is imported beside the screen."""
    from_file = await asyncio.to_thread(import_module, "ticrypt_tui.config.settings")
    backend = await asyncio.to_thread(import_module, "ticrypt_tui.backend.enclave")
    path = Path(configuration) if configuration else None
    settings = await asyncio.to_thread(from_file.load_settings, path)
    enclave: Enclave = await backend.Enclave.open(settings)
    return enclave


async def _demo(app: TicryptApp, reset: bool) -> Enclave:
    """Make the demo, if need be, and open it; the screen tells how far it is."""
    demo = await asyncio.to_thread(import_module, "ticrypt_tui.demo.enclave")
    enclave: Enclave = await demo.open_demo(app.opening, reset)
    return enclave
