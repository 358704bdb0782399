"""What every command needs: which configuration is meant, and the enclave opened for it."""

from __future__ import annotations

import asyncio
import functools
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ticrypt_tui.backend.errors import ConfigurationError

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave
    from ticrypt_tui.config.settings import Settings

T = TypeVar("T")
Command = Callable[..., Any]


@dataclass
class Choices:
    """Options that may stand before or after the command."""

    config: Path | None = None
    demo: bool = False

    def settings(self) -> Settings:
        """The settings that are meant; raises `ConfigurationError`."""
        from ticrypt_tui.config.settings import load_settings

        return load_settings(self.file())

    def data(self) -> Path | None:
        """The demo's own data folder, where the demo is meant."""
        from ticrypt_tui.demo.places import places

        return places().folder if self.demo else None

    def file(self) -> Path | None:
        """The configuration file that was named, if one was; raises `ConfigurationError`."""
        if not self.demo:
            return self.config
        from ticrypt_tui.demo.places import places

        file = places().configuration
        if not file.is_file():
            raise ConfigurationError("There is no demo yet.", "`ticrypt-tui demo` makes it.")
        return file


def configured(command: Command) -> Command:
    """Give a command the options `--config` and `--demo`; it gets the `Choices`."""

    @click.option("--config", type=click.Path(path_type=Path), help="The configuration file.")
    @click.option("--demo", is_flag=True, help="The demo's configuration.")
    @click.pass_context
    @functools.wraps(command)
    def with_choices(
        context: click.Context, /, config: Path | None, demo: bool, **more: Any
    ) -> Any:
        choices = context.ensure_object(Choices)
        choices.config = config or choices.config
        choices.demo = demo or choices.demo
        return command(choices, **more)

    return with_choices


@asynccontextmanager
async def opened(choices: Choices, *, settled: bool = True) -> AsyncIterator[Enclave]:
    """The enclave; `settled` is with every host read once, or known not to answer."""
    from ticrypt_tui.backend.enclave import Enclave

    enclave = await Enclave.open(choices.settings(), data=choices.data())
    try:
        if settled:
            await enclave.settled()
        yield enclave
    finally:
        await enclave.close()


def finished(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; a hang-up or a termination cancels, so that outcomes are recorded."""

    async def run() -> T:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for each in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(each, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            raise click.Abort from None

    return asyncio.run(run())
